"""How tests ask the document: what a component lets through, formats and all, with numbers as they are written."""

import json
import uuid
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from jsonschema import Draft202012Validator, FormatChecker

from clinic.api.schema.views import document

METHODS = {"get", "post", "put", "delete", "patch"}
formats = FormatChecker([])


@formats.checks("uuid", raises=ValueError)
def _uuid(text):
    return not isinstance(text, str) or str(uuid.UUID(text)) == text.lower()


@formats.checks("date", raises=ValueError)
def _date(text):
    return not isinstance(text, str) or date.fromisoformat(text).isoformat() == text


@formats.checks("date-time", raises=ValueError)
def _date_time(text):
    return not isinstance(text, str) or (datetime.fromisoformat(text).tzinfo is not None and text[10] == "T")


def exactly(value):
    """A value as it is read from JSON, with decimals in place of floats."""
    return json.loads(json.dumps(value, default=str), parse_float=Decimal)


@cache
def schema():
    """The document."""
    return json.loads(document(), parse_float=Decimal)


def operations():
    """Every operation with its method and path."""
    return [
        (method.upper(), path, operation)
        for path, item in schema()["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def resolved(part):
    """What a reference of the document means; anything else is itself."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return schema()["components"][kind][name]


@cache
def _validator(reference, closed):
    components = _closed() if closed else schema()["components"]
    return Draft202012Validator({"$ref": reference, "components": components}, format_checker=formats)


@cache
def _closed():
    """The components, with no room for members that they do not name; a problem may have more."""
    components = deepcopy(schema()["components"])
    for name, component in components["schemas"].items():
        if "properties" in component and name != "Problem":
            component["additionalProperties"] = False
    return components


def faults(fragment, value, *, closed=False):
    """What a component, by its reference, finds wrong with a value; `closed` also what it does not name."""
    found = _validator(fragment["$ref"], closed).iter_errors(exactly(value))
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def allowed(name, body):
    """Whether a component lets a body through."""
    return not faults({"$ref": f"#/components/schemas/{name}"}, body)
