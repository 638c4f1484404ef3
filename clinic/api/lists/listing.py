"""How a list is asked for and answered: strict parameters, the envelope, pages by offset or by cursor.

listing = Listing(filters=PatientFilters, orders={"created_at": "created_at", "name": "sort_name"},
                  search=PatientQuerySet.matching)
page = listing.page(request, Patient.objects.all())     # page.rows, page.envelope(bodies), page.link
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework.request import Request

from clinic.api.lists.filters import StrictFilterSet
from clinic.api.lists.ordering import BadCursor, Order
from clinic.api.lists.pagination import Page, Stretch
from clinic.api.responses.messages import quoted, sentence, text_error, unknown
from clinic.domain.errors import FieldError, InvalidValue

DEFAULT_LIMIT = 100
MAX_LIMIT = settings.MAX_PAGE
MAX_OFFSET = 1_000_000_000
MAX_SEARCH = 200
MAX_WORDS = 20
MAX_ORDERS = 10
MAX_PARAMETERS = 1000
MAX_ERRORS = 50
OWN = ("limit", "offset", "cursor", "order_by", "search")
ONCE = ("limit", "offset", "cursor", "search")
_DIGITS = re.compile(r"[0-9]+")


class BadQuery(InvalidValue):
    """A parameter of a list is not known, or its value cannot be used."""

    code = "invalid_parameter"
    title = "The query is not valid"


class NoFilters(StrictFilterSet):
    """A list that nothing narrows."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a client asked of a list, read."""

    limit: int
    offset: int
    cursor: str | None
    order_by: tuple[str, ...]
    search: str
    filters: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Listing:
    """What one list can do.

    `orders` maps a name on the wire to an ORM path (a column, one of a parent, or an annotation);
    `search(queryset, text)` narrows to the rows in which every word of the text is found, None: no search.
    `columns` are read alone, into named tuples; without, rows are objects.
    """

    orders: Mapping[str, str] = field(default_factory=lambda: {"created_at": "created_at"})
    filters: type[StrictFilterSet] = NoFilters
    search: Callable[[Any, str], Any] | None = None
    default_order: str = "created_at"
    columns: Sequence[str] = ()

    def page(self, request: Request, queryset: QuerySet | Sequence[Any]) -> Page:
        """The page that a request asks for, in at most three statements; raises BadQuery with every error.

        Rows that are in memory already stand in their own order, and know limit and offset only.
        """
        if not isinstance(queryset, QuerySet):
            return self._page_of(request, queryset)
        query, errors = self._read(request.query_params)
        filters = self.filters(query.filters, queryset, request=request)
        rows, refused = filters.narrowed()
        order, more = self._order(query, rows)
        if errors := [*errors, *refused, *more]:
            code = errors[0].code if len({error.code for error in errors}) == 1 else ""
            raise BadQuery(sentence(errors), errors=errors, code=code)
        counted = filters.counted(rows)
        if query.search and self.search:
            rows = counted = self.search(rows, query.search)
        return Stretch(rows, order, query.offset, query.limit, self.columns, counted).page(request)

    def _page_of(self, request: Request, rows: Sequence[Any]) -> Page:
        query, errors = self._read(request.query_params)
        other_order = any(name not in self.orders for name in query.order_by)
        if query.filters or query.search or query.cursor is not None or other_order:
            errors.append(FieldError("", "unknown_parameter", "This list knows limit and offset only."))
        if errors:
            raise BadQuery(sentence(errors), errors=errors)
        return Page(rows[query.offset : query.offset + query.limit], len(rows), query.offset, query.limit)

    def _read(self, sent: QueryDict) -> tuple[Query, list[FieldError]]:
        if sum(len(texts) for _, texts in sent.lists()) > MAX_PARAMETERS:
            raise TooManyFieldsSent
        errors: list[FieldError] = []
        filters: dict[str, list[str]] = {}
        for name, texts in sent.lists():
            if meant := self.filters.named(name):
                filters.setdefault(meant, []).extend(map(str, texts))
            elif name not in OWN or (name == "search" and self.search is None):
                known = [*OWN, *self.filters.base_filters]
                errors.append(unknown(name, known, pointer=f"?{name[:60]}", code="unknown_parameter"))
            elif name in ONCE and len(texts) > 1:
                errors.append(FieldError(f"?{name}", "repeated_parameter", "This parameter may stand once."))
            if len(errors) >= MAX_ERRORS:
                break
        numbers = {
            "limit": _whole(sent.get("limit"), "limit", DEFAULT_LIMIT, errors),
            "offset": _whole(sent.get("offset"), "offset", 0, errors),
        }
        if numbers["offset"] > MAX_OFFSET:
            errors.append(FieldError("?offset", "out_of_range", f"The offset may be at most {MAX_OFFSET}."))
        query = Query(
            limit=min(numbers["limit"], MAX_LIMIT),
            offset=numbers["offset"],
            cursor=sent.get("cursor") if len(sent.getlist("cursor")) == 1 else None,
            order_by=_names(sent.getlist("order_by"), errors),
            search=_search(sent.get("search", ""), errors),
            filters=filters,
        )
        if "cursor" in sent and "offset" in sent:
            errors.append(FieldError("?cursor", "invalid", "A cursor and an offset do not go together."))
        return query, errors

    def _order(self, query: Query, rows: QuerySet) -> tuple[Order, list[FieldError]]:
        names = query.order_by or (self.default_order,)
        wrong = [name for name in names if name.removeprefix("-") not in self.orders]
        if wrong:
            errors = [
                unknown(name.removeprefix("-"), self.orders, pointer="?order_by", code="invalid") for name in wrong
            ]
            return Order.of(rows.model, {}, ()), errors
        order = Order.of(rows.model, self.orders, names)
        if query.cursor is not None:
            try:
                return order.after(query.cursor), []
            except BadCursor as refusal:
                return order, [FieldError("?cursor", "invalid", str(refusal))]
        return order, []


def _whole(text: str | None, name: str, default: int, errors: list[FieldError]) -> int:
    if text is None:
        return default
    if not _DIGITS.fullmatch(text):
        errors.append(FieldError(f"?{name}", "invalid", f"{quoted(text)} is not a whole number from 0 up."))
        return default
    return int(text) if len(text) <= 12 else MAX_OFFSET + 1


def _names(texts: list[str], errors: list[FieldError]) -> tuple[str, ...]:
    names = ",".join(texts).split(",") if any(texts) else []
    if len(names) > MAX_ORDERS:
        errors.append(FieldError("?order_by", "too_many", f"A list is ordered by at most {MAX_ORDERS} fields."))
    return tuple(names[:MAX_ORDERS])


def _search(text: str, errors: list[FieldError]) -> str:
    if len(text) > MAX_SEARCH:
        errors.append(FieldError("?search", "too_long", f"A search is at most {MAX_SEARCH} characters."))
    elif len(set(normalize("NFKD", text).split())) > MAX_WORDS:
        errors.append(FieldError("?search", "too_many", f"A search has at most {MAX_WORDS} different words."))
    elif fault := text_error(text):
        errors.append(FieldError("?search", "bad_text", fault))
    return text[:MAX_SEARCH].strip()
