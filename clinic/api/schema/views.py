"""Views of the OpenAPI document: `/schema/` as JSON, `/docs/` as a page.

Neither needs a token: they contain nothing about patients or this clinic, and whoever writes a client reads them first.
The page loads nothing from other hosts.
"""

from functools import cache
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

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
    """`GET /docs/`: Swagger UI from our static files, with a form that gets a token."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    template_name = "docs.html"
    title = "Clinic Billing API"

    def handle_exception(self, exc: Exception) -> Response:
        """Return a problem, as everywhere in the API."""
        self.request.accepted_renderer = OrjsonRenderer()
        self.request.accepted_media_type = OrjsonRenderer.media_type
        return super().handle_exception(exc)
