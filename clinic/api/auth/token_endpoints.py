"""OAuth2 endpoints that issue and revoke tokens; malformed requests are answered as RFC 6749 says."""

from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import RevokeTokenView, TokenView

from clinic.api.lists.listing import MAX_PARAMETERS
from clinic.api.requests.parsers import is_missing_length
from clinic.api.responses.errors import DATABASE_UNAVAILABLE, RETRY_AFTER
from clinic.domain.text import json_error

MAX_PARAMETER_LENGTH = 4096
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
MALFORMED = (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError, ValueError, DataError)
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _request_error(request: HttpRequest) -> str:
    """Return a sentence that says why a request is malformed; an empty string if it is not."""
    if is_missing_length(request):
        return "The body comes without its length."
    if len(request.POST) + len(request.GET) > MAX_PARAMETERS:
        return "The request has too many parameters."
    if any(len(values) > 1 for _, values in request.POST.lists()):
        return "A parameter is sent twice."
    for name, value in [*request.POST.items(), *request.GET.items()]:
        if len(str(value)) > MAX_PARAMETER_LENGTH or len(name) > MAX_PARAMETER_LENGTH:
            return "A parameter is too long."
        if json_error(name) or json_error(str(value)):
            return "A parameter contains a character that cannot be stored."
    return ""


def _error_response(status: int, error: str, description: str) -> JsonResponse:
    headers = NO_STORE | ({"Retry-After": RETRY_AFTER} if status == 503 else {})
    return JsonResponse({"error": error, "error_description": description}, status=status, headers=headers)


def _as_json(response: HttpResponse) -> HttpResponse:
    """Correct the headers of the library's responses: some errors are declared as HTML, and as cacheable."""
    if response.content:
        response["Content-Type"] = "application/json"
    else:
        del response["Content-Type"]
    for name, value in NO_STORE.items():
        response[name] = value
    return response


class _OAuthErrorsMixin:
    """Answer 400 `invalid_request` where the OAuth library or the database would raise an exception."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if error := _request_error(request):
                return _error_response(400, "invalid_request", error)
            return _as_json(super().dispatch(request, *args, **kwargs))  # type: ignore[misc]  # a mixin of View
        except DATABASE_UNAVAILABLE:
            return _error_response(503, "temporarily_unavailable", "The database cannot answer now.")
        except MALFORMED:
            return _error_response(400, "invalid_request", "The request is malformed.")


@method_decorator(csrf_exempt, name="dispatch")
class TokenEndpoint(_OAuthErrorsMixin, TokenView):  # type: ignore[misc]  # the package brings no types
    """`POST /o/token/`: a token for a name and a password, for a refresh token, or for a machine's secret."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse the device grant, which is not offered and makes the library fail; leave the others to the library."""
        if request.POST.get("grant_type") == DEVICE_GRANT:
            return _error_response(400, "unsupported_grant_type", "No token is given to a device.")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


@method_decorator(csrf_exempt, name="dispatch")
class RevokeTokenEndpoint(_OAuthErrorsMixin, RevokeTokenView):  # type: ignore[misc]  # the package brings no types
    """`POST /o/revoke_token/`: end a token."""
