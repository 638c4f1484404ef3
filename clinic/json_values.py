"""How values become JSON: amounts as exact numbers, moments in the clinic's zone, and JSON that is JSON already."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from clinic.domain.dates import clinic_time_zone

Body = Any  # a dict, or whatever else `to_json` can write


class RawJSON:  # no dataclass: orjson would write its field
    """A part of a body that is JSON already: it leaves as it is."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def encode_datetime(moment: datetime | None) -> str | None:
    """An aware moment as it leaves: ISO 8601 in the clinic's zone, with its offset; None stays None."""
    return None if moment is None else moment.astimezone(clinic_time_zone()).isoformat()


def encode_decimal(number: Decimal) -> float:
    """A Decimal as it leaves: a number, exact up to 15 digits, and never -0.0.

    >>> encode_decimal(Decimal("-0.00"))
    0.0
    """
    return float(number) + 0.0  # -0.0 + 0.0 is 0.0


def to_json(body: Body) -> bytes:
    """The body as JSON."""
    return orjson.dumps(body, default=_plain)


def as_dict(body: Body) -> Mapping[str, Any]:
    """The members of an object that leaves, whether it is written already or not.

    >>> as_dict(RawJSON('{"limit":5}'))
    {'limit': 5}
    """
    found: Mapping[str, Any] = orjson.loads(body.text) if isinstance(body, RawJSON) else body
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, RawJSON):
        return orjson.Fragment(value.text)
    if isinstance(value, Decimal):
        return encode_decimal(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    return str(value)
