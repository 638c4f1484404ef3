"""JSON Schema of request bodies and their fields."""

from collections.abc import Mapping
from decimal import Decimal
from functools import singledispatch
from typing import Any

from rest_framework import serializers

from clinic.api.requests import fields
from clinic.api.requests.serializers import ListOf, StrictSerializer
from clinic.api.responses.error_codes import first_paragraph
from clinic.api.schema.shapes import Components, Schema, choices_of, members_of, nullable

DESCRIPTIONS: Mapping[type, str] = {
    fields.DateTime: "A date and time, in the clinic's time zone if none is given; or a date: the start of that day.",
    fields.Money: "An amount in the clinic's currency with up to two decimal places; may be sent as a string.",
    fields.Percent: "A percentage with up to four decimal places; may be sent as a string.",
    fields.Quantity: "A number with up to three decimal places; may be sent as a string.",
    fields.UnitPrice: "A price with up to four decimal places; may be sent as a string.",
    fields.EmailAddress: "May be empty.",
}


def body_of(
    kind: type[StrictSerializer], components: Components, *, update: bool = False, is_partial: bool = False
) -> Schema:
    """Return a reference to the component of a body; that of a PUT or PATCH is another one only if it differs.

    What a body accepts beside its schema, and what it refuses although the schema allows it, is said in words: unions
    and `not` make types in generated clients that nobody can use.
    """
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
    for alias, name in kind.aliases.items():
        alias_text = f"Also accepted as `{alias}`."
        properties[name]["description"] = f"{properties[name].get('description', '')} {alias_text}".strip()
    if kind.shape is not None:
        of_answer = members_of(kind.shape, components)
        properties |= {name: {**of_answer[name], "readOnly": True} for name in of_answer if name not in declared}
    required = [
        name for name, field in declared.items() if (name in kind.required_on_update if update else field.required)
    ]
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
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
    bounds = {"minimum": _plain(field.minimum), "maximum": _plain(field.maximum)}
    return {"type": "number", "format": "double", **bounds}


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


@schema_of_field.register
def _(_field: fields.DateTime, _components: Components) -> Schema:
    return {"type": "string", "format": "date-time"}


@schema_of_field.register
def _(_field: fields.Date, _components: Components) -> Schema:
    return {"type": "string", "format": "date"}


@schema_of_field.register
def _(field: fields.Text, _components: Components) -> Schema:
    schema: Schema = {"type": "string", "maxLength": field.max_length}
    return schema if field.blank else {**schema, "minLength": 1}


@schema_of_field.register
def _(field: fields.EmailAddress, _components: Components) -> Schema:
    return {"type": "string", "format": "email", "maxLength": field.max_length}


@schema_of_field.register
def _(field: fields.Choice, components: Components) -> Schema:
    if len(field.allowed) == 1:  # an enum would be a type in clients
        return {"type": "string", "examples": field.allowed}
    return choices_of(field.choices, components)


@schema_of_field.register
def _(field: ListOf, components: Components) -> Schema:
    return {"type": "array", "items": schema_of_field(field.child, components), "maxItems": field.max_length}


@schema_of_field.register
def _(field: StrictSerializer, components: Components) -> Schema:
    return body_of(type(field), components)
