"""Listing: the parameters, filters, search and orders of one list endpoint, and the page that a request asks for.

listing = Listing(filters=PatientFilters, orders={"created_at": "created_at", "name": "sort_name"},
                  search=PatientQuerySet.matching)
page = listing.page(request, Patient.objects.all())     # page.rows, page.envelope(bodies), page.link
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.db.models import Func, QuerySet
from django.http import QueryDict
from rest_framework.request import Request

from clinic.api.lists.filters import StrictFilterSet
from clinic.api.lists.ordering import InvalidCursor, Order
from clinic.api.lists.pagination import DEFAULT_LIMIT, MAX_OFFSET, Page, PageQuery
from clinic.api.responses.error_details import MAX_ERRORS, MAX_QUOTED, quote, summary, unknown_name
from clinic.domain.errors import FieldError, InvalidValue
from clinic.domain.text import MAX_SEARCH_LENGTH, MAX_SEARCH_WORDS, json_error, search_words, strip

MAX_ORDERS = 10
MAX_PARAMETERS = 1000
PAGE_PARAMETERS = ("limit", "offset", "cursor", "order_by", "search")
SINGLE_PARAMETERS = ("limit", "offset", "cursor", "search")
_DIGITS = re.compile(r"[0-9]+")


class InvalidQuery(InvalidValue):
    """A query parameter is unknown, or its value is invalid."""

    code = "invalid_parameter"
    title = "Invalid query parameters"


class NoFilters(StrictFilterSet):
    """The filter set of a list without filters."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The parsed query of a list."""

    limit: int
    offset: int
    cursor: str | None
    order_by: tuple[str, ...]
    search: str
    filters: Mapping[str, list[str]]


def order_paths(names: str, **paths: str | Func) -> dict[str, str | Func]:
    """Return the ORM path of each order: of the words in `names` the name itself, of the others what `paths` says.

    An expression, which is never null, may stand in place of a path.

    >>> order_paths("created_at", patient="patient__sort_name")
    {'created_at': 'created_at', 'patient': 'patient__sort_name'}
    """
    return {name: name for name in names.split()} | paths


@dataclass(frozen=True, slots=True)
class Listing:
    """Options of one list.

    `orders` maps the names of the API to ORM paths (a column, one of a parent, or an annotation) or expressions;
    `search(queryset, text)` returns the rows in which every word of the text is found, None: no search.
    With `columns` the rows are named tuples of these columns, otherwise model instances.
    """

    orders: Mapping[str, str | Func] = field(default_factory=lambda: {"created_at": "created_at"})
    filters: type[StrictFilterSet] = NoFilters
    search: Callable[[Any, str], Any] | None = None
    default_order: str = "created_at"
    columns: Sequence[str] = ()

    def page(self, request: Request, queryset: QuerySet | Sequence[Any]) -> Page:
        """Return the page that a request asks for, with at most three statements. Raises InvalidQuery with all errors.

        A sequence of rows keeps its own order, and supports limit and offset only.
        """
        query, errors = self._parse(request.query_params)
        if not isinstance(queryset, QuerySet):
            return self._page_of_sequence(query, errors, queryset)
        filters = self.filters(query.filters, queryset, request=request)
        rows, filter_errors = filters.apply()
        order, order_errors = self._order(query, rows)
        if errors := [*errors, *filter_errors, *order_errors]:
            code = errors[0].code if len({error.code for error in errors}) == 1 else ""
            raise InvalidQuery(summary(errors), errors=errors, code=code)
        rows_to_count = filters.queryset_to_count(rows)
        if query.search and self.search:
            rows = rows_to_count = self.search(rows, query.search)
        return PageQuery(rows, order, query.offset, query.limit, self.columns, rows_to_count).page(request)

    def _page_of_sequence(self, query: ListQuery, errors: list[FieldError], rows: Sequence[Any]) -> Page:
        other_order = any(name not in self.orders for name in query.order_by)
        if query.filters or query.search or query.cursor is not None or other_order:
            errors.append(FieldError("", "unknown_parameter", "This list supports only limit and offset."))
        if errors:
            raise InvalidQuery(summary(errors), errors=errors)
        return Page(rows[query.offset : query.offset + query.limit], len(rows), query.offset, query.limit)

    def _parse(self, sent: QueryDict) -> tuple[ListQuery, list[FieldError]]:
        page, filters, errors = self._parameters(sent)
        last = {name: texts[-1] for name, texts in page.items()}
        limit = _parse_number(last.get("limit"), "limit", DEFAULT_LIMIT, errors)
        offset = _parse_number(last.get("offset"), "offset", 0, errors)
        if offset > MAX_OFFSET:
            errors.append(FieldError("?offset", "out_of_range", f"The offset may be at most {MAX_OFFSET}."))
        query = ListQuery(
            limit=min(limit, settings.MAX_PAGE),
            offset=offset,
            cursor=last.get("cursor"),
            order_by=_parse_order(page.get("order_by", []), errors),
            search=_parse_search(last.get("search", ""), errors),
            filters=filters,
        )
        if "cursor" in page and offset:
            errors.append(FieldError("?cursor", "invalid", "Use either a cursor or an offset, not both."))
        return query, errors

    def _parameters(self, sent: QueryDict) -> tuple[dict[str, list[str]], dict[str, list[str]], list[FieldError]]:
        """Return the texts of the page's parameters and of the filters, and errors; an empty parameter is absent."""
        if sum(len(texts) for _, texts in sent.lists()) > MAX_PARAMETERS:
            raise TooManyFieldsSent
        page: dict[str, list[str]] = {}
        filters: dict[str, list[str]] = {}
        errors: list[FieldError] = []
        for name, all_texts in sent.lists():
            texts = [str(text) for text in all_texts if text != ""]
            if filter_name := self.filters.filter_name(name):
                filters.setdefault(filter_name, []).extend(texts)
            elif name not in PAGE_PARAMETERS or (name == "search" and self.search is None):
                known = [*PAGE_PARAMETERS, *self.filters.base_filters]
                errors.append(unknown_name(name, known, pointer=f"?{name[:MAX_QUOTED]}", code="unknown_parameter"))
            elif name in SINGLE_PARAMETERS and len(texts) > 1:
                errors.append(FieldError(f"?{name}", "repeated_parameter", "This parameter may be given only once."))
            else:
                page[name] = texts
            if len(errors) >= MAX_ERRORS:
                break
        return _not_empty(page), _not_empty(filters), errors

    def _order(self, query: ListQuery, rows: QuerySet) -> tuple[Order, list[FieldError]]:
        names = query.order_by or (self.default_order,)
        wrong = [name for name in names if name.removeprefix("-") not in self.orders]
        if wrong:
            errors = [
                unknown_name(name.removeprefix("-"), self.orders, pointer="?order_by", code="invalid", names_all=True)
                for name in wrong
            ]
            return Order.by(rows.model, {}, ()), errors
        order = Order.by(rows.model, self.orders, names)
        if query.cursor is not None:
            try:
                return order.from_cursor(query.cursor), []
            except InvalidCursor as error:
                return order, [FieldError("?cursor", "invalid", str(error))]
        return order, []


def _not_empty(texts_by_name: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: texts for name, texts in texts_by_name.items() if texts}


def _parse_number(text: str | None, name: str, default: int, errors: list[FieldError]) -> int:
    if text is None:
        return default
    if not _DIGITS.fullmatch(text):
        errors.append(FieldError(f"?{name}", "invalid", f"{quote(text)} is not a whole number of 0 or more."))
        return default
    return int(text) if len(text) <= 12 else MAX_OFFSET + 1


def _parse_order(texts: list[str], errors: list[FieldError]) -> tuple[str, ...]:
    names = [name for name in ",".join(texts).split(",") if name]
    if len(names) > MAX_ORDERS:
        errors.append(FieldError("?order_by", "too_many", f"A list can be sorted by at most {MAX_ORDERS} fields."))
    return tuple(names[:MAX_ORDERS])


def _parse_search(text: str, errors: list[FieldError]) -> str:
    if len(text) > MAX_SEARCH_LENGTH:
        errors.append(FieldError("?search", "too_long", f"A search can have at most {MAX_SEARCH_LENGTH} characters."))
    elif len(search_words(text)) > MAX_SEARCH_WORDS:
        errors.append(FieldError("?search", "too_many", f"A search can have at most {MAX_SEARCH_WORDS} words."))
    elif error := json_error(text):
        errors.append(FieldError("?search", "bad_text", error))
    return strip(text[:MAX_SEARCH_LENGTH])
