"""OpenAPI error responses: the component `Problem` (RFC 9457) and the response of every error status."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from drf_spectacular.plumbing import ResolvedComponent

from clinic.api.idempotency import MalformedKey
from clinic.api.lists.listing import InvalidQuery
from clinic.api.preconditions import MalformedIfMatch
from clinic.api.requests.parsers import MalformedJSON
from clinic.api.responses.error_codes import HTTP_ERRORS, first_paragraph, status_of
from clinic.api.responses.error_details import MAX_ERRORS
from clinic.api.responses.errors import MEDIA_TYPE, problem
from clinic.api.schema.shapes import BASIC_TYPES, Components, Schema
from clinic.domain.errors import (
    FieldError,
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    InvalidValue,
    RuleBroken,
    StaleVersion,
)
from clinic.domain.permissions import PermissionMissing, ScopeMissing

REQUEST = HttpRequest()  # of the examples
REQUEST.path = "/invoice/"
REQUEST.request_id = "5b1f0c1c9f3a4c0f8f0c6a2f4d7e9b10"  # type: ignore[attr-defined]  # read by get_request_id()
HEADERS: Mapping[str, Schema] = {
    "RequestId": {
        "description": "The `X-Request-Id` that was sent (8 to 64 of A-Z a-z 0-9 . _ -), or a new one.",
        "schema": {"type": "string"},
        "required": True,
    },
    "RetryAfter": {
        "description": "Seconds to wait before trying again.",
        "schema": {"type": "integer", "minimum": 1},
        "required": True,
    },
    "ETag": {
        "description": "The version of the record, for `If-Match`.",
        "schema": {"type": "string"},
        "required": True,
    },
    "Location": {"description": "The URL of the new record.", "schema": {"type": "string"}, "required": True},
    "Link": {
        "description": "The next and the previous page: `rel=next` and `rel=prev`.",
        "schema": {"type": "string"},
    },
    "IdempotentReplayed": {
        "description": "`true`: this is the stored answer to the first request with this key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "WWWAuthenticate": {"description": "The challenge of RFC 6750.", "schema": {"type": "string"}, "required": True},
}
HEADER_NAMES: Mapping[str, str] = {
    "RequestId": "X-Request-Id",
    "RetryAfter": "Retry-After",
    "IdempotentReplayed": "Idempotent-Replayed",
    "WWWAuthenticate": "WWW-Authenticate",
}
Error = type[RuleBroken] | str  # a domain error, or a code of HTTP_ERRORS

# The component of each status: name, description, and the errors that are its examples.
RESPONSES: Mapping[int, tuple[str, str, tuple[Error, ...]]] = {
    400: (
        "BadRequest",
        "The request is invalid; nothing was changed.",
        (InvalidValue, InvalidQuery, MalformedJSON, MalformedKey, MalformedIfMatch),
    ),
    401: ("NotAuthenticated", "The token is missing or invalid.", ("not_authenticated", "invalid_token")),
    403: ("Forbidden", "The token's scopes or the user's role do not allow this.", (ScopeMissing, PermissionMissing)),
    404: ("NotFound", "Not found, or not visible to this user.", ("not_found",)),
    406: ("NotAcceptable", "The client does not accept JSON.", ("not_acceptable",)),
    409: ("Conflict", "The state of the records does not allow this; nothing was changed.", (IdempotencyKeyInFlight,)),
    411: ("LengthRequired", "The request has no `Content-Length` header.", ("length_required",)),
    412: ("StaleVersion", "Somebody else has changed the record since the version in `If-Match`.", (StaleVersion,)),
    413: ("BodyTooLarge", "The body is too large.", ("body_too_large",)),
    415: ("UnsupportedMediaType", "The body is not JSON in UTF-8.", ("unsupported_media_type",)),
    422: ("KeyReused", "The idempotency key was already used for another request.", (IdempotencyKeyReused,)),
    429: ("TooManyRequests", "Too many requests.", ("throttled",)),
    503: ("Unavailable", "The database is unavailable. Try again later.", ("unavailable", "statement_timeout")),
}
ON_EVERY_READ = (401, 403, 406, 429, 503)
ON_EVERY_WRITE = (400, 401, 403, 406, 409, 411, 413, 415, 422, 429, 503)
MORE_HEADERS: Mapping[int, tuple[str, ...]] = {401: ("WWWAuthenticate",), 429: ("RetryAfter",), 503: ("RetryAfter",)}


def problem_schema(components: Components) -> Schema:
    """Return a reference to the component `Problem`."""
    text = {"type": "string"}
    error = {
        "type": "object",
        "properties": {
            "pointer": {**text, "description": "A JSON pointer into the body; `?name` for a query parameter."},
            "code": {**text, "description": "The error code of the value."},
            "detail": {**text, "description": "An explanation for people."},
        },
        "required": ["pointer", "code", "detail"],
    }
    properties = {
        "type": {**text, "format": "uri-reference", "description": "`urn:problem:` and the code."},
        "title": {**text, "description": "A short summary of this type of problem."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {**text, "description": "An explanation of this occurrence, for people."},
        "instance": {**text, "description": "The path of the request."},
        "code": {**text, "description": "The error code, for programs."},
        "request_id": {**text, "description": "As in `X-Request-Id`; quote it when you report a problem."},
        "errors": {"type": "array", "maxItems": MAX_ERRORS, "items": components.ref("ProblemError", lambda: error)},
    }
    texts = {"type": "array", "items": text}
    more = {
        "allowed": {**texts, "description": "The statuses that are allowed."},
        "room": {**BASIC_TYPES[Decimal], "description": "The highest amount that is possible."},
        "scope": {**text, "description": "The scope that the token lacks."},
        "differs": {**texts, "description": "The parts in which the request differs from the first with its key."},
        "closed_through": {**text, "format": "date", "description": "The last day for which the books are closed."},
        "merged_into": {**text, "format": "uuid", "description": "The patient into whom the patient was merged."},
    }
    problem = {
        "type": "object",
        "description": "An error (RFC 9457). Some codes add a member of their own.",
        "properties": {**properties, **more},
        "required": list(properties),
    }
    return components.ref("Problem", lambda: problem)


def response_headers(names: Iterable[str], components: Components) -> Schema:
    """Return the headers of a response, as references to components."""
    return {HEADER_NAMES.get(name, name): _header(name, components) for name in names}


def _header(name: str, components: Components) -> Schema:
    return components.ref(name, lambda: dict(HEADERS[name]), ResolvedComponent.HEADER)


def error_response(status: int, errors: tuple[type[RuleBroken], ...], components: Components) -> Schema:
    """Return the response with this status: the shared component, or, with domain errors, one of its own."""
    name, text, common = RESPONSES[status]
    if not errors:
        return components.ref(name, lambda: _response(status, text, common, components), ResolvedComponent.RESPONSE)
    return _response(status, text, (*common, *errors), components)


def _response(status: int, text: str, errors: Iterable[Error], components: Components) -> Schema:
    examples = dict(_example(status, error) for error in errors)
    body: Schema = {"schema": problem_schema(components)}
    if examples:
        body["examples"] = examples
    headers = response_headers(["RequestId", *MORE_HEADERS.get(status, ())], components)
    return {"description": text, "headers": headers, "content": {MEDIA_TYPE: body}}


def _example(status: int, error: Error) -> tuple[str, Schema]:
    """Return an example of a problem: its code, and the summary and value."""
    if isinstance(error, str):
        detail = HTTP_ERRORS[error].detail
        return error, {"summary": detail, "value": problem(REQUEST, status, error, detail)}
    summary = first_paragraph(error.__doc__)
    errors = FIELD_ERRORS.get(error, ())
    detail = errors[0].detail if len(errors) == 1 else summary
    code = errors[0].code if len(errors) == 1 and error is InvalidValue else error.code
    return code, {"summary": summary, "value": problem(REQUEST, status, code, detail, title=error.title, errors=errors)}


FIELD_ERRORS: Mapping[type[RuleBroken], tuple[FieldError, ...]] = {
    InvalidValue: (FieldError("/notse", "unknown_key", "Unknown key “notse”. Did you mean “notes”?"),),
    InvalidQuery: (FieldError("?limit", "invalid", "“many” is not a whole number of 0 or more."),),
}


def by_status(errors: Iterable[type[RuleBroken]]) -> dict[int, tuple[Any, ...]]:
    """Return the errors of each status."""
    grouped: dict[int, tuple[Any, ...]] = {}
    for error in errors:
        grouped[status_of(error)] = (*grouped.get(status_of(error), ()), error)
    return grouped
