"""A stretch of a list: the rows, how many there are in all, and the links to the pages beside it.

The first pages are read in their order. One far behind is found by its ids, from whichever end is nearer: an index
holds these, and the rows that are passed over are not read; fewer are passed over from a milestone. A cursor costs the
same everywhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework.request import Request

from clinic.api.lists.counts import Total, exact_total, total_of
from clinic.api.lists.offset_index import STEP
from clinic.api.lists.ordering import Order
from clinic.db.compiled import NO_KEY, CompiledQuery

OF_A_PAGE = frozenset({"limit", "offset", "cursor", "order_by"})  # what does not change how many there are
DEEP = 1_000  # rows that are passed over sooner than found by their ids


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list. `total` counts all that match; `links` lead to the pages behind and before, by rel."""

    rows: Sequence[Any]
    total: int
    offset: int
    limit: int
    links: dict[str, str] = field(default_factory=dict)

    @property
    def link(self) -> str:
        """The `Link` header (RFC 8288), "" when there is no other page."""
        return ", ".join(f'<{address}>; rel="{rel}"' for rel, address in self.links.items())

    def envelope(self, bodies: Iterable[Any]) -> dict[str, Any]:
        """The contract's envelope around the rows as they leave."""
        return {"total": self.total, "offset": self.offset, "limit": self.limit, "data": list(bodies)}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which part of a list is asked for; `order` holds the cursor, if there is one. `columns` as at Listing.

    `counted` are as many as the rows, and are counted instead of them.
    """

    rows: QuerySet
    order: Order
    offset: int
    limit: int
    columns: Sequence[str]
    counted: QuerySet

    def page(self, request: Request) -> Page:
        """One statement for the rows, and one or two to count them where the rows themselves do not tell."""
        if self.limit == 0:
            return Page([], exact_total(self.counted).rows, self.offset, 0)
        if self.order.is_backward:
            return self._before(request)
        total = self._total(request) if self.offset > DEEP else None
        found = self._deep(total) if total else self._near()
        shown = found[: self.limit]
        if total is None and len(found) == len(shown) and not self.order.is_continued and (found or not self.offset):
            total = Total(self.offset + len(found))
        links = {"next": self.order.cursor_behind(shown[-1])} if len(found) > len(shown) else {}
        if shown and (self.offset or self.order.is_continued):
            links["prev"] = self.order.cursor_before(shown[0])
        return self._page(request, shown, total or self._total(request), links)

    def _before(self, request: Request) -> Page:
        """The page that ends before the row of the cursor."""
        found = list(self._ordered()[: self.limit + 1])
        shown = found[: self.limit][::-1]
        links = {"next": self.order.cursor_behind(shown[-1])} if shown else {}
        if len(found) > len(shown):
            links["prev"] = self.order.cursor_before(shown[0])
        return self._page(request, shown, self._total(request), links)

    def _near(self) -> list[Any]:
        """The rows of an offset near the beginning, and one more if there is one."""
        end = self.offset + self.limit + 1
        if self.offset or self.order.is_continued or not self.columns or self.rows.query.has_filters():
            return list(self._ordered()[self.offset : end])
        return _beginning(self.order, tuple(self.columns), end).all(NO_KEY)

    def _deep(self, total: Total) -> list[Any]:
        """The rows of an offset far from the beginning, and one more if there is one, by their ids."""
        end = min(self.offset + self.limit + 1, total.rows)
        if self.offset >= end:
            return []
        return list(self._ordered(self.rows.filter(pk__in=self._ids(total, end))))

    def _ids(self, total: Total, end: int) -> QuerySet | list[Any]:
        """The ids from the offset to there, from the nearest place that is known: an end of the list, or a milestone.

        A list that nothing narrows, in the order of its creation, only grows at its end: its milestones stay.
        """
        only_grows = self.order.is_of_creation and not self.rows.query.where
        milestones = total.milestones if only_grows else None
        place, order = milestones.before(self.offset, self.order) if milestones else (0, self.order)
        passed = self.offset - place
        if total.at and passed > total.rows - end:  # of those that there were when counted: most new ones stand behind
            counted = self.order.reversed().applied(self.rows.filter(created_at__lte=total.at))
            return counted.values("pk")[total.rows - end : total.rows - self.offset]
        if not milestones or passed < STEP:
            return order.applied(self.rows).values("pk")[passed : end - place]
        found = list(order.applied(self.rows, ["pk"])[passed - 1 : end - place])
        if found:
            milestones.add(self.offset, self.order.behind(found[0]))
        return [row.pk for row in found[1:]]

    def _total(self, request: Request) -> Total:
        asked = sorted((name, text) for name, text in _pairs(request.query_params) if name not in OF_A_PAGE)
        return total_of(self.counted, (request.path, request.user.pk, *asked))

    def _ordered(self, rows: QuerySet | None = None) -> QuerySet:
        return self.order.applied(self.rows if rows is None else rows, self.columns)

    def _page(self, request: Request, shown: list[Any], total: Total, cursors: dict[str, str]) -> Page:
        links = {rel: _address(request, cursor) for rel, cursor in cursors.items()}
        return Page(shown, total.rows, self.offset, self.limit, links)


@lru_cache(100)
def _beginning(order: Order, columns: tuple[str, ...], many: int) -> CompiledQuery[Any]:
    """The first rows of a list that nothing narrows: the one that is asked for most."""
    return CompiledQuery(lambda _: order.applied(order.model._default_manager.all(), columns)[:many])


def _address(request: Request, cursor: str) -> str:
    kept = [(name, text) for name, text in _pairs(request.query_params) if name not in {"offset", "cursor"}]
    return f"{request._request.path}?{urlencode([*kept, ('cursor', cursor)])}"


def _pairs(sent: QueryDict) -> Iterator[tuple[str, str]]:
    return ((name, str(text)) for name, texts in sent.lists() for text in texts)
