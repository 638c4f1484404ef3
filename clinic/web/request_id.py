"""Request ids: in the response, in the log, and with every change that the request makes."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from clinic.domain.audit_context import audit_context
from clinic.domain.dates import clinic_time_zone
from clinic.web.paths import is_admin_path

HEADER = "X-Request-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Middleware that sets `request_id`, sent by the client or new, and the audit context of the request.

    Pages of the admin run in the clinic's time zone, with "admin" as the client; the API names the client application
    once the token is known.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request_id_from(request.META.get("HTTP_X_REQUEST_ID", ""))
        request.request_id = request_id  # type: ignore[attr-defined]  # read by get_request_id()
        is_admin = is_admin_path(request.path_info)
        time_zone = timezone.override(clinic_time_zone()) if is_admin else nullcontext()
        with audit_context(client="admin" if is_admin else "", request_id=request_id), time_zone:
            response = self.get_response(request)
        response[HEADER] = request_id
        return response


def request_id_from(sent: str) -> str:
    """Return the id that the client sent, a new one if it is not well-formed."""
    return sent if _WELL_FORMED.fullmatch(sent) else uuid4().hex


def get_request_id(request: HttpRequest) -> str:
    """Return the id of a request, "" when it did not pass RequestIdMiddleware."""
    return getattr(request, "request_id", "")
