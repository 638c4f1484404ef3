"""How many rows a list has: counted exactly up to a bound, beyond that remembered for some seconds.

A count of a million rows costs more than everything else about a page of them, and nobody reads its last digits.
"""

from collections.abc import Hashable
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

EXACT = 10_000
SECONDS = 5.0
MOST_REMEMBERED = 200


class Total(NamedTuple):
    """How many rows there are; `at`: the moment of the count, where it was remembered or may be."""

    rows: int
    at: datetime | None = None


_remembered: dict[Hashable, tuple[float, Total]] = {}  # by what was asked, the oldest first
_lock = Lock()


def exact_total(rows: QuerySet) -> Total:
    """How many there are now."""
    return Total(rows.order_by().count())


def total_of(rows: QuerySet, question: Hashable) -> Total:
    """How many there are; of more than EXACT, how many there were at most SECONDS ago, when this was asked last."""
    known = _remembered.get(question)
    if known is not None and monotonic() - known[0] < SECONDS:
        return known[1]
    few = rows.order_by()[: EXACT + 1].count()
    if few <= EXACT:
        return Total(few)
    counted = Total(rows.order_by().count(), timezone.now())
    with _lock:
        _remembered.pop(question, None)
        while len(_remembered) >= MOST_REMEMBERED:
            del _remembered[next(iter(_remembered))]
        _remembered[question] = (monotonic(), counted)
    return counted


def forget_totals() -> None:
    """Count each list anew."""
    with _lock:
        _remembered.clear()
