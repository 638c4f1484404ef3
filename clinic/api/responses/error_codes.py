"""Registry of error codes: the HTTP status and meaning of every code in a problem or in its `errors`."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from clinic.domain.errors import IdempotencyKeyReused, InvalidValue, NotAllowed, RuleBroken, StaleVersion

STATUS_BY_ERROR: Mapping[type[RuleBroken], int] = {
    InvalidValue: 400,
    NotAllowed: 403,
    RuleBroken: 409,
    StaleVersion: 412,
    IdempotencyKeyReused: 422,
}
"""The HTTP status of each family of domain errors; the nearest ancestor counts."""


class HttpError(NamedTuple):
    """An error that HTTP or the database defines, not a rule of the clinic."""

    status: int
    detail: str


HTTP_ERRORS: Mapping[str, HttpError] = {
    "not_authenticated": HttpError(401, "The request has no bearer token."),
    "invalid_token": HttpError(401, "The token is unknown, revoked or expired, or its user may not log in."),
    "permission_denied": HttpError(403, "The user or the application does not have permission to do this."),
    "not_found": HttpError(404, "Not found, or not visible to this user."),
    "method_not_allowed": HttpError(405, "The method is not allowed here; “Allow” lists the methods that are."),
    "not_acceptable": HttpError(406, "The client does not accept JSON."),
    "unsupported_media_type": HttpError(415, "The body is not JSON in UTF-8."),
    "request_timeout": HttpError(408, "The body of the request did not arrive in time."),
    "length_required": HttpError(411, "The request has no “Content-Length” header."),
    "body_too_large": HttpError(413, "The body is too large."),
    "throttled": HttpError(429, "Too many requests; “Retry-After” says when to try again."),
    "bad_request": HttpError(400, "The request is malformed."),
    "conflict": HttpError(409, "The record already exists, or somebody did the same at the same time."),
    "statement_timeout": HttpError(503, "The database query took too long; request less at once, or try again later."),
    "unavailable": HttpError(503, "The database is unavailable; “Retry-After” says when to try again."),
    "overloaded": HttpError(503, "The server has too much to do; “Retry-After” says when to try again."),
    "server_error": HttpError(500, "Something went wrong on our side; it has been logged under the request id."),
}

VALUE_ERRORS: Mapping[str, str] = {
    "invalid": "The value has the wrong type or format.",
    "required": "The value is missing.",
    "null": "The value may not be null.",
    "blank": "The text is empty.",
    "empty": "The list is empty.",
    "too_long": "The text is too long.",
    "bad_text": "The text contains a character that cannot be stored, such as NUL.",
    "not_a_number": "The value is not a number.",
    "out_of_range": "The value is out of range.",
    "too_many_decimals": "The number has too many decimal places.",
    "too_many_digits": "The number has too many digits.",
    "unknown_choice": "The value is not one of the allowed ones.",
    "bad_word": "A tag is empty, too long, or contains a comma.",
    "too_many": "The list is too long.",
    "unknown_key": "The key is unknown; the detail suggests the closest one.",
    "repeated_key": "The key was sent twice, or under two names.",
    "unknown_parameter": "The parameter is unknown; the detail suggests the closest one.",
    "repeated_parameter": "The parameter may be given only once.",
    "ambiguous": "Two values exclude each other; send only one.",
    "not_positive": "The value must be above zero.",
    "unknown_id": "The id does not belong to this record.",
    "repeated_id": "The id is listed twice.",
}
"""Errors of one value, and their meanings. A problem with one error carries the error's code as its own."""


class Entry(NamedTuple):
    """A row of the list of codes; the status of a value's error is an empty string."""

    code: str
    status: str
    meaning: str


def all_entries(*value_errors: Mapping[str, str]) -> list[Entry]:
    """Return the list: the codes of HTTP errors, of domain errors and of values, here and in `value_errors`."""
    values = {code: Entry(code, "", text) for errors in (VALUE_ERRORS, *value_errors) for code, text in errors.items()}
    rules = {
        kind.code: Entry(kind.code, str(status_of(kind)), first_paragraph(kind.__doc__)) for kind in _domain_errors()
    }
    http = {code: Entry(code, str(error.status), error.detail) for code, error in HTTP_ERRORS.items()}
    return sorted({**values, **rules, **http}.values())


def first_paragraph(docstring: str | None) -> str:
    """Return the first paragraph of a docstring on one line; an empty string if there is none."""
    return " ".join((docstring or "").strip().split("\n\n")[0].split())


def status_of(kind: type[RuleBroken]) -> int:
    """Return the HTTP status of a domain error."""
    return next(STATUS_BY_ERROR[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS_BY_ERROR)


def _domain_errors() -> Iterable[type[RuleBroken]]:
    """Yield the imported domain errors with a code of their own, but for those of tests."""
    return (
        kind for kind in _with_subclasses(RuleBroken) if "code" in vars(kind) and ".tests." not in f"{kind.__module__}."
    )


def _with_subclasses(kind: type[RuleBroken]) -> Iterable[type[RuleBroken]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _with_subclasses(child)
