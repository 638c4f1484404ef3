"""Which refusal becomes which HTTP status, and what a problem (RFC 9457) says."""

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.views import defaults
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.requests.parsers import BodyTooLarge
from clinic.api.responses.messages import MAX_ERRORS, bad_value, pointer
from clinic.domain.errors import (
    FieldError,
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    InvalidValue,
    NotAllowed,
    RuleBroken,
    StaleVersion,
)
from clinic.domain.permissions import ScopeMissing
from clinic.json_values import to_json
from clinic.web.request_id import get_request_id

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "2"  # seconds

# The HTTP status of each family of refusals; the nearest ancestor counts. The only place that knows it.
STATUS: Mapping[type[RuleBroken], int] = {
    InvalidValue: 400,
    NotAllowed: 403,
    RuleBroken: 409,
    StaleVersion: 412,
    IdempotencyKeyReused: 422,
}

# Codes that no rule of the clinic raises: they are HTTP's own, or the database's.
CODES: Mapping[str, str] = {
    "not_authenticated": "The request carries no bearer token.",
    "invalid_token": "The token is unknown, revoked or expired, or its person may not log in.",
    "permission_denied": "The person or the application may not do this.",
    "not_found": "There is no such thing here, or it is not yours to see.",
    "method_not_allowed": "The method does not exist here; “Allow” names those that do.",
    "not_acceptable": "The client takes no JSON.",
    "unsupported_media_type": "The body is not JSON in UTF-8.",
    "length_required": "The body comes without its length; send “Content-Length”.",
    "body_too_large": "The body is larger than anything that this API takes.",
    "throttled": "Too many requests; “Retry-After” says when to try again.",
    "bad_request": "The request itself is broken.",
    "conflict": "Somebody did the same at the same moment, or it exists already.",
    "statement_timeout": "The question took the database too long; ask for less at once, or later.",
    "unavailable": "The database cannot answer now; “Retry-After” says when to try again.",
    "server_error": "A fault of the product; it is in its log under the request's id.",
}

# What DRF calls otherwise.
HTTP_CODES = {"authentication_failed": "invalid_token", "parse_error": "malformed_json"}

log = logging.getLogger(__name__)


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
        "request_id": get_request_id(plain),
        "errors": [error._asdict() for error in list(errors)[:MAX_ERRORS]],
    }


def problem_response(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: a problem for whatever a client can cause, None (then it is a 500) for the rest."""
    request: Request = context["request"]
    refusal = _as_refusal(exception, request)
    if refusal is not None:
        return _refused(request, refusal)
    if isinstance(exception, AWAY):
        log.error("The database did not answer request %s", get_request_id(request._request), exc_info=exception)
        code = _why_away(exception)
        return _answer(problem(request, 503, code, CODES[code]), {"Retry-After": RETRY_AFTER})
    known = _as_http(exception)
    if known is None:
        return None
    code = str(known.get_codes()) if isinstance(known.detail, str) else known.default_code
    body = problem(request, known.status_code, HTTP_CODES.get(code, code), str(known.detail))
    return _answer(body, _headers(known, context))


AWAY = (OperationalError, InterfaceError)
QUERY_CANCELED = "57014"  # PostgreSQL's word for a statement that STATEMENT_TIMEOUT ended
HTTP_CODES = {"authentication_failed": "invalid_token", "parse_error": "malformed_json"}


def _why_away(exception: BaseException) -> str:
    """The code of a 503: whether the database gave up, or was not there."""
    state = getattr(exception.__cause__, "sqlstate", None)
    return "statement_timeout" if state == QUERY_CANCELED else "unavailable"


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
    log.error("The database refused request %s", get_request_id(request._request), exc_info=exception)
    if isinstance(exception, DataError) and state.startswith("22"):
        return InvalidValue("A value is out of the bounds of the books.")
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
    if isinstance(exception, RequestDataTooBig):
        return BodyTooLarge()
    if isinstance(exception, (SuspiciousOperation, UnreadablePostError)):
        return exceptions.ParseError(CODES["bad_request"], code="bad_request")
    return None


def _refused(request: Request, refusal: RuleBroken) -> Response:
    status, code, title = status_of(refusal), refusal.code, refusal.title
    body = problem(request, status, code, refusal.detail, title=title, errors=refusal.errors, members=refusal.members)
    headers = {"Retry-After": RETRY_AFTER} if isinstance(refusal, IdempotencyKeyInFlight) else {}
    if isinstance(refusal, ScopeMissing):  # RFC 6750
        scope = refusal.members["scope"]
        headers["WWW-Authenticate"] = f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'
    return _answer(body, headers)


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


def problem_page(request: HttpRequest, status: int, code: str) -> HttpResponse:
    """A problem of HTTP's own, outside a view of the API; at `/o/`, an error as RFC 6749 has it."""
    if request.path_info.startswith("/o/"):
        error = "server_error" if status >= 500 else "invalid_request"
        told = to_json({"error": error, "error_description": CODES[code]})
        return HttpResponse(told, status=status, content_type="application/json")
    return HttpResponse(to_json(problem(request, status, code, CODES[code])), status=status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return defaults.bad_request(request, exception) if _outside(request) else problem_page(request, 400, "bad_request")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return defaults.page_not_found(request, exception) if _outside(request) else problem_page(request, 404, "not_found")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    if _outside(request):
        return defaults.permission_denied(request, exception)
    return problem_page(request, 403, "permission_denied")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a 503 when the database was not there, also for a page of the admin."""
    raised = sys.exc_info()[1]
    away = isinstance(raised, AWAY)
    status, code = (503, _why_away(raised)) if away and raised else (500, "server_error")
    if not _outside(request):
        response = problem_page(request, status, code)
    elif away:
        response = HttpResponse(f"{CODES[code]}\n", status=status, content_type="text/plain; charset=utf-8")
    else:
        response = defaults.server_error(request)
    if away:
        response["Retry-After"] = RETRY_AFTER
    return response
