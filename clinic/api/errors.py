"""Which refusal becomes which HTTP status, and what a problem (RFC 9457) says."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.views import defaults
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.renderers import to_json
from clinic.api.wording import MAX_ERRORS, bad_value, pointer
from clinic.errors import BadValue, FieldError, NotAllowed, RuleBroken, StaleVersion
from clinic.middleware import request_id_of

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "2"  # seconds

# The HTTP status of each family of refusals; the nearest ancestor counts. The only place that knows it.
STATUS: Mapping[type[RuleBroken], int] = {BadValue: 400, NotAllowed: 403, RuleBroken: 409, StaleVersion: 412}

# Codes that no rule of the clinic raises: they are HTTP's own, or the database's.
CODES: Mapping[str, str] = {
    "not_authenticated": "The request carries no bearer token.",
    "invalid_token": "The token is unknown, revoked or expired, or its person may not log in.",
    "permission_denied": "The person or the application may not do this.",
    "not_found": "There is no such thing here, or it is not yours to see.",
    "method_not_allowed": "The method does not exist here; “Allow” names those that do.",
    "not_acceptable": "The client takes no JSON.",
    "unsupported_media_type": "The body is not JSON in UTF-8.",
    "body_too_large": "The body is larger than anything that this API takes.",
    "throttled": "Too many requests; “Retry-After” says when to try again.",
    "bad_request": "The request itself is broken.",
    "conflict": "Somebody did the same at the same moment, or it exists already.",
    "unavailable": "The database cannot answer now; “Retry-After” says when to try again.",
    "server_error": "A fault of the product; it is in its log under the request's id.",
}

# What DRF calls otherwise.
HTTP_CODES = {"authentication_failed": "invalid_token", "parse_error": "malformed_json"}

log = logging.getLogger(__name__)


def codes() -> dict[str, str]:
    """Every code that a problem can carry with what it means, in alphabetical order; rules have to be imported."""
    rules = {kind.code: (kind.__doc__ or kind.title).strip().split("\n")[0] for kind in _family(RuleBroken)}
    return dict(sorted({**CODES, **rules}.items()))


def _family(kind: type[RuleBroken]) -> Iterator[type[RuleBroken]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


def status_of(refusal: RuleBroken) -> int:
    """The HTTP status with which a refusal is answered."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def problem(
    request: HttpRequest | Request,
    status: int,
    code: str,
    detail: str,
    *,
    title: str = "",
    errors: Iterable[FieldError] = (),
    members: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The members of a problem; of the errors, the first 50."""
    plain = request._request if isinstance(request, Request) else request
    return {
        **(members or {}),
        "type": "about:blank" if code in CODES else f"urn:problem:{code}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": plain.path,
        "code": code,
        "request_id": request_id_of(plain),
        "errors": [error._asdict() for error in list(errors)[:MAX_ERRORS]],
    }


def problem_response(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: a problem for whatever a client can cause, None (then it is a 500) for the rest."""
    request: Request = context["request"]
    refusal = _as_refusal(exception, request)
    if refusal is not None:
        return _refused(request, refusal)
    if isinstance(exception, (OperationalError, InterfaceError)):
        log.error("The database did not answer request %s", request_id_of(request._request), exc_info=exception)
        body = problem(request, 503, "unavailable", CODES["unavailable"])
        return _answer(body, {"Retry-After": RETRY_AFTER})
    known = _as_http(exception)
    if known is None:
        return None
    code = str(known.get_codes()) if isinstance(known.detail, str) else known.default_code
    body = problem(request, known.status_code, HTTP_CODES.get(code, code), str(known.detail))
    return _answer(body, _headers(known, context))


def _as_refusal(exception: Exception, request: Request) -> RuleBroken | None:
    """The refusal that an exception amounts to, None when it is something else."""
    if isinstance(exception, RuleBroken):
        return exception
    if isinstance(exception, exceptions.ValidationError):
        return bad_value(list(_flat(exception.detail)))
    if isinstance(exception, ValidationError):
        return bad_value(list(_of_model(exception)))
    if isinstance(exception, (DataError, IntegrityError)):
        return _of_database(exception, request)
    return None


def _flat(detail: Any, *steps: str | int) -> Iterator[FieldError]:
    """DRF's nested details as a list with pointers."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _flat(inner, *steps, key)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            yield from _flat(inner, *steps, *([place] if isinstance(inner, (dict, list)) else []))
    else:
        yield FieldError(pointer(*steps), detail.code or "invalid", str(detail))


def _of_model(exception: ValidationError) -> Iterator[FieldError]:
    by_field = exception.error_dict if hasattr(exception, "error_dict") else {"": exception.error_list}
    for name, errors in by_field.items():
        where = "" if name in {"", "__all__"} else pointer(name)
        for error in errors:
            yield from (FieldError(where, error.code or "invalid", message) for message in error.messages)


def _of_database(exception: DatabaseError, request: Request) -> RuleBroken | None:
    """What the database refused: a double is a conflict, a value out of its bounds a bad value; the rest is a fault."""
    state = getattr(exception.__cause__, "sqlstate", "") or ""
    if state == "23505" or "UNIQUE constraint failed" in str(exception):
        return RuleBroken(CODES["conflict"], code="conflict")
    log.error("The database refused request %s", request_id_of(request._request), exc_info=exception)
    if isinstance(exception, DataError) and state.startswith("22"):
        return BadValue("A value is out of the bounds of the books.")
    if state == "23514" or "CHECK constraint failed" in str(exception):
        return RuleBroken("A value breaks a rule that the database keeps.")
    return None


def _as_http(exception: Exception) -> exceptions.APIException | None:
    if isinstance(exception, exceptions.APIException):
        return exception
    if isinstance(exception, Http404):
        return exceptions.NotFound(CODES["not_found"])
    if isinstance(exception, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exception, (SuspiciousOperation, UnreadablePostError)):
        return exceptions.ParseError(CODES["bad_request"], code="bad_request")
    return None


def _refused(request: Request, refusal: RuleBroken) -> Response:
    status, code, title = status_of(refusal), refusal.code, refusal.title
    body = problem(request, status, code, refusal.detail, title=title, errors=refusal.errors, members=refusal.members)
    return _answer(body)


def _headers(exception: exceptions.APIException, context: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    if isinstance(exception, exceptions.MethodNotAllowed):
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    if challenge := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(exception, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


def _answer(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=dict(headers or {}), content_type=MEDIA_TYPE)


# -- What never reaches a view of the API


def _outside(request: HttpRequest) -> bool:
    """Whether the answer is a page for a person."""
    return f"{request.path_info}/".startswith("/admin/")


def _page(request: HttpRequest, status: int, code: str) -> HttpResponse:
    """A problem; at `/o/`, an error as RFC 6749 has it."""
    if request.path_info.startswith("/o/"):
        error = "server_error" if status >= 500 else "invalid_request"
        told = to_json({"error": error, "error_description": CODES[code]})
        return HttpResponse(told, status=status, content_type="application/json")
    return HttpResponse(to_json(problem(request, status, code, CODES[code])), status=status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return defaults.bad_request(request, exception) if _outside(request) else _page(request, 400, "bad_request")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return defaults.page_not_found(request, exception) if _outside(request) else _page(request, 404, "not_found")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    if _outside(request):
        return defaults.permission_denied(request, exception)
    return _page(request, 403, "permission_denied")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; the traceback is logged by Django."""
    return defaults.server_error(request) if _outside(request) else _page(request, 500, "server_error")
