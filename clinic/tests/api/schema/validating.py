"""Validate values by the components of the OpenAPI document, with formats and exact numbers."""

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
    """Return a value as it is parsed from JSON, with decimals in place of floats."""
    return json.loads(json.dumps(value, default=str), parse_float=Decimal)


@cache
def schema():
    """Return the document."""
    return json.loads(document(), parse_float=Decimal)


def operations():
    """Return every operation: method, path, operation."""
    return [
        (method.upper(), path, operation)
        for path, item in schema()["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def resolved(part):
    """Return what a reference points to; anything else is returned as it is."""
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
    """Return the components without additional properties."""
    components = deepcopy(schema()["components"])
    for component in components["schemas"].values():
        if "properties" in component:
            component["additionalProperties"] = False
    return components


def faults(fragment, value, *, closed=False):
    """Return the errors of a value by a component, given by reference; `closed`: of unknown members too."""
    found = _validator(fragment["$ref"], closed).iter_errors(exactly(value))
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def allowed(name, body):
    """Return whether a body is valid by a component."""
    return not faults({"$ref": f"#/components/schemas/{name}"}, body)
