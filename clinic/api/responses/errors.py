"""Problems (RFC 9457): map exceptions to HTTP status and `application/problem+json`."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import DatabaseError, DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.template import loader
from django.utils import translation
from django.views import defaults
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.responses.error_codes import HTTP_ERRORS, status_of
from clinic.api.responses.error_details import MAX_ERRORS, invalid_value, pointer
from clinic.api.responses.http_exceptions import BodyTooLarge
from clinic.db.availability import unavailability
from clinic.domain.errors import FieldError, IdempotencyKeyInFlight, InvalidValue, RuleBroken
from clinic.domain.permissions import ScopeMissing
from clinic.json_values import to_json
from clinic.web.paths import is_admin_path
from clinic.web.request_id import get_request_id

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "2"  # seconds
CODES_OF_DRF = {"authentication_failed": "invalid_token", "parse_error": "malformed_json"}  # DRF's name: ours

log = logging.getLogger(__name__)


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
    """Return the members of a problem, with at most MAX_ERRORS of the errors."""
    http_request = request._request if isinstance(request, Request) else request
    return {
        **(members or {}),
        "type": f"urn:problem:{code}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": http_request.path,
        "code": code,
        "request_id": get_request_id(http_request),
        "errors": [error._asdict() for error in list(errors)[:MAX_ERRORS]],
    }


def problem_response(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: a problem for whatever a client can cause; None, which becomes a 500, for the rest."""
    request: Request = context["request"]
    domain_error = _as_domain_error(exception, request)
    if domain_error is not None:
        return _domain_error_response(request, domain_error)
    if reason := unavailability(exception):
        log.error("The database did not answer request %s", get_request_id(request._request), exc_info=exception)
        return _response(problem(request, 503, reason, HTTP_ERRORS[reason].detail), {"Retry-After": RETRY_AFTER})
    http_error = _as_http_error(exception)
    if http_error is None:
        return None
    code = str(http_error.get_codes()) if isinstance(http_error.detail, str) else http_error.default_code
    detail = _http_error_detail(http_error, context)
    body = problem(request, http_error.status_code, CODES_OF_DRF.get(code, code), detail)
    return _response(body, _http_error_headers(http_error, context))


def _as_domain_error(exception: Exception, request: Request) -> RuleBroken | None:
    """Return the domain error that an exception stands for, None if it is something else."""
    if isinstance(exception, RuleBroken):
        return exception
    if isinstance(exception, exceptions.ValidationError):
        return invalid_value(list(_flatten(exception.detail)))
    if isinstance(exception, ValidationError):
        return invalid_value(list(_errors_of_model(exception)))
    if isinstance(exception, (DataError, IntegrityError)):
        return _errors_of_database(exception, request)
    return None


def _flatten(detail: Any, *steps: str | int) -> Iterator[FieldError]:
    """Yield DRF's nested errors with pointers."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _flatten(inner, *steps, key)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flatten(inner, *steps, *([index] if isinstance(inner, (dict, list)) else []))
    else:
        yield FieldError(pointer(*steps), detail.code or "invalid", str(detail))


def _errors_of_model(exception: ValidationError) -> Iterator[FieldError]:
    by_field = exception.error_dict if hasattr(exception, "error_dict") else {"": exception.error_list}
    for name, errors in by_field.items():
        where = "" if name in {"", "__all__"} else pointer(name)
        for error in errors:
            yield from (FieldError(where, error.code or "invalid", message) for message in error.messages)


def _errors_of_database(exception: DatabaseError, request: Request) -> RuleBroken | None:
    """Return a conflict for a duplicate, a bad value for one out of bounds; None, a 500, for the rest."""
    state = getattr(exception.__cause__, "sqlstate", "") or ""
    if state == "23505" or "UNIQUE constraint failed" in str(exception):
        return RuleBroken(HTTP_ERRORS["conflict"].detail, code="conflict")
    log.error("The database refused request %s", get_request_id(request._request), exc_info=exception)
    if isinstance(exception, DataError) and state.startswith("22"):
        return InvalidValue("A value is out of range.")
    if state == "23514" or "CHECK constraint failed" in str(exception):
        return RuleBroken("A value violates a database constraint.")
    return None


def _as_http_error(exception: Exception) -> exceptions.APIException | None:
    if isinstance(exception, exceptions.APIException):
        return exception
    if isinstance(exception, Http404):
        return exceptions.NotFound(HTTP_ERRORS["not_found"].detail)
    if isinstance(exception, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exception, RequestDataTooBig):
        return BodyTooLarge()
    if isinstance(exception, (SuspiciousOperation, UnreadablePostError)):
        return exceptions.ParseError(HTTP_ERRORS["bad_request"].detail, code="bad_request")
    return None


def _domain_error_response(request: Request, error: RuleBroken) -> Response:
    body = problem(
        request,
        status_of(type(error)),
        error.code,
        error.detail,
        title=error.title,
        errors=error.errors,
        members=error.members,
    )
    headers = {"Retry-After": RETRY_AFTER} if isinstance(error, IdempotencyKeyInFlight) else {}
    if isinstance(error, ScopeMissing):  # RFC 6750
        scope = error.members["scope"]
        headers["WWW-Authenticate"] = f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'
    return _response(body, headers)


def _http_error_detail(exception: exceptions.APIException, context: Mapping[str, Any]) -> str:
    """Return the detail of an error of DRF, in our words where DRF's are hard to read."""
    if isinstance(exception, exceptions.MethodNotAllowed):
        return f"{context['request'].method} is not allowed here. Use {', '.join(context['view'].allowed_methods)}."
    if (wait := getattr(exception, "wait", None)) is not None:  # of Throttled
        return f"Too many requests. Try again in {wait} seconds."
    return str(exception.detail)


def _http_error_headers(exception: exceptions.APIException, context: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    if isinstance(exception, exceptions.MethodNotAllowed):
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    if challenge := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(exception, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


def _response(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=dict(headers or {}), content_type=MEDIA_TYPE)


# -- Errors outside the views of the API: Django's handlers


def http_error_response(request: HttpRequest, code: str) -> HttpResponse:
    """Return the problem for a code of HTTP_ERRORS; below `/o/`, an error as RFC 6749 has it."""
    status, detail = HTTP_ERRORS[code]
    if request.path_info.startswith("/o/"):
        error = "server_error" if status >= 500 else "invalid_request"
        body = to_json({"error": error, "error_description": detail})
        return HttpResponse(body, status=status, content_type="application/json")
    return HttpResponse(to_json(problem(request, status, code, detail)), status=status, content_type=MEDIA_TYPE)


def refusal(request: HttpRequest, code: str) -> HttpResponse:
    """Return the response to a request that no view sees (clinic/web/front.py): a text for a page of the admin."""
    if is_admin_path(request.path_info):
        status, detail = HTTP_ERRORS[code]
        response = HttpResponse(f"{detail}\n", status=status, content_type="text/plain; charset=utf-8")
    else:
        response = http_error_response(request, code)
    if response.status_code == 503:
        response["Retry-After"] = RETRY_AFTER
    return response


def _handler(
    code: str, admin_page: Callable[[HttpRequest, Exception], HttpResponse]
) -> Callable[[HttpRequest, Exception], HttpResponse]:
    def handle(request: HttpRequest, exception: Exception) -> HttpResponse:
        if is_admin_path(request.path_info):
            return admin_page(request, exception)
        return http_error_response(request, code)

    return handle


bad_request = _handler("bad_request", defaults.bad_request)
permission_denied = _handler("permission_denied", defaults.permission_denied)
not_found = _handler("not_found", defaults.page_not_found)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; a 503 if the database was not available, for pages of the admin too."""
    code = unavailability(sys.exc_info()[1])
    if not is_admin_path(request.path_info):
        response = http_error_response(request, code or "server_error")
    elif code:
        response = _unavailable_page(request)
    else:
        response = defaults.server_error(request)
    if code:
        response["Retry-After"] = RETRY_AFTER
    return response


def _unavailable_page(request: HttpRequest) -> HttpResponse:
    """Return the page of a 503 in the language of the person, also where a middleware failed before it was chosen."""
    with translation.override(translation.get_language_from_request(request)):
        return HttpResponse(loader.render_to_string("503.html"), status=503)
