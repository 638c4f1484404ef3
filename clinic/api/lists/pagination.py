"""Pages of a list: rows, number of all rows, and links to the pages before and after.

The first pages are read in their order. A page at a deep offset is found by its ids, from the nearer end of the list or
from a row of the offset index: an index of the database holds the ids, so the rows before the page are not read.
Following a cursor costs the same everywhere. listing.py cuts a larger limit to MAX_PAGE, and refuses an offset above
MAX_OFFSET.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework.request import Request

from clinic.api.lists.counts import CachedCount, cached_count
from clinic.api.lists.offset_index import STEP
from clinic.api.lists.ordering import Order
from clinic.db.compiled import CompiledQuery

DEFAULT_LIMIT = 100
MAX_OFFSET = 1_000_000_000
NOT_COUNTED = frozenset({"limit", "offset", "cursor", "order_by"})  # parameters that do not change the number of rows
DEEP_OFFSET = 1_000  # above it, passing over the rows is slower than finding the page by ids


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list. `total` counts all matching rows; `links` has the addresses of other pages by their `rel`."""

    rows: Sequence[Any]
    total: int
    offset: int
    limit: int
    links: dict[str, str] = field(default_factory=dict)

    @property
    def link(self) -> str:
        """The `Link` header (RFC 8288); an empty string if there is no other page."""
        return ", ".join(f'<{address}>; rel="{rel}"' for rel, address in self.links.items())

    def envelope(self, bodies: Iterable[Any]) -> dict[str, Any]:
        """Return the envelope of the contract around the represented rows."""
        return {"total": self.total, "offset": self.offset, "limit": self.limit, "data": list(bodies)}


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The query for one page; `order` contains the cursor if there is one, `columns` are those of Listing.

    `rows_to_count` has as many rows as `rows`, and is counted in its place.
    """

    rows: QuerySet
    order: Order
    offset: int
    limit: int
    columns: Sequence[str]
    rows_to_count: QuerySet

    def page(self, request: Request) -> Page:
        """Return the page: one statement for the rows, and one or two for their number where the page does not tell."""
        if self.limit == 0:
            return Page([], self.rows_to_count.order_by().count(), self.offset, 0)
        if self.order.is_backward:
            return self._page_before_cursor(request)
        count = self._count(request) if self.offset > DEEP_OFFSET else None
        found = self._rows_at_deep_offset(count) if count else self._rows_at_offset()
        shown = found[: self.limit]
        is_last = len(found) == len(shown)
        if count is None and is_last and not self.order.is_continued and (found or not self.offset):
            count = CachedCount(self.offset + len(found))
        cursors = {} if is_last else {"next": self.order.cursor_after(shown[-1])}
        if shown and (self.offset or self.order.is_continued):
            cursors["prev"] = self.order.cursor_before(shown[0])
        return self._page(request, shown, count or self._count(request), cursors)

    def _page_before_cursor(self, request: Request) -> Page:
        found = list(self._ordered()[: self.limit + 1])
        shown = found[: self.limit][::-1]
        cursors = {"next": self.order.cursor_after(shown[-1])} if shown else {}
        if len(found) > len(shown):
            cursors["prev"] = self.order.cursor_before(shown[0])
        return self._page(request, shown, self._count(request), cursors)

    def _rows_at_offset(self) -> list[Any]:
        """Return the rows from a small offset on, and one more if there is one."""
        end = self.offset + self.limit + 1
        if self.offset or self.order.is_continued or not self.columns or self.rows.query.has_filters():
            return list(self._ordered()[self.offset : end])
        return _first_page_query(self.order, tuple(self.columns), end).all()

    def _rows_at_deep_offset(self, count: CachedCount) -> list[Any]:
        """Return the rows from a large offset on, and one more if there is one, by their ids."""
        end = min(self.offset + self.limit + 1, count.rows)
        if self.offset >= end:
            return []
        return list(self._ordered(self.rows.filter(pk__in=self._ids(count, end))))

    def _ids(self, count: CachedCount, end: int) -> QuerySet | list[Any]:
        """Return the ids from the offset to `end`, read from the nearest end of the list or row of the offset index.

        Only a list without filters, in the order of creation, has an index: it grows at its end alone.
        """
        only_grows = self.order.is_by_creation and not self.rows.query.where
        index = count.offset_index if only_grows else None
        start, order = index.nearest(self.offset, self.order) if index is not None else (0, self.order)
        skipped = self.offset - start
        if count.at and skipped > count.rows - end:  # of the rows that were counted: most newer ones come after them
            counted = self.order.reversed().apply(self.rows.filter(created_at__lte=count.at))
            return counted.values("pk")[count.rows - end : count.rows - self.offset]
        if index is None or skipped < STEP:
            return order.apply(self.rows).values("pk")[skipped : end - start]
        found = list(order.apply(self.rows, ["pk"])[skipped - 1 : end - start])
        if found:
            index.add(self.offset, self.order.after_row(found[0]))
        return [row.pk for row in found[1:]]

    def _count(self, request: Request) -> CachedCount:
        counted = sorted((name, text) for name, text in _pairs(request.query_params) if name not in NOT_COUNTED)
        return cached_count(self.rows_to_count, (request.path, request.user.pk, *counted))

    def _ordered(self, rows: QuerySet | None = None) -> QuerySet:
        return self.order.apply(self.rows if rows is None else rows, self.columns)

    def _page(self, request: Request, shown: list[Any], count: CachedCount, cursors: dict[str, str]) -> Page:
        links = {rel: _address(request, cursor) for rel, cursor in cursors.items()}
        return Page(shown, count.rows, self.offset, self.limit, links)


@lru_cache(100)
def _first_page_query(order: Order, columns: tuple[str, ...], limit: int) -> CompiledQuery[Any]:
    """Return the compiled query for the first rows of a list without filters, the page that is read most."""
    return CompiledQuery(lambda _: order.apply(order.model._default_manager.all(), columns)[:limit])


def _address(request: Request, cursor: str) -> str:
    kept = [(name, text) for name, text in _pairs(request.query_params) if name not in {"offset", "cursor"}]
    return f"{request._request.path}?{urlencode([*kept, ('cursor', cursor)])}"


def _pairs(sent: QueryDict) -> Iterator[tuple[str, str]]:
    return ((name, str(text)) for name, texts in sent.lists() for text in texts)
