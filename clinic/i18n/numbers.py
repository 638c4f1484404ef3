"""Numbers as people type them: 54.99 and 54,99 are one number. What can be read in two ways is refused."""

import re
from decimal import Decimal

from django.utils.formats import get_format, number_format

_BLANKS = re.compile(r"[\s\u00a0\u2009\u202f]")
_GROUPED = {sign: re.compile(rf"[-+]?\d{{1,3}}(\{sign}\d{{3}})+", re.ASCII) for sign in ",."}
_ONE_GROUP = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)


class AmbiguousNumber(ValueError):
    """A thousand to one reader, a fraction to the other."""


def parse_number(typed: str, *, decimal_sign: str) -> str:
    """What was typed, as Decimal takes it; what is no number is answered as it stands.

    Comma and point may each be the decimal sign, and each may stand between thousands:

    >>> [parse_number(typed, decimal_sign=",") for typed in ("12,50", "12.50", "1.234,56", "1,234.56", "1 234,5")]
    ['12.50', '12.50', '1234.56', '1234.56', '1234.5']
    >>> [parse_number(typed, decimal_sign=",") for typed in ("1,234", "0.125", "1.2345", "1.234.567", "1,2,3")]
    ['1.234', '0.125', '1.2345', '1234567', '1,2,3']

    A single sign before three digits that is not the reader's decimal sign may be either. AmbiguousNumber:

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
    if last in whole:  # it stands between thousands, and there is no fraction
        return text.replace(last, "") if _GROUPED[last].fullmatch(text) else text
    between = signs[0]
    return f"{whole.replace(between, '')}.{rest}" if _GROUPED[between].fullmatch(whole) else text


def locale_decimal_separator() -> str:
    """The decimal sign of the reader's language."""
    return str(get_format("DECIMAL_SEPARATOR"))


def format_input_number(value: Decimal | None, *, min_decimals: int = 0) -> str:
    """A number as the reader would type it: without the zeros at its end, but for `min_decimals`; empty for none."""
    if value is None:
        return ""
    places = max(min_decimals, -int(value.normalize().as_tuple().exponent))
    return number_format(value, decimal_pos=places, use_l10n=True)
