"""What a value in a body must look like: each kind takes one spelling strictly and refuses the rest by name.

A field's `run_validation(value)` returns the value for the domain, or raises DRF's ValidationError. `allow_null=True`
lets null through as None. Defaults and required fields are the business of clinic.api.requests.serializers.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelValidationError
from django.core.validators import validate_email
from rest_framework import serializers

from clinic.api.requests.datetimes import parse_date, parse_datetime
from clinic.api.responses.messages import quoted, text_error
from clinic.domain.amounts import MAX_MONEY, MAX_QUANTITY

# For the schema, in the regular expressions of ECMA 262: of what str.strip() leaves nothing, and of what something.
_SPACES = r"\s\x1c-\x1f\x85"
BLANK = rf"^[{_SPACES}]*$"
NOT_BLANK = rf"[^{_SPACES}]"
WORD = rf"^[^,]*[^,{_SPACES}][^,]*$"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,40})?")


class StrictField(serializers.Field):
    """The base: refuses with a code, never with a crash."""

    schema_keywords: ClassVar[Mapping[str, Any]] = {}
    """For the schema: keywords of JSON Schema that a subclass adds to those of its base."""

    default_error_messages = {
        "invalid": "{detail}",
        "required": "This value is required.",
        "null": "This value may not be null.",
    }

    def to_representation(self, value: Any) -> Any:
        """Unused: answers are written by hand (`represent`)."""
        return value


class StrictUUID(StrictField):
    """A UUID in text, with dashes or without; nothing else stands for one."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        return parse_uuid(data) or self.fail("invalid", detail="This is not a UUID.")


def parse_uuid(text: object) -> uuid.UUID | None:
    """The UUID that a text spells, None when it spells none."""
    return uuid.UUID(text) if isinstance(text, str) and _UUID.fullmatch(text) else None


class ExactNumber(StrictField):
    """A number, or a text that is one, with a fixed number of decimals and bounds on both sides.

    Binary noise within 10^-(decimals + 4) snaps to the nearest value; any other digit too many is refused.
    """

    decimals: int = 2
    minimum: Decimal = Decimal(0)
    maximum: Decimal = MAX_MONEY
    default_error_messages = {
        "not_a_number": "This is not a number.",
        "out_of_range": "The number must lie between {minimum} and {maximum}.",
        "too_many_decimals": "The number has more than {decimals} decimals.",
    }

    def __init__(self, *, minimum: Decimal | None = None, maximum: Decimal | None = None, **kwargs: Any) -> None:
        self.minimum = self.minimum if minimum is None else minimum
        self.maximum = self.maximum if maximum is None else maximum
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        number = self._number(data)
        if number.adjusted() > 20:  # before any arithmetic: 1e400 costs nothing
            self._out_of_range()
        exact = number.quantize(Decimal(1).scaleb(-self.decimals))
        if abs(exact - number) > Decimal(1).scaleb(-self.decimals - 4):
            self.fail("too_many_decimals", decimals=self.decimals)
        if not self.minimum <= exact <= self.maximum:
            self._out_of_range()
        return exact + 0  # -0.00 becomes 0.00

    def _number(self, data: Any) -> Decimal:
        if isinstance(data, str) and _NUMBER.fullmatch(data):
            return Decimal(data)
        if isinstance(data, (int, Decimal)) and not isinstance(data, bool):
            number = Decimal(data)
            if number.is_finite():
                return number
        return self.fail("not_a_number")

    def _out_of_range(self) -> None:
        self.fail("out_of_range", minimum=self.minimum, maximum=self.maximum)


class Money(ExactNumber):
    """An amount in the clinic's currency; not negative unless `minimum` says so."""


class Percent(ExactNumber):
    """0 to 100, with up to four decimals."""

    decimals = 4
    maximum = Decimal(100)


class Quantity(ExactNumber):
    """More than nothing, with up to three decimals."""

    decimals = 3
    minimum = Decimal("0.001")
    maximum = MAX_QUANTITY


class UnitPrice(ExactNumber):
    """A price that may be a fraction of a cent: up to four decimals."""

    decimals = 4


class Flag(StrictField):
    """true or false; no word or number stands for either."""

    def to_internal_value(self, data: Any) -> bool:
        return data if isinstance(data, bool) else self.fail("invalid", detail="Send true or false.")


class ParsedField(StrictField):
    """A value that is read from a text by a function that raises ValueError with a sentence."""

    def __init__(self, read: Callable[[str], Any], **kwargs: Any) -> None:
        self._read = read
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", detail="Send a text.")
        try:
            return self._read(data)
        except ValueError as error:
            return self.fail("invalid", detail=str(error))


class DateTime(ParsedField):
    """A moment, in UTC: with a zone, without (the clinic's), or a day alone (its start at the clinic)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(parse_datetime, **kwargs)

    def to_internal_value(self, data: Any) -> datetime:
        moment: datetime = super().to_internal_value(data)
        return moment


class Date(ParsedField):
    """A calendar day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(parse_date, **kwargs)

    def to_internal_value(self, data: Any) -> date:
        day: date = super().to_internal_value(data)
        return day


class Text(StrictField):
    """A text of bounded length, without the spaces around it; it may be empty unless `blank=False`."""

    default_error_messages = {
        "blank": "This text may not be empty.",
        "too_long": "The text is longer than {max_length} characters.",
        "bad_text": "{detail}",
    }

    def __init__(self, max_length: int, *, blank: bool = True, **kwargs: Any) -> None:
        self.max_length = max_length
        self.blank = blank
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid", detail="Send a text.")
        text: str = data.strip()
        if len(text) > self.max_length:
            self.fail("too_long", max_length=self.max_length)
        if not (text or self.blank):
            self.fail("blank")
        if fault := text_error(text):
            self.fail("bad_text", detail=fault)
        return text


class EmailAddress(Text):
    """An e-mail address, or an empty text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(254, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            if text:
                validate_email(text)
        except ModelValidationError:
            self.fail("invalid", detail="This is not an e-mail address.")
        return text


class Choice(StrictField):
    """One of the stored values. `synonyms` are other spellings that are taken; `any_case` ignores the case."""

    default_error_messages = {"unknown_choice": "{sent} is none of: {allowed}."}

    def __init__(
        self,
        choices: Iterable[str],
        *,
        synonyms: Mapping[str, str] | None = None,
        any_case: bool = False,
        **kwargs: Any,
    ) -> None:
        self.allowed = [str(choice) for choice in choices]
        self.synonyms = dict(synonyms or {})
        self.any_case = any_case
        spellings = {**{choice: choice for choice in self.allowed}, **self.synonyms}
        self._meant = {key.casefold(): value for key, value in spellings.items()} if any_case else spellings
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        key = data.casefold() if isinstance(data, str) and self.any_case else data
        if not isinstance(key, str) or key not in self._meant:
            self.fail("unknown_choice", sent=quoted(data), allowed=", ".join(self.allowed))
        return self._meant[key]


class TagList(StrictField):
    """Tags: words without a comma, trimmed; one that is repeated in another case counts once, as first spelled."""

    default_error_messages = {
        "too_many": "At most {most} words are allowed.",
        "bad_word": "Every word is a text of 1 to {max_length} characters without a comma.",
    }

    def __init__(self, *, most: int = 20, max_length: int = 50, **kwargs: Any) -> None:
        self.most = most
        self.max_length = max_length
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            self.fail("invalid", detail="Send a list of texts.")
        if len(data) > 10 * self.most:
            self.fail("too_many", most=self.most)
        chosen: dict[str, str] = {}
        for word in data:
            chosen.setdefault(self._word(word).casefold(), word.strip())
        if len(chosen) > self.most:
            self.fail("too_many", most=self.most)
        return list(chosen.values())

    def _word(self, word: Any) -> str:
        text = word.strip() if isinstance(word, str) else ""
        if not text or len(text) > self.max_length or "," in text or text_error(text):
            self.fail("bad_word", max_length=self.max_length)
        return text
