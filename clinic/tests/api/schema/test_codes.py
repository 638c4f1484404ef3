"""The registry of error codes has all codes of the code base, and no other."""

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
# The index of the code among the arguments of a call.
CODE_ARGUMENTS = {"FieldError": 1, "InvalidFilterValue": 0, "fail": 0, "refuse": 0, "_InvalidValue": 0}
CODE = re.compile(r"[a-z]+(_[a-z]+)*")


def written_codes():
    """Return the codes in calls and tables of the product code."""
    return {
        code
        for app in ("clinic", "patients", "billing")
        for path in (ROOT / app).rglob("*.py")
        if not NOT_THE_API & set(path.relative_to(ROOT).parts)
        for node in ast.walk(ast.parse(path.read_text()))
        for code in codes_of_node(node)
    }


def codes_of_node(node):
    """Return the codes in one call or one table of messages."""
    if isinstance(node, ast.Call):
        index = CODE_ARGUMENTS.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
        values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        values += node.args[index : index + 1] if index is not None else []
        found = [part.value for value in values for part in ast.walk(value) if isinstance(part, ast.Constant)]
    elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "default_error_messages":
        found = [key.value for key in node.value.keys]
    elif isinstance(node, ast.Assign) and _first_name(node.targets[0]) == "code":
        found = [part.elts[0].value for part in ast.walk(node.value) if isinstance(part, ast.Tuple)]
    else:
        found = []
    return [value for value in found if isinstance(value, str) and CODE.fullmatch(value)]


def _first_name(target):
    return getattr(target.elts[0], "id", "") if isinstance(target, ast.Tuple) else ""


class TestRegistry:
    def test_registry_has_every_code_in_the_code_base(self):
        listed = {entry.code for entry in Generator().all_codes()}

        written = written_codes()

        assert {"unknown_key", "line_below_zero", "not_positive", "too_long"} <= written
        assert written - listed == set()

    def test_registry_has_no_code_of_a_value_that_is_not_used(self):
        written = written_codes()

        of_values = {entry.code for entry in Generator().all_codes() if not entry.status}

        assert set(VALUE_ERRORS) - {"invalid"} <= of_values
        assert of_values - written == set()

    def test_every_code_has_a_meaning(self):
        assert [entry.code for entry in Generator().all_codes() if len(entry.meaning.split()) < 3] == []

    def test_documentation_lists_the_registry(self):
        assert (ROOT / "docs" / "errors.md").read_text() == errors_page(), "manage.py error_codes > docs/errors.md"
