"""Strict serializers of request bodies, and their fields.

    class VoidBody(StrictSerializer):
        reason = Text(500, blank=False)
        method = Choice(PaymentMethod.values, any_case=True, required=False)

    values = VoidBody.parse({"reason": "Wrong patient"})     # {"reason": "Wrong patient"}, or InvalidValue

Each field accepts one form of its value and refuses every other with a code. All errors of a body are reported at once,
each with a JSON pointer. The result has only what was sent; `allow_null=True` lets null through as None.
"""

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, ClassVar, NamedTuple

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from django.db.models import Choices
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty

from clinic.api.requests.datetimes import parse_date, parse_datetime
from clinic.api.responses.messages import MAX_ERRORS, invalid_value, pointer, quote, unknown_name
from clinic.domain.amounts import MAX_MONEY, MAX_PERCENT, MAX_QUANTITY, MONEY_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS
from clinic.domain.errors import FieldError
from clinic.domain.text import strip, text_error

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,40})?")


class StrictField(serializers.Field):
    """Base of the fields."""

    schema_keywords: ClassVar[Mapping[str, Any]] = {}
    """Keywords of JSON Schema that a subclass adds to those of its base."""

    default_error_messages = {
        "invalid": "{detail}",
        "required": "This value is required.",
        "null": "This value may not be null.",
    }

    def to_representation(self, value: Any) -> Any:
        """Return the value; answers are not built from serializers."""
        return value


class StrictUUID(StrictField):
    """A UUID as a string, with or without dashes."""

    schema_keywords = {"type": "string", "format": "uuid"}

    def to_internal_value(self, data: Any) -> uuid.UUID:
        return parse_uuid(data) or self.fail("invalid", detail="Must be a UUID.")


def parse_uuid(value: object) -> uuid.UUID | None:
    """Return the UUID that a string contains; None for anything else."""
    return uuid.UUID(value) if isinstance(value, str) and _UUID.fullmatch(value) else None


class ExactNumber(StrictField):
    """A number, or a string with one, with a fixed number of decimals and bounds on both sides.

    Binary noise within 10^-(decimals + 4) is rounded away; more decimals than that are an error.
    """

    decimals: int = MONEY_DECIMALS
    minimum: Decimal = Decimal(0)
    maximum: Decimal = MAX_MONEY
    default_error_messages = {
        "not_a_number": "Must be a number.",
        "out_of_range": "The number must be between {minimum} and {maximum}.",
        "too_many_decimals": "The number has more than {decimals} decimal places.",
    }

    def __init__(self, *, minimum: Decimal | None = None, maximum: Decimal | None = None, **kwargs: Any) -> None:
        self.minimum = self.minimum if minimum is None else minimum
        self.maximum = self.maximum if maximum is None else maximum
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        number = self._parse(data)
        if number.adjusted() > 20:  # before any arithmetic, which is slow for 1e400
            self._fail_range()
        exact = number.quantize(Decimal(1).scaleb(-self.decimals))
        if abs(exact - number) > Decimal(1).scaleb(-self.decimals - 4):
            self.fail("too_many_decimals", decimals=self.decimals)
        if not self.minimum <= exact <= self.maximum:
            self._fail_range()
        return exact + 0  # -0.00 becomes 0.00

    def _parse(self, data: Any) -> Decimal:
        if isinstance(data, str) and _NUMBER.fullmatch(data):
            return Decimal(data)
        if isinstance(data, (int, Decimal)) and not isinstance(data, bool):
            number = Decimal(data)
            if number.is_finite():
                return number
        return self.fail("not_a_number")

    def _fail_range(self) -> None:
        self.fail("out_of_range", minimum=self.minimum, maximum=self.maximum)


class Money(ExactNumber):
    """An amount in the clinic's currency; at least 0 unless `minimum` allows less."""


class Percent(ExactNumber):
    """0 to 100, with up to four decimals."""

    decimals = RATE_DECIMALS
    maximum = MAX_PERCENT


class Quantity(ExactNumber):
    """Above 0, with up to three decimals."""

    decimals = QUANTITY_DECIMALS
    minimum = Decimal("0.001")
    maximum = MAX_QUANTITY


class UnitPrice(ExactNumber):
    """A price with up to four decimals."""

    decimals = RATE_DECIMALS


class Flag(StrictField):
    """true or false; no string or number is accepted for either."""

    schema_keywords = {"type": "boolean"}

    def to_internal_value(self, data: Any) -> bool:
        return data if isinstance(data, bool) else self.fail("invalid", detail="Must be true or false.")


class ParsedField(StrictField):
    """A string that a function parses."""

    def parse(self, text: str) -> Any:
        """Return the value. Raises ValueError with a sentence."""
        raise NotImplementedError("A subclass parses the text.")

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", detail="Must be a string.")
        try:
            return self.parse(data)
        except ValueError as error:
            return self.fail("invalid", detail=str(error))


class DateTime(ParsedField):
    """A datetime, in UTC: with an offset, without (local to the clinic), or a date alone (its start there)."""

    def parse(self, text: str) -> datetime:
        return parse_datetime(text)


class Date(ParsedField):
    """A calendar date."""

    def parse(self, text: str) -> date:
        return parse_date(text)


class Text(StrictField):
    """A string of bounded length, without white space and invisible characters at its ends.

    It may be empty unless `blank=False`, and holds line breaks only if `multiline`.
    """

    default_error_messages = {
        "blank": "Must not be empty.",
        "too_long": "The text is longer than {max_length} characters.",
        "bad_text": "{detail}",
    }

    def __init__(self, max_length: int, *, blank: bool = True, multiline: bool = False, **kwargs: Any) -> None:
        self.max_length = max_length
        self.blank = blank
        self.multiline = multiline
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid", detail="Must be a string.")
        text = strip(data)
        if len(text) > self.max_length:
            self.fail("too_long", max_length=self.max_length)
        if not (text or self.blank):
            self.fail("blank")
        if error := text_error(text, multiline=self.multiline):
            self.fail("bad_text", detail=error)
        return text


class EmailAddress(Text):
    """An e-mail address, or an empty string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(254, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            if text:
                validate_email(text)
        except DjangoValidationError:
            self.fail("invalid", detail="Must be an e-mail address.")
        return text


class Choice(StrictField):
    """One of the stored values. `synonyms` maps other accepted values to them; `any_case` ignores the case."""

    default_error_messages = {"unknown_choice": "{sent} is not one of: {allowed}."}

    def __init__(
        self,
        choices: Iterable[str] | type[Choices],
        *,
        synonyms: Mapping[str, str] | None = None,
        any_case: bool = False,
        **kwargs: Any,
    ) -> None:
        self.choices = choices
        self.allowed = [str(choice) for choice in choices]
        self.synonyms = dict(synonyms or {})
        self.any_case = any_case
        accepted = {**{choice: choice for choice in self.allowed}, **self.synonyms}
        self._accepted = {key.casefold(): value for key, value in accepted.items()} if any_case else accepted
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        key = data.casefold() if isinstance(data, str) and self.any_case else data
        if not isinstance(key, str) or key not in self._accepted:
            self.fail("unknown_choice", sent=quote(data), allowed=", ".join(self.allowed))
        return self._accepted[key]


class ListOf(StrictField):
    """A list whose entries are all of one field or serializer; its length is checked first."""

    default_error_messages = {"too_many": "At most {max_length} entries are allowed."}

    def __init__(self, child: serializers.Field, *, max_length: int, **kwargs: Any) -> None:
        self.child = child
        self.max_length = max_length
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("invalid", detail="Must be a list.")
        if len(data) > self.max_length:
            self.fail("too_many", max_length=self.max_length)
        values: list[Any] = []
        errors: list[FieldError] = []
        for index, entry in enumerate(data):
            try:
                values.append(self.child.run_validation(entry))
            except ValidationError as error:
                values.append(getattr(error, "values", None))
                errors += _field_errors(pointer(index), error)
                if len(errors) >= MAX_ERRORS:
                    break
        if errors:
            raise NestedErrors(errors, values)
        return values


class NestedErrors(ValidationError):
    """The errors of an object or a list, with pointers relative to it, and what is sound of it, if anything is."""

    def __init__(self, errors: list[FieldError], values: Any = None) -> None:
        super().__init__([ErrorDetail(error.detail, code=error.code) for error in errors])
        self.errors = errors[:MAX_ERRORS]
        self.values = values


class ReadBody(NamedTuple):
    """The sound values of a body, by the names of the fields, and the errors of the others.

    A list with errors has its entries as far as they are sound: an object without the members at fault, or None.
    """

    values: dict[str, Any]
    errors: list[FieldError]

    def is_sound(self, *steps: str | int) -> bool:
        """Return whether neither the value at these keys and indexes nor anything in it has an error."""
        place = pointer(*steps)
        return not any(error.pointer == place or error.pointer.startswith(f"{place}/") for error in self.errors)


UNSOUND: Any = object()  # stands for a value with an error where the values of a body are checked together


def _field_errors(where: str, error: ValidationError) -> list[FieldError]:
    """Return the errors of the value at a pointer."""
    if isinstance(error, NestedErrors):
        return [nested._replace(pointer=where + nested.pointer) for nested in error.errors]
    details: Any = error.detail
    return [FieldError(where, detail.code or "invalid", str(detail)) for detail in details]


class StrictSerializer(serializers.Serializer):
    """Base of the bodies. Subclasses declare fields and, where needed, the class attributes below."""

    shape: ClassVar[Any] = None
    """The TypedDict of the answer: its members that are no fields may be sent back, and are ignored."""
    aliases: ClassVar[Mapping[str, str]] = {}
    """Other names of fields: {"name": "description"}."""
    null_is_absent: ClassVar[Collection[str]] = frozenset()
    """Fields whose null counts as not sent."""
    required_on_update: ClassVar[Collection[str]] = frozenset()
    """Fields that a PUT must send although it may leave out all others; a PATCH may leave out these, too."""

    @classmethod
    def parse(cls, body: Any, *, update: bool = False, is_partial: bool = False) -> dict[str, Any]:
        """Return the values of a body, by the names of the fields.

        In an update all fields but `required_on_update` may be left out, in a partial one these too. Raises
        InvalidValue with at most MAX_ERRORS errors.
        """
        values, errors = cls.read(body, update=update, is_partial=is_partial)
        if errors:
            raise invalid_value(errors)
        return values

    @classmethod
    def read(cls, body: Any, *, update: bool = False, is_partial: bool = False) -> ReadBody:
        """Return the values of a body as `parse` does, as far as they are sound, and at most MAX_ERRORS errors."""
        try:
            return ReadBody(_shared_instance(cls).parse_object(body, update=update, is_partial=is_partial), [])
        except NestedErrors as error:
            return ReadBody(error.values or {}, error.errors)

    def check(self, values: dict[str, Any], *, update: bool) -> Iterable[FieldError]:  # noqa: ARG002  # for subclasses
        """Yield errors of the values together; one that has an error by itself is UNSOUND, which is true."""
        return ()

    def parse_object(self, body: Any, *, update: bool = False, is_partial: bool = False) -> dict[str, Any]:
        """Do the same as `parse`, but raise NestedErrors."""
        if not isinstance(body, dict):
            raise NestedErrors([FieldError("", "invalid", "Must be an object.")])
        sent, keys, errors = self._by_field(body)
        required = frozenset() if is_partial else self.required_on_update if update else self._required
        values: dict[str, Any] = {}
        unsound: dict[str, Any] = {}
        for name, field in self._fields_by_name.items():
            if name not in sent and name not in required:
                continue
            try:
                values[name] = field.run_validation(sent.get(name, empty))
            except ValidationError as error:
                unsound[name] = getattr(error, "values", None)
                errors += _field_errors(pointer(keys.get(name, name)), error)
                if len(errors) >= MAX_ERRORS:
                    raise NestedErrors(errors) from None
        errors += self.check(values | dict.fromkeys(unsound, UNSOUND), update=update)
        if errors:
            raise NestedErrors(errors, values | {name: part for name, part in unsound.items() if part is not None})
        return values

    def run_validation(self, data: Any = empty) -> Any:
        """Return the values of an object that is itself a field or an entry of a list; null where `allow_null=True`."""
        if data is empty:
            self.fail("required")
        return None if data is None and self.allow_null else self.parse_object(data)

    def _by_field(self, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str], list[FieldError]]:
        """Return what was sent and under which key, both by the names of fields, and errors of the other keys."""
        sent: dict[str, Any] = {}
        keys: dict[str, str] = {}
        errors: list[FieldError] = []
        fields = self._fields_by_name
        for key, value in body.items():
            name = self.aliases.get(key, key)
            if name not in fields:
                if self.shape is None or key not in self.shape.__annotations__:
                    errors.append(unknown_name(key, [*fields, *self.aliases], pointer=pointer(key), code="unknown_key"))
            elif name in sent and sent[name] != value:
                errors.append(FieldError(pointer(key), "repeated_key", f"“{name}” was sent twice, under two names."))
            elif value is not None or name not in self.null_is_absent:
                sent[name], keys[name] = value, key
            if len(errors) >= MAX_ERRORS:
                break
        return sent, keys, errors

    @cached_property
    def _fields_by_name(self) -> dict[str, serializers.Field]:
        """The fields in a dict, which is faster than DRF's BindingDict."""
        return dict(self.fields)

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(name for name, field in self._fields_by_name.items() if field.required)


@cache
def _shared_instance(kind: type[StrictSerializer]) -> StrictSerializer:
    """Return the one instance of a class that serves all requests: making one costs more than parsing a body."""
    return kind()
