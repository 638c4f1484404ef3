"""How an answer becomes bytes, and what it is a client may send and take: JSON."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import NotAcceptable, UnsupportedMediaType
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from clinic.json_values import to_json

OFFERED = frozenset({"*/*", "application/*", "application/json", "application/problem+json"})


class OrjsonRenderer(BaseRenderer):
    """The only format of the API."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002  # DRF's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # DRF's signature
    ) -> bytes:
        return b"" if data is None else to_json(data)


class JSONNegotiation(BaseContentNegotiation):
    """JSON in, JSON out: 415 for a body of another kind, 406 for a client that takes no JSON."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser:
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        parser: BaseParser | None = next((parser for parser in parsers if parser.media_type == sent), None)
        if parser is None:  # what was sent is not repeated: it may be long, and anything
            raise UnsupportedMediaType(sent, detail="This API takes application/json.")
        return parser

    def select_renderer(
        self,
        request: Request,
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002  # DRF's signature
    ) -> tuple[BaseRenderer, str]:
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        if accept != "*/*" and accept.strip() and not any(map(_takes_json, accept.split(","))):
            raise NotAcceptable("This API answers in application/json.")
        return renderers[0], renderers[0].media_type


def _takes_json(media_range: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in media_range.split(";"))
    refused = any(parameter.replace(" ", "").rstrip("0.") == "q=" for parameter in parameters)
    return kind in OFFERED and not refused
