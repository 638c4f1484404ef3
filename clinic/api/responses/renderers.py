"""JSON renderer: the only format of the API's answers."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from clinic.json_values import to_json


class OrjsonRenderer(BaseRenderer):
    """Render an answer with orjson; an answer without data has an empty body."""

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
