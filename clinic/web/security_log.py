"""Security log: one line for each refused attempt, with ids, and never a name, a token or a body."""

import ipaddress
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from clinic.domain.audit_context import current_audit_context
from clinic.web.request_log import route_pattern

CODES = {401: "invalid_token", 403: "permission_denied"}

log = structlog.get_logger("clinic.security")


def remote_address(request: HttpRequest) -> str:
    """Return the client's address, "" if the server gives none.

    Behind a proxy of TRUSTED_PROXIES it is the one that the proxy forwarded: clinic.web.server sets REMOTE_ADDR.
    """
    try:
        address = ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def log_refusal(code: str, *, request: HttpRequest, user_id: int | None = None, client_id: str = "") -> None:
    """Log a refused attempt: its code, the user and application as far as they are known, the route and the address."""
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
    """Middleware that logs refused attempts: a 403, and a 401 to a request with a token.

    A 401 to a request without a token only asks for one. The OAuth2 endpoints log their own refusals.
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
    """Return the code of the problem in the response, or of its status: a page of the admin contains no problem."""
    problem = getattr(response, "data", None)
    code = problem.get("code") if isinstance(problem, dict) else None
    return str(code or CODES[response.status_code])
