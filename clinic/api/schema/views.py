"""Views of the OpenAPI document: `/schema/` as JSON, `/docs/` as a page that begins with a guide.

Neither needs a token: they contain nothing about patients or this clinic, and whoever writes a client reads them first.
The page loads nothing from other hosts.
"""

import re
from functools import cache
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.html import escape
from django.utils.safestring import mark_safe
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.lists.pagination import DEFAULT_LIMIT
from clinic.api.responses.error_codes import Entry
from clinic.api.responses.renderers import OrjsonRenderer
from clinic.api.schema.generator import Generator
from clinic.api.views import ApiView
from clinic.json_values import to_json

CONTENT_SECURITY_POLICY = {
    "default-src": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
}


@cache
def document() -> bytes:
    """Return the document as JSON; built once, as it depends on code and settings only."""
    return to_json(Generator().get_schema(public=True))


@cache
def codes() -> list[Entry]:
    """Return the list of error codes, with HTML in place of the Markdown of their meanings."""
    return [
        entry._replace(meaning=mark_safe(re.sub("`([^`]+)`", r"<code>\1</code>", escape(entry.meaning))))  # noqa: S308  # escaped
        for entry in Generator().all_codes()
    ]


class SchemaView(ApiView):
    """`GET /schema/`: OpenAPI 3.1 as JSON."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:
        """Check the Accept header only: no token is needed."""
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)

    def show(self, _request: Request) -> HttpResponse:
        """Return the document."""
        return HttpResponse(document(), content_type="application/json")


@method_decorator(csp(CONTENT_SECURITY_POLICY), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """`GET /docs/`: Swagger UI from our static files below a guide, with a form that gets a token."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    template_name = "docs.html"
    title = "Clinic Billing API"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the page, or the script that starts Swagger UI."""
        response: Response = super().get(request, *args, **kwargs)
        response.data |= {
            "site": request.build_absolute_uri("/").rstrip("/"),
            "token_minutes": settings.OAUTH2_PROVIDER["ACCESS_TOKEN_EXPIRE_SECONDS"] // 60,
            "grace_seconds": settings.REFRESH_GRACE_SECONDS,
            "default_limit": DEFAULT_LIMIT,
            "max_page": settings.MAX_PAGE,
            "codes": codes(),
        }
        return response

    def handle_exception(self, exc: Exception) -> Response:
        """Return a problem, as everywhere in the API."""
        self.request.accepted_renderer = OrjsonRenderer()
        self.request.accepted_media_type = OrjsonRenderer.media_type
        return super().handle_exception(exc)
