"""Spectral and Redocly find nothing in /schema/ but the slashes at the end of the contract's paths."""

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.long, pytest.mark.neutral]

HERE = Path(__file__).parent
LINTERS = {
    "spectral": ["spectral", "lint", "schema.json", "--fail-severity", "hint", "--ruleset", HERE / "spectral.yaml"],
    "redocly": ["redocly", "lint", "schema.json", "--config", HERE / "redocly.yaml"],
}

every_linter = pytest.mark.parametrize("command", LINTERS.values(), ids=LINTERS)


@every_linter
def test_linter_finds_nothing(programs, schema_file, command):
    programs.run(*command, cwd=schema_file.parent)


@every_linter
def test_linter_finds_an_operation_without_a_name(programs, schema_file, command):
    schema = json.loads(schema_file.read_bytes())
    del schema["paths"]["/invoice/"]["get"]["operationId"]
    schema_file.write_text(json.dumps(schema))

    printed = programs.run(*command, cwd=schema_file.parent, code=1)

    assert "operation-operationId" in printed
