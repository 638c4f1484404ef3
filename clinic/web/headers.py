"""Response headers: caching, security policies, and CORS."""

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from clinic.web.paths import is_admin_path

GetResponse = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in """accelerometer autoplay browsing-topics camera display-capture encrypted-media fullscreen
    geolocation gyroscope hid magnetometer microphone midi payment picture-in-picture publickey-credentials-get
    screen-wake-lock serial usb xr-spatial-tracking""".split()
)
ALWAYS = {
    "Cache-Control": "no-store",  # no cache may keep data of patients; static files have a header of their own
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


class HeadersMiddleware:
    """Middleware that adds the headers that Django's SecurityMiddleware lacks, unless a response has them already."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        return response


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Middleware that adds Content-Security-Policy: the API's (nothing allowed), the admin's, or that of the view.

    A view sets its own with django-csp's decorators; the other two are built once.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.policy = _policy(settings.CONTENT_SECURITY_POLICY)
        self.policy_of_admin = _policy(settings.ADMIN_CONTENT_SECURITY_POLICY)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header, unless the response has it."""
        if any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        policy = self.policy_of_admin if is_admin_path(request.path_info) else self.policy
        response.headers.setdefault(HEADER, policy)
        return response


def _policy(setting: dict[str, Any]) -> str:
    """Return the value of the header, in the same order in every worker."""
    return "; ".join(sorted(str(build_policy(config=setting["DIRECTIVES"])).split("; ")))


# -- Other origins

CORS_METHODS = "GET, HEAD, POST, PUT, PATCH"
CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
CORS_EXPOSED = "ETag, Idempotent-Replayed, Link, Location, Retry-After, WWW-Authenticate, X-Request-Id"
CORS_MAX_AGE = "600"  # seconds for which a browser may cache the response to a preflight request
CORS_EXCLUDED_PATHS = ("/static/", "/metrics")  # besides the admin


class CorsMiddleware:
    """Middleware that lets pages of CORS_ALLOWED_ORIGINS call the API, with a bearer token and never with cookies.

    An origin must equal an entry of the list. With an empty list, no CORS header is sent.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        allowed = settings.CORS_ALLOWED_ORIGINS
        path = request.path_info
        if not allowed or is_admin_path(path) or path.startswith(CORS_EXCLUDED_PATHS):
            return self.get_response(request)
        origin = request.headers.get("Origin", "")
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse(status=204) if is_preflight and origin in allowed else self.get_response(request)
        patch_vary_headers(response, ["Origin"])
        if origin in allowed:
            for name, value in self._cors_headers(origin, is_preflight=is_preflight).items():
                response[name] = value
        return response

    def _cors_headers(self, origin: str, *, is_preflight: bool) -> dict[str, str]:
        headers = {"Access-Control-Allow-Origin": origin}
        if not is_preflight:
            return {**headers, "Access-Control-Expose-Headers": CORS_EXPOSED}
        return {
            **headers,
            "Access-Control-Allow-Methods": CORS_METHODS,
            "Access-Control-Allow-Headers": CORS_HEADERS,
            "Access-Control-Max-Age": CORS_MAX_AGE,
        }
