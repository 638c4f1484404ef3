"""Hooks for Schemathesis: valid dates, and a check that only rules refuse requests that the schema allows."""

import re
from datetime import UTC, date, datetime
from math import trunc
from urllib.parse import urlencode

import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode

SHORTEST_TEXT = 35  # the least `maxLength` of a text: that of a language
LONGEST_QUERY = 60_000  # of an address of 64 KB; to a longer one the server answers 414, and the product never sees it
LARGEST_IN_CENTS = 1e15  # above it a float has no cents
INDEX = re.compile("/[0-9]+")
FIRST, LAST = date(1900, 1, 2), date(2200, 12, 30)

# Errors that the schema cannot express: records that do not exist or belong together, computed amounts, today's date.
CODES_OF_RULES = frozenset(
    """unknown_record unknown_patient unknown_appointment unknown_service unknown_item repeated_item unknown_id
    repeated_id invalid_items invalid_credit invalid_allocations appointment_of_other_patient line_below_zero
    discount_above_subtotal amount_too_large paid_amount_above_total empty_invoice tendered_too_little in_the_future
    not_positive tendered_without_cash below_a_cent

    bad_text blank bad_word too_many_decimals""".split()  # said in descriptions
)

CODES_AT_POINTERS = frozenset(
    {
        ("?cursor", "invalid"),  # only issued cursors are valid
        ("?min_remaining", "invalid"),  # at most two decimals
        ("?max_remaining", "invalid"),
        ("?search", "too_many"),  # different words after normalisation
        ("/family_name", "required"),  # or a given name, which the record may have
        ("/ends_at", "out_of_range"),  # after the start
        ("/reason", "required"),  # to void what was issued
        ("", "malformed_if_match"),  # the coverage phase sends “0” for it, whatever its pattern
        ("/currency", "unknown_choice"),  # the clinic's only
        ("/items", "empty"),  # one at least, or no list
        ("/allocations", "empty"),
        ("/items/N/description", "required"),  # of a new item without a service
        ("/items/N/unit_price", "required"),
        ("/items/N", "ambiguous"),  # a quantity and an amount
    }
)


@strategies.composite
def datetimes(draw):
    """Generate a datetime of RFC 3339 within the accepted years."""
    value = draw(strategies.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30), timezones=strategies.just(UTC)))
    return value.isoformat().replace("+00:00", draw(strategies.sampled_from(["Z", "+00:00", "+02:00", "-05:30"])))


schemathesis.openapi.format("date-time", datetimes())
schemathesis.openapi.format("date-or-date-time", datetimes() | strategies.dates(FIRST, LAST).map(date.isoformat))
schemathesis.openapi.format("date", strategies.dates(FIRST, LAST).map(date.isoformat))


@schemathesis.hook
def filter_body(_context, body):
    """Leave out bodies with a long text that has spaces around it: stripped, it may be short enough."""
    return not any(len(text) > SHORTEST_TEXT and text != text.strip() for text in texts_in(body))


@schemathesis.hook
def map_body(_context, body):
    """Cut the numbers of most bodies to whole cents, which the schema asks for in words."""
    return in_cents(body)


def in_cents(value):
    """Return a value with its fractions cut to cents, unless nothing would be left; so none passes its bounds."""
    if isinstance(value, float) and abs(value) < LARGEST_IN_CENTS:
        return trunc(value * 100) / 100 or value
    if isinstance(value, dict):
        return {key: in_cents(member) for key, member in value.items()}
    return [in_cents(member) for member in value] if isinstance(value, list) else value


@schemathesis.hook
def filter_query(_context, query):
    """Leave out queries that are longer than a server reads."""
    return len(urlencode(query or {}, doseq=True, errors="surrogatepass")) <= LONGEST_QUERY


@schemathesis.hook
def filter_case(_context, case):
    """Leave out queries with an empty parameter: it counts as absent, whatever the schema asks of its value."""
    return not any(value in ("", [""]) for value in (case.query or {}).values())


def texts_in(value):
    """Yield every string of a body."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from texts_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts_in(member)


@schemathesis.check
def only_rules_refuse(_context, response, case):
    """Check that a body that the schema allows is refused by rules only."""
    if response.status_code != 400 or case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    problem = response.json()
    errors = {(INDEX.sub("/N", each["pointer"]), each["code"]) for each in problem["errors"]} or {("", problem["code"])}
    shape = {error for error in errors if error[1] not in CODES_OF_RULES and error not in CODES_AT_POINTERS}
    assert not shape, f"The schema allows what is refused: {problem['detail']} {sorted(shape)}"
