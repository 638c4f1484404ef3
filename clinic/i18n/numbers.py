"""Parse and format localized numbers: 54.99 and 54,99 are the same number; ambiguous input is refused."""

import re
from decimal import Decimal

from django.utils.formats import get_format, number_format

_BLANKS = re.compile(r"[\s\u00a0\u2009\u202f]")
_GROUPED = {sign: re.compile(rf"[-+]?\d{{1,3}}(\{sign}\d{{3}})+", re.ASCII) for sign in ",."}
_ONE_GROUP = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)


class AmbiguousNumber(ValueError):
    """The text can be a whole number with a thousands separator, or a decimal fraction."""


def parse_number(typed: str, *, decimal_sign: str) -> str:
    """Return a typed number in the form that Decimal accepts; return a text that is no number unchanged.

    Comma and point may each be the decimal separator or the thousands separator:

    >>> [parse_number(typed, decimal_sign=",") for typed in ("12,50", "12.50", "1.234,56", "1,234.56", "1 234,5")]
    ['12.50', '12.50', '1234.56', '1234.56', '1234.5']
    >>> [parse_number(typed, decimal_sign=",") for typed in ("1,234", "0.125", "1.2345", "1.234.567", "1,2,3")]
    ['1.234', '0.125', '1.2345', '1234567', '1,2,3']

    A single separator before three digits that is not the language's decimal separator could be either:

    >>> parse_number("1.234", decimal_sign=",")
    Traceback (most recent call last):
    ...
    clinic.i18n.numbers.AmbiguousNumber: 1.234
    >>> parse_number("1.234", decimal_sign=".")
    '1.234'
    """
    text = _BLANKS.sub("", typed)
    signs = [sign for sign in text if sign in ",."]
    if not signs:
        return text
    if len(signs) == 1:
        if signs[0] != decimal_sign and _ONE_GROUP.fullmatch(text):
            raise AmbiguousNumber(text)
        return text.replace(",", ".")
    whole, last, rest = text.rpartition(signs[-1])
    if last in whole:  # a thousands separator, and there is no fraction
        return text.replace(last, "") if _GROUPED[last].fullmatch(text) else text
    thousands = signs[0]
    return f"{whole.replace(thousands, '')}.{rest}" if _GROUPED[thousands].fullmatch(whole) else text


def locale_decimal_separator() -> str:
    """Return the decimal separator of the active language."""
    return str(get_format("DECIMAL_SEPARATOR"))


def format_input_number(value: Decimal | None, *, min_decimals: int = 0) -> str:
    """Format a number for an input: no thousands separators, at least `min_decimals` decimals; "" for None."""
    if value is None:
        return ""
    places = max(min_decimals, -int(value.normalize().as_tuple().exponent))
    return number_format(value, decimal_pos=places, use_l10n=True)
