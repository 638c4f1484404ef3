"""What every answer tells a browser: keep nothing, run nothing, be framed by nobody, and who else may call."""

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in """accelerometer autoplay browsing-topics camera display-capture encrypted-media fullscreen
    geolocation gyroscope hid magnetometer microphone midi payment picture-in-picture publickey-credentials-get
    screen-wake-lock serial usb xr-spatial-tracking""".split()
)
ALWAYS = {
    "Cache-Control": "no-store",  # of patients nothing is kept; static files say otherwise themselves
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


class HeadersMiddleware:
    """Adds what Django's own SecurityMiddleware does not know; what an answer says already, it keeps."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        return response


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The API's policy (CONTENT_SECURITY_POLICY: nothing at all), the admin's for its pages, or the view's own.

    A view names its own with django-csp's decorators; the other two are put together once.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.policy = _policy(settings.CONTENT_SECURITY_POLICY)
        self.policy_of_admin = _policy(settings.ADMIN_CONTENT_SECURITY_POLICY)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header, unless it is there."""
        if any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        is_admin = request.path_info.startswith("/admin/")
        response.headers.setdefault(HEADER, self.policy_of_admin if is_admin else self.policy)
        return response


def _policy(setting: dict[str, Any]) -> str:
    """The header's text, in the same order in every worker."""
    return "; ".join(sorted(str(build_policy(config=setting["DIRECTIVES"])).split("; ")))


# -- Other origins

CORS_METHODS = "GET, HEAD, POST, PUT"
CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id"
CORS_EXPOSED = "ETag, Idempotent-Replayed, Link, Location, Retry-After, WWW-Authenticate, X-Request-Id"
CORS_MAX_AGE = "600"  # seconds for which a browser may remember the answer to its question
CORS_EXCLUDED_PATHS = ("/admin/", "/static/", "/metrics")


class CorsMiddleware:
    """Lets pages of CORS_ALLOWED_ORIGINS call the API, with a bearer token and never with cookies.

    An origin has to be listed letter by letter. With an empty list no answer says a word about origins.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        allowed = settings.CORS_ALLOWED_ORIGINS
        if not allowed or request.path_info.startswith(CORS_EXCLUDED_PATHS):
            return self.get_response(request)
        origin = request.headers.get("Origin", "")
        asks_first = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse(status=204) if asks_first and origin in allowed else self.get_response(request)
        patch_vary_headers(response, ["Origin"])
        if origin in allowed:
            for name, value in self._granted(origin, asks_first=asks_first).items():
                response[name] = value
        return response

    def _granted(self, origin: str, *, asks_first: bool) -> dict[str, str]:
        granted = {"Access-Control-Allow-Origin": origin}
        if not asks_first:
            return {**granted, "Access-Control-Expose-Headers": CORS_EXPOSED}
        return {
            **granted,
            "Access-Control-Allow-Methods": CORS_METHODS,
            "Access-Control-Allow-Headers": CORS_HEADERS,
            "Access-Control-Max-Age": CORS_MAX_AGE,
        }
