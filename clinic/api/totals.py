"""How many rows a list has: counted exactly up to a bound, beyond that remembered for some seconds.

A count of a million rows costs more than everything else about a page of them, and nobody reads its last digits: the
more it cost, the longer it is remembered, so that counting takes a small part of the time, whatever is counted.
"""

from collections.abc import Hashable
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from clinic.api.milestones import Milestones

EXACT = 10_000
SECONDS = 5.0  # that a count is remembered at least
MOST_SECONDS = 60.0
TIMES_ITS_COST = 200  # as many times as long as it took, between these two
MOST_REMEMBERED = 1000


class Total(NamedTuple):
    """How many rows there are; `at`: the moment of the count, where it was remembered or may be.

    `milestones`, then too: of the list in the order of its creation.
    """

    rows: int
    at: datetime | None = None
    milestones: Milestones | None = None


_remembered: dict[Hashable, tuple[float, Total]] = {}  # until when, by what was asked; the oldest first
_lock = Lock()


def exact_total(rows: QuerySet) -> Total:
    """How many there are now."""
    return Total(rows.order_by().count())


def total_of(rows: QuerySet, question: Hashable) -> Total:
    """How many there are; of more than EXACT, how many there were when this was asked some seconds ago."""
    until, known = _remembered.get(question, (0.0, None))
    began = monotonic()
    if known is not None and began < until:
        return known
    if known is None:
        few = rows.order_by()[: EXACT + 1].count()
        if few <= EXACT:
            return Total(few)
    counted = Total(rows.order_by().count(), timezone.now(), Milestones())
    now = monotonic()
    with _lock:
        _remembered.pop(question, None)
        if counted.rows <= EXACT:  # fewer than there were
            return Total(counted.rows)
        while len(_remembered) >= MOST_REMEMBERED:
            del _remembered[next(iter(_remembered))]
        _remembered[question] = (now + min(max(SECONDS, (now - began) * TIMES_ITS_COST), MOST_SECONDS), counted)
    return counted


def forget_totals() -> None:
    """Count each list anew."""
    with _lock:
        _remembered.clear()
