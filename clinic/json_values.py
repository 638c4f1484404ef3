"""JSON encoding of response bodies: decimals, datetimes in the clinic's time zone, and text that is JSON already."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from clinic.domain.dates import clinic_time_zone

Body = Any  # a dict, or anything else that `to_json` can write
JsonObject = dict[str, Any]


class RawJSON:  # no dataclass: orjson would write its field
    """A part of a body that is JSON already and is written unchanged."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def encode_datetime(value: datetime | None) -> str | None:
    """Return an aware datetime as ISO 8601 in the clinic's time zone: six decimals and the offset. None stays None.

    >>> encode_datetime(datetime.fromisoformat("2026-06-01T12:00:00Z"))
    '2026-06-01T12:00:00.000000+00:00'
    """
    return None if value is None else value.astimezone(clinic_time_zone()).isoformat(timespec="microseconds")


def encode_decimal(number: Decimal) -> float:
    """Return a Decimal as a JSON number, exact up to 15 digits, and never -0.0.

    >>> encode_decimal(Decimal("-0.00"))
    0.0
    """
    return float(number) + 0.0  # -0.0 + 0.0 is 0.0


def to_json(body: Body) -> bytes:
    """Return a body as JSON."""
    return orjson.dumps(body, default=_plain)


def as_dict(body: Body) -> Mapping[str, Any]:
    """Return a body that is an object as a dict, whether it is JSON already or not.

    >>> as_dict(RawJSON('{"limit":5}'))
    {'limit': 5}
    """
    members: Mapping[str, Any] = orjson.loads(body.text) if isinstance(body, RawJSON) else body
    return members


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
