"""What may be sent: the JSON Schema of every kind of field and of the bodies made of them."""

from collections.abc import Mapping
from decimal import Decimal
from functools import singledispatch
from typing import Any

from rest_framework import serializers

from clinic.api.requests import fields
from clinic.api.requests.serializers import ListOf, StrictSerializer
from clinic.api.responses.codes import first_words
from clinic.api.schema.shapes import Components, Schema, nullable

YEARS = r"(19|20|21)[0-9]{2}|2200"
_LEAP_YEARS = r"(19|20|21)(0[48]|[2468][048]|[13579][26])|2000"
_DAYS = r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
DAY: Schema = {"type": "string", "format": "date", "pattern": rf"^({YEARS})-"}
MOMENT: Schema = {
    "anyOf": [
        {"type": "string", "format": "date-time", "pattern": rf"^({YEARS})-"},
        {"type": "string", "pattern": rf"^(({YEARS})-({_DAYS})|({_LEAP_YEARS})-02-29)T{_TIME}$"},
        DAY,
    ]
}
KINDS: Mapping[type, str] = {
    fields.DateTime: "With its zone, without one (the clinic's is meant), or a day alone (its start at the clinic).",
    fields.Money: "An amount in the clinic's currency, as a number or a text.",
    fields.Percent: "Percent, with up to four decimals.",
    fields.Quantity: "With up to three decimals.",
    fields.UnitPrice: "A price, with up to four decimals.",
    fields.TagList: "Without regard to case; none holds a comma.",
}


def body_of(kind: type[StrictSerializer], components: Components, *, update: bool = False) -> Schema:
    """A reference to the component of a body; an update is another one only if it differs."""
    made = _object(kind, components, update=update)
    name = kind.__name__
    if update and made != _object(kind, components, update=False):
        name = f"{name.removesuffix('Body')}UpdateBody"
    return components.ref(name, lambda: made)


def _object(kind: type[StrictSerializer], components: Components, *, update: bool) -> Schema:
    declared: Mapping[str, serializers.Field] = kind().fields
    properties = {
        name: _property(field, components, absent=name in kind.null_is_absent) for name, field in declared.items()
    }
    schema_not = list(kind.schema_not_on_update if update else kind.schema_not)
    for alias, name in kind.aliases.items():
        properties[alias] = {**properties[name], "description": f"Another name of `{name}`."}
        schema_not.append({"required": [alias, name]})
    for key in sorted(set(kind.read_only_keys) - set(properties)):
        properties[key] = {"description": "Read only: it may be sent back, and is ignored."}
    required = [
        name for name, field in declared.items() if (name in kind.required_on_update if update else field.required)
    ]
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    if schema_not:
        schema["not"] = schema_not[0] if len(schema_not) == 1 else {"anyOf": schema_not}
    doc = first_words(kind.__doc__) if kind.__doc__ != StrictSerializer.__doc__ else ""
    return {"description": doc, **schema} if doc else schema


def _property(field: serializers.Field, components: Components, *, absent: bool) -> Schema:
    schema = {**schema_of_field(field, components), **getattr(field, "schema_keywords", {})}
    if field.help_text:
        schema["description"] = str(field.help_text)
    elif doc := next((KINDS[base] for base in type(field).__mro__ if base in KINDS), ""):
        schema["description"] = doc
    return nullable(schema) if field.allow_null or absent else schema


@singledispatch
def schema_of_field(field: Any, _components: Components) -> Schema:
    """The schema of a field's values, null aside. Raises TypeError for a kind that is not told of here."""
    raise TypeError(f"Tell clinic.api.schema.bodies of {type(field).__name__}.")


@schema_of_field.register
def _(_field: fields.StrictUUID, _components: Components) -> Schema:
    return {"type": "string", "format": "uuid"}


@schema_of_field.register
def _(field: fields.ExactNumber, _components: Components) -> Schema:
    number = {"type": "number", "minimum": _plain(field.minimum), "maximum": _plain(field.maximum)}
    step = _plain(Decimal(1).scaleb(-field.decimals))
    return {"anyOf": [{**number, "multipleOf": step}, {"type": "string", "pattern": _digits(field)}]}


def _digits(field: fields.ExactNumber) -> str:
    """The pattern of a text that spells a number within the bounds."""
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
def _(_field: fields.Flag, _components: Components) -> Schema:
    return {"type": "boolean"}


@schema_of_field.register
def _(_field: fields.DateTime, _components: Components) -> Schema:
    return dict(MOMENT)


@schema_of_field.register
def _(_field: fields.Date, _components: Components) -> Schema:
    return dict(DAY)


@schema_of_field.register
def _(field: fields.Text, _components: Components) -> Schema:
    schema: Schema = {"type": "string", "maxLength": field.max_length}
    return schema if field.blank else {**schema, "minLength": 1, "pattern": fields.NOT_BLANK}


@schema_of_field.register
def _(field: fields.EmailAddress, _components: Components) -> Schema:
    address = {"type": "string", "format": "email", "maxLength": field.max_length}
    return {"anyOf": [address, {"type": "string", "maxLength": 0}]}


@schema_of_field.register
def _(field: fields.Choice, _components: Components) -> Schema:
    if field.any_case:
        return {"type": "string", "enum": field.allowed, "description": "In any case."}
    return {"type": "string", "enum": [*field.allowed, *field.synonyms]}


@schema_of_field.register
def _(field: fields.TagList, _components: Components) -> Schema:
    word = {"type": "string", "minLength": 1, "maxLength": field.max_length, "pattern": fields.WORD}
    return {"type": "array", "items": word, "maxItems": field.most}


@schema_of_field.register
def _(field: ListOf, components: Components) -> Schema:
    return {"type": "array", "items": schema_of_field(field.child, components), "maxItems": field.max_length}


@schema_of_field.register
def _(field: StrictSerializer, components: Components) -> Schema:
    return body_of(type(field), components)
