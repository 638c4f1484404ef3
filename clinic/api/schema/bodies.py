"""JSON Schema of request bodies and their fields."""

from collections.abc import Mapping
from decimal import Decimal
from functools import singledispatch
from typing import Any

from rest_framework import serializers

from clinic.api.requests import serializers as fields
from clinic.api.requests.patterns import LOCAL_DATETIME, NOT_BLANK, STARTS_WITH_YEAR
from clinic.api.requests.serializers import StrictSerializer
from clinic.api.responses.error_codes import first_paragraph
from clinic.api.schema.shapes import Components, Schema, nullable

DATE: Schema = {"type": "string", "format": "date", "pattern": STARTS_WITH_YEAR}
DATETIME: Schema = {
    "anyOf": [
        {"type": "string", "format": "date-time", "pattern": STARTS_WITH_YEAR},
        {"type": "string", "pattern": LOCAL_DATETIME},
        DATE,
    ]
}
DESCRIPTIONS: Mapping[type, str] = {
    fields.DateTime: "A date and time, in the clinic's time zone if none is given; or a date: the start of that day.",
    fields.Money: "An amount in the clinic's currency, as a number or a string.",
    fields.Percent: "A percentage with up to four decimal places.",
    fields.Quantity: "A number with up to three decimal places.",
    fields.UnitPrice: "A price with up to four decimal places.",
}


def body_of(
    kind: type[StrictSerializer], components: Components, *, update: bool = False, is_partial: bool = False
) -> Schema:
    """Return a reference to the component of a body; that of a PUT or PATCH is another one only if it differs."""
    schema = _object(kind, components, update=update)
    name = kind.__name__
    if update and schema != _object(kind, components, update=False):
        name = f"{name.removesuffix('Body')}UpdateBody"
    if is_partial and schema.pop("required", None):
        name = f"{kind.__name__.removesuffix('Body')}PatchBody"
    return components.ref(name, lambda: schema)


def _object(kind: type[StrictSerializer], components: Components, *, update: bool) -> Schema:
    declared: Mapping[str, serializers.Field] = kind().fields
    properties = {
        name: _property(field, components, absent=name in kind.null_is_absent) for name, field in declared.items()
    }
    excluded = list(kind.schema_not_on_update if update else kind.schema_not)
    for alias, name in kind.aliases.items():
        properties[alias] = {**properties[name], "description": f"Alias of `{name}`."}
        excluded.append({"required": [alias, name]})
    for key in sorted(set(kind.read_only_keys) - set(properties)):
        properties[key] = {"description": "Read-only: may be sent, and is ignored."}
    required = [
        name for name, field in declared.items() if (name in kind.required_on_update if update else field.required)
    ]
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    if excluded:
        schema["not"] = excluded[0] if len(excluded) == 1 else {"anyOf": excluded}
    doc = first_paragraph(kind.__doc__) if kind.__doc__ != StrictSerializer.__doc__ else ""
    return {"description": doc, **schema} if doc else schema


def _property(field: serializers.Field, components: Components, *, absent: bool) -> Schema:
    schema = {**schema_of_field(field, components), **getattr(field, "schema_keywords", {})}
    if field.help_text:
        schema["description"] = str(field.help_text)
    elif doc := next((DESCRIPTIONS[base] for base in type(field).__mro__ if base in DESCRIPTIONS), ""):
        schema["description"] = doc
    return nullable(schema) if field.allow_null or absent else schema


@singledispatch
def schema_of_field(field: Any, _components: Components) -> Schema:
    """Return the schema of a field's values other than null. Raises TypeError for a class without one."""
    raise TypeError(f"{type(field).__name__} needs a schema in clinic.api.schema.bodies.")


@schema_of_field.register
def _(_field: fields.StrictField, _components: Components) -> Schema:
    return {}  # a subclass whose `schema_keywords` say it all


@schema_of_field.register
def _(field: fields.ExactNumber, _components: Components) -> Schema:
    number = {"type": "number", "minimum": _plain(field.minimum), "maximum": _plain(field.maximum)}
    step = _plain(Decimal(1).scaleb(-field.decimals))
    return {"anyOf": [{**number, "multipleOf": step}, {"type": "string", "pattern": _digits(field)}]}


def _digits(field: fields.ExactNumber) -> str:
    """Return the pattern of a string with a number within the bounds."""
    sign = "-?" if field.minimum < 0 else ""
    above = r"(?!0+(\.0*)?$)" if field.minimum > 0 else ""
    whole = str(int(field.maximum))
    decimals = rf"(\.[0-9]{{1,{field.decimals}}})?"
    if set(whole) == {"9"}:
        return rf"^{above}{sign}[0-9]{{1,{len(whole)}}}{decimals}$"
    zeros = rf"(\.0{{1,{field.decimals}}})?"
    return rf"^{above}{sign}({whole}{zeros}|[0-9]{{1,{len(whole) - 1}}}{decimals})$"


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


@schema_of_field.register
def _(_field: fields.DateTime, _components: Components) -> Schema:
    return dict(DATETIME)


@schema_of_field.register
def _(_field: fields.Date, _components: Components) -> Schema:
    return dict(DATE)


@schema_of_field.register
def _(field: fields.Text, _components: Components) -> Schema:
    schema: Schema = {"type": "string", "maxLength": field.max_length}
    return schema if field.blank else {**schema, "minLength": 1, "pattern": NOT_BLANK}


@schema_of_field.register
def _(field: fields.EmailAddress, _components: Components) -> Schema:
    address = {"type": "string", "format": "email", "maxLength": field.max_length}
    return {"anyOf": [address, {"type": "string", "maxLength": 0}]}


@schema_of_field.register
def _(field: fields.Choice, _components: Components) -> Schema:
    if field.any_case:
        return {"type": "string", "enum": field.allowed, "description": "In upper or lower case."}
    return {"type": "string", "enum": [*field.allowed, *field.synonyms]}


@schema_of_field.register
def _(field: fields.ListOf, components: Components) -> Schema:
    return {"type": "array", "items": schema_of_field(field.child, components), "maxItems": field.max_length}


@schema_of_field.register
def _(field: StrictSerializer, components: Components) -> Schema:
    return body_of(type(field), components)
