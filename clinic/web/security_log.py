"""What the security log says: one line for each refused attempt, with ids, and never a name, a token or a body."""

import ipaddress
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from clinic.domain.audit import current_audit_context
from clinic.web.request_log import route_pattern

CODES = {401: "invalid_token", 403: "permission_denied"}

log = structlog.get_logger("clinic.security")


def remote_address(request: HttpRequest) -> str:
    """The address that a request came from, "" when the server named none.

    Behind a proxy of TRUSTED_PROXIES it is the one that the proxy named: clinic.web.server puts it into REMOTE_ADDR.
    """
    try:
        address = ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def log_refusal(code: str, *, request: HttpRequest, user_id: int | None = None, client_id: str = "") -> None:
    """Log that an attempt was refused: what for, who (as far as is known), where, and from which address."""
    log.warning(
        "refused",
        code=code,
        user_id=user_id,
        client_id=client_id,
        route=route_pattern(request),
        request_id=current_audit_context().request_id,
        address=remote_address(request),
    )


class SecurityLogMiddleware:
    """Logs answers that are refusals: a 403, and a 401 to a token.

    Who asked without a token was not refused, but told how to ask. OAuth2's endpoints log their own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _is_refusal(request, response):
            application = getattr(getattr(request, "auth", None), "application", None)
            log_refusal(
                _code_of(response),
                request=request,
                user_id=getattr(getattr(request, "user", None), "pk", None),
                client_id=application.client_id if application else "",
            )
        return response


def _is_refusal(request: HttpRequest, response: HttpResponse) -> bool:
    if response.status_code not in CODES or request.path_info.startswith("/o/"):
        return False
    return response.status_code == 403 or "HTTP_AUTHORIZATION" in request.META


def _code_of(response: HttpResponse) -> str:
    """The code of the problem that was answered; a page of the admin has none."""
    said = getattr(response, "data", None)
    code = said.get("code") if isinstance(said, dict) else None
    return str(code or CODES[response.status_code])
