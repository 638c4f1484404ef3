"""OpenAPI parameters of a list: page, order, search and filters."""

from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import Any

from django.conf import settings

from clinic.api.lists import filters
from clinic.api.lists.listing import MAX_ORDERS, Listing
from clinic.api.lists.ordering import MAX_CURSOR
from clinic.api.lists.pagination import DEFAULT_LIMIT, MAX_OFFSET
from clinic.api.responses.error_codes import first_paragraph
from clinic.api.schema.bodies import schema_of_field
from clinic.api.schema.shapes import Components, Schema
from clinic.domain.text import MAX_SEARCH_LENGTH

CURSOR = "From the `Link` header of a page, `rel=next` or `rel=prev`; not together with `offset`."
LIMIT = f"Maximum records to return: at most {settings.MAX_PAGE}; with 0, only the total is returned."


def parameters_of(listing: Listing, components: Components) -> list[Schema]:
    """Return the query parameters of a list."""
    found = [
        _query("limit", {"type": "integer", "minimum": 0, "default": DEFAULT_LIMIT}, LIMIT),
        _query("offset", {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0}, "Pagination offset."),
    ]
    found.append(_query("cursor", {"type": "string", "maxLength": MAX_CURSOR}, CURSOR))
    found.append(_order(listing))
    if listing.search is not None:
        found.append(_query("search", {"type": "string", "maxLength": MAX_SEARCH_LENGTH}, _search_text(listing)))
    return [*found, *_filters(listing, components)]


def _query(name: str, schema: Schema, description: str, **more: Any) -> Schema:
    about = {"required": False, "allowEmptyValue": True, "description": description, "schema": schema}
    return {"name": name, "in": "query", **about, **more}


def _order(listing: Listing) -> Schema:
    names = "|".join(listing.orders)
    pattern = f"^(-?({names})(,-?({names})){{0,{MAX_ORDERS - 1}}})?$"
    known = ", ".join(f"`{name}`" for name in listing.orders)
    text = f"Sort field, or several separated by commas; a leading `-` reverses the order. Fields: {known}."
    return _query("order_by", {"type": "string", "pattern": pattern, "default": listing.default_order}, text)


def _search_text(listing: Listing) -> str:
    searched = first_paragraph(getattr(listing.search, "__doc__", ""))
    return f"Search text: every word must be found. {searched}".strip()


def _filters(listing: Listing, components: Components) -> Iterator[Schema]:
    for name, list_filter in listing.filters.base_filters.items():
        method = list_filter.method and getattr(listing.filters, list_filter.method)
        text = first_paragraph(method.__doc__) if method else _description(list_filter)
        schema = schema_of_filter(list_filter, components)
        many = {"style": "form", "explode": True} if schema.get("type") == "array" else {}
        yield _query(name, schema, f"{text} {REPEATED}" if list_filter.many and not many else text, **many)


DESCRIPTIONS: Mapping[type, str] = {
    filters.UUIDFilter: "This id.",
    filters.ChoiceFilter: "This value, in upper or lower case.",
    filters.FlagFilter: "Only those that are, or only those that are not.",
    filters.DateTimeFrom: "From the start of this day at the clinic, or from this time.",
    filters.DateTimeTo: "To the end of this day at the clinic, or to this time.",
    filters.SameTextFilter: "This text, ignoring case, accents, spaces and kinds of dashes and apostrophes.",
}
REPEATED = "If repeated, any of the values."
DATE_OR_DATETIME = "date-or-date-time"  # RFC 3339, `full-date` or `date-time`; to most tools a plain string
TEXT: Schema = {"type": "string", "maxLength": filters.MAX_PARAMETER_LENGTH}
BOUNDS: Mapping[str, str] = {"gte": "At least this amount.", "lte": "At most this amount."}


def _description(list_filter: Any) -> str:
    return (
        BOUNDS.get(list_filter.lookup_expr, "")
        if isinstance(list_filter, filters.MoneyFilter)
        else next(DESCRIPTIONS[kind] for kind in type(list_filter).__mro__ if kind in DESCRIPTIONS)
    )


@singledispatch
def schema_of_filter(_list_filter: Any, _components: Components) -> Schema:
    """Return the schema of a filter's values."""
    return dict(TEXT)


@schema_of_filter.register
def _(_list_filter: filters.UUIDFilter, _components: Components) -> Schema:
    return {"type": "string", "format": "uuid"}


@schema_of_filter.register
def _(list_filter: filters.ChoiceFilter, components: Components) -> Schema:
    return schema_of_field(list_filter.choice, components)


@schema_of_filter.register
def _(list_filter: filters.TagsFilter, _components: Components) -> Schema:
    tag = {**TEXT, "pattern": "^[^,]*$"}  # a comma separates tags
    return {"type": "array", "items": tag, "default": [], "maxItems": list_filter.max_values}


@schema_of_filter.register
def _(_list_filter: filters.FlagFilter, _components: Components) -> Schema:
    return {"type": "boolean"}


@schema_of_filter.register(filters.DateTimeFrom)
@schema_of_filter.register(filters.DateTimeTo)
def _(_list_filter: Any, _components: Components) -> Schema:
    return {"type": "string", "format": DATE_OR_DATETIME}


@schema_of_filter.register
def _(list_filter: filters.MoneyFilter, components: Components) -> Schema:
    return schema_of_field(list_filter.amount, components)
