"""How many rows a list has: counted exactly up to a bound, beyond that remembered for some seconds.

A count of a million rows costs more than everything else about a page of them, and nobody reads its last digits: the
more it cost, the longer it is remembered, so that counting takes a small part of the time, whatever is counted. While
nothing is stored in the database, no count changes, and each is done once.
"""

from collections.abc import Hashable
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from clinic.api.lists.offset_index import OffsetIndex
from clinic.db.transactions import change_token
from clinic.domain.dates import today

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
    milestones: OffsetIndex | None = None


class _Remembered(NamedTuple):
    total: Total
    until: float  # when it is too old, by monotonic()
    mark: Hashable | None  # of the database, before the count


_remembered: dict[Hashable, _Remembered] = {}  # by what was asked, the oldest first
_lock = Lock()


def exact_total(rows: QuerySet) -> Total:
    """How many there are now."""
    return Total(rows.order_by().count())


def total_of(rows: QuerySet, question: Hashable) -> Total:
    """How many there are; of more than EXACT, how many there were when this was asked some seconds ago.

    `question` names the rows among all that are ever asked for, on one day: what is overdue changes at midnight.
    """
    question = (question, today())
    known = _remembered.get(question)
    began = monotonic()
    if known is not None and began < known.until:
        return known.total
    mark = change_token(connection)
    if known is not None and mark is not None and mark == known.mark:
        return known.total
    counted = _counted(rows, is_long=known is not None and known.total.rows > EXACT)
    until = 0.0
    if counted.rows > EXACT:
        now = monotonic()
        until = now + min(max(SECONDS, (now - began) * TIMES_ITS_COST), MOST_SECONDS)
    if not until and mark is None:
        return counted
    with _lock:
        _remembered.pop(question, None)
        while len(_remembered) >= MOST_REMEMBERED:
            del _remembered[next(iter(_remembered))]
        _remembered[question] = _Remembered(counted, until, mark)
    return counted


def _counted(rows: QuerySet, *, is_long: bool) -> Total:
    few = EXACT + 1 if is_long else rows.order_by()[: EXACT + 1].count()
    if few <= EXACT:
        return Total(few)
    counted = rows.order_by().count()
    return Total(counted, timezone.now(), OffsetIndex()) if counted > EXACT else Total(counted)


def forget_totals() -> None:
    """Count each list anew."""
    with _lock:
        _remembered.clear()
