"""OAuth2 endpoints that issue and revoke tokens; malformed requests are answered as RFC 6749 says."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError, Error
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import RevokeTokenView, TokenView

from clinic.api.auth.oauth_validator import TOO_MANY_REQUESTS
from clinic.api.auth.throttles import token_clients, token_wait
from clinic.api.lists.listing import MAX_PARAMETERS
from clinic.api.requests.parsers import is_missing_length
from clinic.api.responses.errors import RETRY_AFTER
from clinic.db.availability import unavailability
from clinic.domain.text import json_error
from clinic.json_values import to_json
from clinic.web.lockout import client_address
from clinic.web.security_log import log_refusal

MAX_PARAMETER_LENGTH = 4096
MALFORMED = (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError, ValueError, DataError)
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
REQUIRED = {"password": ("username", "password"), "refresh_token": ("refresh_token",), "client_credentials": ()}
"""The parameters that each grant needs besides those of the application."""

GRANTS = (
    "grant_type=password with username and password, grant_type=refresh_token with refresh_token, or "
    "grant_type=client_credentials with client_id and client_secret"
)
WHAT_TO_DO = {
    "invalid_client": "Unknown client_id or wrong client_secret. Send the client_id of a registered application, and "
    "its client_secret if it has one.",
    "invalid_scope": "The application may not request one of these scopes. Omit “scope” to get all that it may.",
    "unauthorized_client": "The application may not use this grant_type. Send the one that it is registered for.",
    "unsupported_grant_type": f"This grant_type is not supported. Send {GRANTS}.",
    "invalid_grant password": "Wrong username or password, or the user may not log in.",
    "invalid_grant refresh_token": "The refresh token is unknown, used, revoked or expired, or belongs to another "
    "application. Log in again.",
}
"""Descriptions of the library's errors, by error, or by error and grant."""

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _request_error(request: HttpRequest) -> str:
    """Return a sentence that says why a request is malformed; an empty string if it is not."""
    if is_missing_length(request):
        return "The request body has no Content-Length header."
    if len(request.POST) + len(request.GET) > MAX_PARAMETERS:
        return "The request has too many parameters."
    if any(len(values) > 1 for _, values in request.POST.lists()):
        return "A parameter was sent more than once."
    for name, value in [*request.POST.items(), *request.GET.items()]:
        if len(str(value)) > MAX_PARAMETER_LENGTH or len(name) > MAX_PARAMETER_LENGTH:
            return "A parameter is too long."
        if json_error(name) or json_error(str(value)):
            return "A parameter contains a character that cannot be stored."
    return ""


def _client_wait(request: HttpRequest) -> int:
    """Count the request for its application and address, and return the seconds to wait; 0: it may go on."""
    client = request.POST.get("client_id") or request.headers.get("Authorization", "")
    return token_wait(token_clients, settings.THROTTLE_TOKEN_CLIENT, client, client_address(request))


def _error_response(status: int, error: str, description: str, retry_after: object = RETRY_AFTER) -> JsonResponse:
    headers = NO_STORE | ({"Retry-After": str(retry_after)} if status in (429, 503) else {})
    return JsonResponse({"error": error, "error_description": description}, status=status, headers=headers)


def _sent_form(request: HttpRequest) -> QueryDict:
    """Return the parameters without empty ones, which count as absent (RFC 6749, section 3.2), and with the defaults.

    A request that names no application is of DEFAULT_OAUTH_CLIENT; a form of username and password is a password grant.
    """
    form = QueryDict(mutable=True)
    for name, values in request.POST.lists():
        if sent := [value for value in values if value != ""]:
            form.setlist(name, sent)
    names_client = "client_id" in form or "client_secret" in form or _has_basic_credentials(request)
    if settings.DEFAULT_OAUTH_CLIENT and not names_client:
        form["client_id"] = settings.DEFAULT_OAUTH_CLIENT
    if "username" in form and "password" in form:
        form.setdefault("grant_type", "password")
    return form


def _has_basic_credentials(request: HttpRequest) -> bool:
    return request.headers.get("Authorization", "").lower().startswith("basic ")


def _missing(request: HttpRequest, *names: str) -> str:
    """Return a sentence that says which of the parameters are missing; an empty string if none is."""
    if missing := [name for name in names if name not in request.POST]:
        if request.content_type not in FORMS:
            return "Send the parameters as a form: Content-Type application/x-www-form-urlencoded."
        return f"Send {' and '.join(missing)} in the form."
    return ""


def _as_json(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Correct the library's responses: errors without a description, declared as HTML, or as cacheable."""
    if response.status_code >= 400 and response.content:
        response.content = to_json(_described(json.loads(response.content), request.POST.get("grant_type", "")))
    if response.status_code == 200 and not response.content:
        response.content = b"{}"
    if response.content:
        response["Content-Type"] = "application/json"
    else:
        del response["Content-Type"]
    for name, value in NO_STORE.items():
        response[name] = value
    return response


def _described(error: dict[str, str], grant: str) -> dict[str, str]:
    """Return an error of the library with a description that says what to do."""
    code = error["error"]
    text = WHAT_TO_DO.get(f"{code} {grant}") or WHAT_TO_DO.get(code) or error.get("error_description")
    return {"error": code, "error_description": text or "The request was refused. See /docs/."}


class _OAuthErrorsMixin:
    """Answer 400 `invalid_request` where the OAuth library or the database would raise an exception."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if error := _request_error(request):
                return _error_response(400, "invalid_request", error)
            request.POST = _sent_form(request)  # type: ignore[assignment]  # its setter takes any QueryDict
            if seconds := _client_wait(request):
                log_refusal("throttled", request=request)
                return _error_response(429, "temporarily_unavailable", TOO_MANY_REQUESTS, seconds)
            return _as_json(request, super().dispatch(request, *args, **kwargs))  # type: ignore[misc]  # a mixin of View
        except MALFORMED:
            return _error_response(400, "invalid_request", "The request is malformed.")
        except Error as error:
            if not unavailability(error):
                raise
            return _error_response(503, "temporarily_unavailable", "The database is unavailable. Try again later.")


@method_decorator(csrf_exempt, name="dispatch")
class TokenEndpoint(_OAuthErrorsMixin, TokenView):  # type: ignore[misc]  # the package brings no types
    """`POST /o/token/`: a token for a name and a password, for a refresh token, or for a machine's secret."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse grants that are not offered, and those that lack a parameter; leave the others to the library."""
        grant = request.POST.get("grant_type")
        if grant is None:
            text = _missing(request, "grant_type") if request.content_type not in FORMS else f"Send {GRANTS}."
            return _error_response(400, "invalid_request", text)
        if grant not in REQUIRED:
            return _error_response(400, "unsupported_grant_type", WHAT_TO_DO["unsupported_grant_type"])
        if missing := _missing(request, *REQUIRED[grant]):
            return _error_response(400, "invalid_request", missing)
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


@method_decorator(csrf_exempt, name="dispatch")
class RevokeTokenEndpoint(_OAuthErrorsMixin, RevokeTokenView):  # type: ignore[misc]  # the package brings no types
    """`POST /o/revoke_token/`: end a token."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a request without a token; leave the others to the library."""
        if missing := _missing(request, "token"):
            return _error_response(400, "invalid_request", missing)
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response
