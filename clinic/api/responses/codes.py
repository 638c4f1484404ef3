"""Every code that a problem or one of its errors can carry: its HTTP status, and what it means."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from clinic.api.responses.errors import CODES, STATUS
from clinic.domain.errors import RuleBroken

# The HTTP status of each code that no rule of the clinic raises.
HTTP: Mapping[str, int] = {
    "not_authenticated": 401,
    "invalid_token": 401,
    "permission_denied": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "unsupported_media_type": 415,
    "length_required": 411,
    "body_too_large": 413,
    "throttled": 429,
    "bad_request": 400,
    "conflict": 409,
    "unavailable": 503,
    "statement_timeout": 503,
    "server_error": 500,
}

# What can be wrong with one value. A problem with one error carries the error's code as its own.
VALUES: Mapping[str, str] = {
    "invalid": "The value is of the wrong kind, or spelled in a way that is not taken.",
    "required": "The value is missing.",
    "null": "The value may not be null.",
    "blank": "The text is empty.",
    "empty": "The list is empty.",
    "too_long": "The text is too long.",
    "bad_text": "The text contains what cannot be stored: NUL, or half of a character.",
    "not_a_number": "The value is not a number.",
    "out_of_range": "The value lies outside its bounds.",
    "too_many_decimals": "The number has more decimals than are kept.",
    "too_many_digits": "The number is longer than any that is taken.",
    "unknown_choice": "The value is none of those that exist.",
    "bad_word": "A word is empty, too long, or holds a comma.",
    "too_many": "The list is too long.",
    "unknown_key": "The body has no such key; the detail names the closest one.",
    "repeated_key": "The key stands twice, or under two names.",
    "unknown_parameter": "The query has no such parameter; the detail names the closest one.",
    "repeated_parameter": "The parameter may stand once.",
    "ambiguous": "Two values say the same thing in two ways.",
    "not_positive": "The value must be above zero.",
    "unknown_id": "No such thing belongs to this record.",
    "repeated_id": "The id stands twice.",
}


class Entry(NamedTuple):
    """A line of the list: the statuses with which a code comes, "" for one value's, and what it means."""

    code: str
    status: str
    meaning: str


def every_code(*more: Mapping[str, str]) -> list[Entry]:
    """The list: HTTP's own codes, those of the rules, those of values; `more` are values of the apps."""
    values = {code: Entry(code, "", meaning) for some in (VALUES, *more) for code, meaning in some.items()}
    rules = {kind.code: Entry(kind.code, str(status_of_kind(kind)), first_words(kind.__doc__)) for kind in _rules()}
    http = {code: Entry(code, str(HTTP[code]), CODES[code]) for code in CODES}
    return sorted({**values, **rules, **http}.values())


def first_words(docstring: str | None) -> str:
    """The first paragraph of a docstring on one line, "" when there is none."""
    return " ".join((docstring or "").strip().split("\n\n")[0].split())


def status_of_kind(kind: type[RuleBroken]) -> int:
    """The HTTP status of a family of refusals."""
    return next(STATUS[each] for each in kind.__mro__ if each in STATUS)


def _rules() -> Iterable[type[RuleBroken]]:
    """The families that bring a code of their own; rules have to be imported."""
    return (kind for kind in _family(RuleBroken) if "code" in vars(kind) and ".tests." not in f"{kind.__module__}.")


def _family(kind: type[RuleBroken]) -> Iterable[type[RuleBroken]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)
