"""What Schemathesis is told beside the schema: which days there are, and that only the books refuse what it allows."""

from datetime import UTC, date, datetime
from urllib.parse import urlencode

import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode

SHORTEST_BOUND = 35  # a language's
LONGEST_QUERY = 60_000  # of an address of 64 KB; to a longer one the server answers 414, and the product never sees it
FIRST, LAST = date(1900, 1, 2), date(2200, 12, 30)

# What the schema cannot say: whether records exist and belong together, what figures add up to, what day it is.
OF_THE_BOOKS = frozenset(
    """unknown_record unknown_patient unknown_appointment unknown_service unknown_item repeated_item unknown_id
    repeated_id invalid_items invalid_credit invalid_allocations appointment_of_other_patient line_below_zero
    discount_above_subtotal amount_too_large paid_amount_above_total empty_invoice tendered_too_little in_the_future
    not_positive""".split()
)

AT_THEIR_PLACE = frozenset(
    {
        ("?cursor", "invalid"),  # one is given out, not made up
        ("?search", "too_many"),  # different words, as Unicode parts them
        ("/family_name", "required"),  # or a given name, which the record may have
        ("/ends_at", "out_of_range"),  # after the start
        ("/reason", "required"),  # to void what was issued
    }
)


@strategies.composite
def moments(draw):
    """A moment of RFC 3339 within the years that are taken."""
    moment = draw(strategies.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30), timezones=strategies.just(UTC)))
    return moment.isoformat().replace("+00:00", draw(strategies.sampled_from(["Z", "+00:00", "+02:00", "-05:30"])))


schemathesis.openapi.format("date-time", moments())
schemathesis.openapi.format("date", strategies.dates(FIRST, LAST).map(date.isoformat))


@schemathesis.hook
def filter_body(_context, body):
    """No long text with spaces around it: it loses them, and may then be short enough."""
    return not any(len(text) > SHORTEST_BOUND and text != text.strip() for text in texts_in(body))


@schemathesis.hook
def filter_query(_context, query):
    """No address that is longer than a server reads."""
    return len(urlencode(query or {}, doseq=True, errors="surrogatepass")) <= LONGEST_QUERY


def texts_in(value):
    """Every text of a body."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from texts_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts_in(member)


@schemathesis.check
def only_the_books_refuse(_context, response, case):
    """What the schema allows is refused for what the books say, never for its shape."""
    if response.status_code != 400 or case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    problem = response.json()
    errors = {(error["pointer"], error["code"]) for error in problem["errors"]} or {("", problem["code"])}
    shape = {error for error in errors if error[1] not in OF_THE_BOOKS and error not in AT_THEIR_PLACE}
    assert not shape, f"The schema allows what is refused: {problem['detail']} {sorted(shape)}"
