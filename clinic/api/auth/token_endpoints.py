"""How a token is had and given back: OAuth2's two endpoints, which answer broken requests as RFC 6749 says."""

from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import RevokeTokenView, TokenView

from clinic.api.lists.listing import MAX_PARAMETERS
from clinic.api.requests.parsers import is_missing_length
from clinic.api.responses.errors import RETRY_AFTER
from clinic.api.responses.messages import text_error

MAX_FIELD = 4096
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
BROKEN = (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError, ValueError, DataError)


def _fault(request: HttpRequest) -> str:
    """Why the request cannot be a token request, as a sentence; "" when it can."""
    if is_missing_length(request):
        return "The body comes without its length."
    if len(request.POST) + len(request.GET) > MAX_PARAMETERS:
        return "The request has too many parameters."
    if any(len(values) > 1 for _, values in request.POST.lists()):
        return "A parameter is sent twice."
    for name, value in [*request.POST.items(), *request.GET.items()]:
        if len(str(value)) > MAX_FIELD or len(name) > MAX_FIELD:
            return "A parameter is too long."
        if text_error(name) or text_error(str(value)):
            return "A parameter contains a character that cannot be stored."
    return ""


def _error(status: int, error: str, description: str) -> JsonResponse:
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    if status == 503:
        headers["Retry-After"] = RETRY_AFTER
    return JsonResponse({"error": error, "error_description": description}, status=status, headers=headers)


def _as_json(answer: HttpResponse) -> HttpResponse:
    """The library's answer, as what it is: of some errors it says that they are a page, and that they may be kept."""
    if answer.content:
        answer["Content-Type"] = "application/json"
    else:
        del answer["Content-Type"]  # of a page, says Django
    answer["Cache-Control"] = "no-store"
    answer["Pragma"] = "no-cache"
    return answer


class _Guarded:
    """Answers 400 `invalid_request` to what would make the OAuth library or the database stumble."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if fault := _fault(request):
                return _error(400, "invalid_request", fault)
            return _as_json(super().dispatch(request, *args, **kwargs))  # type: ignore[misc]  # a mixin of View
        except (OperationalError, InterfaceError):
            return _error(503, "temporarily_unavailable", "The database cannot answer now.")
        except BROKEN:
            return _error(400, "invalid_request", "The request is malformed.")


@method_decorator(csrf_exempt, name="dispatch")
class Token(_Guarded, TokenView):  # type: ignore[misc]  # the package brings no types
    """`POST /o/token/`: a token for a name and a password, or for a refresh token."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The library's, but for the grant to devices: nothing here gives it, and the library stumbles over it."""
        if request.POST.get("grant_type") == DEVICE:
            return _error(400, "unsupported_grant_type", "No token is given to a device.")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer


@method_decorator(csrf_exempt, name="dispatch")
class RevokeToken(_Guarded, RevokeTokenView):  # type: ignore[misc]  # the same
    """`POST /o/revoke_token/`: the token ends here."""
