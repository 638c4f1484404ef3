"""The list of codes: all that the program can answer with, and nothing else."""

import ast
import re
from pathlib import Path

import pytest

from clinic.api.responses.error_codes import VALUE_ERRORS
from clinic.api.schema.generator import Generator
from clinic.management.commands.error_codes import errors_page

pytestmark = pytest.mark.neutral

ROOT = Path(__file__).parents[4]
NOT_THE_API = {"tests", "migrations", "management", "admin", "demo", "reports", "checks.py", "db"}
# Where a code stands among the arguments of a call.
PLACES = {"FieldError": 1, "InvalidFilterValue": 0, "fail": 0, "refuse": 0, "_InvalidValue": 0}
CODE = re.compile(r"[a-z]+(_[a-z]+)*")


def written_codes():
    """The codes that are written in the program where it refuses something."""
    return {
        code
        for app in ("clinic", "patients", "billing")
        for path in (ROOT / app).rglob("*.py")
        if not NOT_THE_API & set(path.relative_to(ROOT).parts)
        for node in ast.walk(ast.parse(path.read_text()))
        for code in codes_of_node(node)
    }


def codes_of_node(node):
    """The codes that one call or one table of messages names."""
    if isinstance(node, ast.Call):
        place = PLACES.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
        told = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        told += node.args[place : place + 1] if place is not None else []
        found = [part.value for value in told for part in ast.walk(value) if isinstance(part, ast.Constant)]
    elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "default_error_messages":
        found = [key.value for key in node.value.keys]
    elif isinstance(node, ast.Assign) and _first_name(node.targets[0]) == "code":
        found = [part.elts[0].value for part in ast.walk(node.value) if isinstance(part, ast.Tuple)]
    else:
        found = []
    return [value for value in found if isinstance(value, str) and CODE.fullmatch(value)]


def _first_name(target):
    return getattr(target.elts[0], "id", "") if isinstance(target, ast.Tuple) else ""


class TestTheListOfCodes:
    def test_holds_every_code_that_the_program_can_answer_with(self):
        listed = {entry.code for entry in Generator().all_codes()}

        written = written_codes()

        assert {"unknown_key", "line_below_zero", "not_positive", "too_long"} <= written
        assert written - listed == set()

    def test_holds_no_value_code_that_nothing_answers_with(self):
        written = written_codes()

        of_values = {entry.code for entry in Generator().all_codes() if not entry.status}

        assert set(VALUE_ERRORS) - {"invalid"} <= of_values
        assert of_values - written == set()

    def test_says_what_each_means(self):
        assert [entry.code for entry in Generator().all_codes() if len(entry.meaning.split()) < 3] == []

    def test_stands_in_the_documentation_as_it_is(self):
        assert (ROOT / "docs" / "errors.md").read_text() == errors_page(), "manage.py error_codes > docs/errors.md"
