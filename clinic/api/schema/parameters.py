"""What a list can be asked: the OpenAPI parameters of its page, order, search and filters."""

from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import Any

from clinic.api.lists import filters
from clinic.api.lists.listing import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET, MAX_ORDERS, MAX_SEARCH, Listing
from clinic.api.responses.codes import first_words
from clinic.api.schema.bodies import MOMENT, schema_of_field
from clinic.api.schema.shapes import Components, Schema

CURSOR = "From the `Link` header of another page, `rel=next` or `rel=prev`; not together with `offset`."
TOO_MUCH = f"Maximum records to return; above {MAX_LIMIT} it is {MAX_LIMIT}, 0 only counts."


def parameters_of(listing: Listing, components: Components) -> list[Schema]:
    """The query parameters of a list."""
    found = [
        _query("limit", {"type": "integer", "minimum": 0, "default": DEFAULT_LIMIT}, TOO_MUCH),
        _query("offset", {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0}, "Pagination offset."),
    ]
    found.append(_query("cursor", {"type": "string", "maxLength": 4096}, CURSOR))
    found.append(_order(listing))
    if listing.search is not None:
        found.append(_query("search", {"type": "string", "maxLength": MAX_SEARCH}, _what_is_searched(listing)))
    return [*found, *_filters(listing, components)]


def _query(name: str, schema: Schema, description: str, **more: Any) -> Schema:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema, **more}


def _order(listing: Listing) -> Schema:
    names = "|".join(listing.orders)
    pattern = f"^(-?({names})(,-?({names})){{0,{MAX_ORDERS - 1}}})?$"
    known = ", ".join(f"`{name}`" for name in listing.orders)
    text = f"Sort field, or several with commas; a `-` before one turns it round. One of {known}."
    return _query("order_by", {"type": "string", "pattern": pattern, "default": listing.default_order}, text)


def _what_is_searched(listing: Listing) -> str:
    told = first_words(getattr(listing.search, "__doc__", ""))
    return f"Search text: every word must be found. {told}".strip()


def _filters(listing: Listing, components: Components) -> Iterator[Schema]:
    for name, narrowing in listing.filters.base_filters.items():
        method = narrowing.method and getattr(listing.filters, narrowing.method)
        text = first_words(method.__doc__) if method else _text_of(narrowing)
        schema = schema_of_filter(narrowing, components)
        many = {"style": "form", "explode": True} if narrowing.many else {}
        yield _query(name, schema, text, **many)


TEXTS: Mapping[type, str] = {
    filters.UUIDFilter: "Any of these ids.",
    filters.ChoiceFilter: "Any of these, in any case; also with commas.",
    filters.FlagFilter: "Those that are, or those that are not.",
    filters.DateTimeFrom: "From this day of the clinic, or this moment, on.",
    filters.DateTimeTo: "To the end of this day of the clinic, or to this very moment.",
    filters.StrictFilter: "This very text, in any case.",
}
TEXT: Schema = {"type": "string", "maxLength": filters.MAX_LENGTH}
BOUNDS: Mapping[str, str] = {"gte": "At least this much.", "lte": "At most this much."}


def _text_of(narrowing: Any) -> str:
    return (
        BOUNDS.get(narrowing.lookup_expr, "")
        if isinstance(narrowing, filters.MoneyFilter)
        else next(TEXTS[kind] for kind in type(narrowing).__mro__ if kind in TEXTS)
    )


@singledispatch
def schema_of_filter(_narrowing: Any, _components: Components) -> Schema:
    """The schema of a filter's values."""
    return dict(TEXT)


def _one_or_many(one: Schema, narrowing: filters.ManyFilter) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": narrowing.max_values}]}


@schema_of_filter.register
def _(narrowing: filters.UUIDFilter, _components: Components) -> Schema:
    return _one_or_many({"type": "string", "format": "uuid"}, narrowing)


@schema_of_filter.register
def _(narrowing: filters.ChoiceFilter, _components: Components) -> Schema:
    choice = narrowing.choice
    return _one_or_many({"type": "string", "enum": [*choice.allowed, *choice.synonyms]}, narrowing)


@schema_of_filter.register
def _(narrowing: filters.TagsFilter, _components: Components) -> Schema:
    words = {**TEXT, "pattern": "^[^,]*$"}  # a comma parts two words
    return {"type": "array", "items": words, "default": [], "maxItems": narrowing.max_values}


@schema_of_filter.register
def _(_narrowing: filters.FlagFilter, _components: Components) -> Schema:
    return {"type": "boolean"}


@schema_of_filter.register(filters.DateTimeFrom)
@schema_of_filter.register(filters.DateTimeTo)
def _(_narrowing: Any, _components: Components) -> Schema:
    return dict(MOMENT)


@schema_of_filter.register
def _(narrowing: filters.MoneyFilter, components: Components) -> Schema:
    return schema_of_field(narrowing.amount, components)
