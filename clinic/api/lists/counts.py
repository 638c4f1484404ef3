"""Number of rows of a list: exact up to MAX_EXACT, above that cached for some seconds.

Counting a million rows takes longer than the rest of a page, and nobody reads the last digits. The longer a count took,
the longer it is cached, so that counting takes a small part of the time. While the database does not change, nothing is
counted twice.
"""

from collections.abc import Hashable
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from clinic.api.lists.offset_index import OffsetIndex
from clinic.db.transactions import change_token
from clinic.domain.cache import BoundedCache
from clinic.domain.dates import today

MAX_EXACT = 10_000
MIN_SECONDS = 5.0  # for which a count above MAX_EXACT is cached
MAX_SECONDS = 60.0
CACHE_FACTOR = 200  # a count is cached for so many times as long as it took, between MIN_SECONDS and MAX_SECONDS


class CachedCount(NamedTuple):
    """A number of rows. `at` and `offset_index` (for the order of creation) are set if it is above MAX_EXACT."""

    rows: int
    at: datetime | None = None
    offset_index: OffsetIndex | None = None


class _Entry(NamedTuple):
    result: CachedCount
    expires_at: float  # by monotonic()
    database_state: Hashable | None  # before the count


cache: BoundedCache[_Entry] = BoundedCache(1000)


def cached_count(rows: QuerySet, key: Hashable) -> CachedCount:
    """Return the number of rows; if it is above MAX_EXACT, that of some seconds ago.

    `key` identifies the rows among all lists, on one day: at midnight others become overdue.
    """
    key = (key, today())
    entry = cache.get(key)
    began = monotonic()
    if entry is not None and began < entry.expires_at:
        return entry.result
    state = change_token(connection)
    if entry is not None and state is not None and state == entry.database_state:
        return entry.result
    count = _count(rows, is_long=entry is not None and entry.result.rows > MAX_EXACT)
    expires_at = 0.0
    if count.rows > MAX_EXACT:
        now = monotonic()
        expires_at = now + min(max(MIN_SECONDS, (now - began) * CACHE_FACTOR), MAX_SECONDS)
    if expires_at or state is not None:
        cache.set(key, _Entry(count, expires_at, state))
    return count


def _count(rows: QuerySet, *, is_long: bool) -> CachedCount:
    """Count up to MAX_EXACT first, unless the list is known to be longer, and all rows if there are more."""
    bounded = MAX_EXACT + 1 if is_long else rows.order_by()[: MAX_EXACT + 1].count()
    if bounded <= MAX_EXACT:
        return CachedCount(bounded)
    number = rows.order_by().count()
    return CachedCount(number, timezone.now(), OffsetIndex()) if number > MAX_EXACT else CachedCount(number)
