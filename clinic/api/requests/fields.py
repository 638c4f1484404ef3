"""Fields of strict request bodies: numbers, amounts, texts, dates, choices.

Each accepts one form of its value and refuses every other with a code.
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from django.db.models import Choices
from rest_framework import serializers

from clinic.api.requests.datetimes import parse_date, parse_datetime
from clinic.api.responses.error_details import quote
from clinic.domain.amounts import MAX_MONEY, MAX_PERCENT, MAX_QUANTITY, MONEY_DECIMALS, QUANTITY_DECIMALS, RATE_DECIMALS
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
