"""The contract's envelope of a list."""

from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.response import Response


class Pages(LimitOffsetPagination):
    default_limit = 100
    max_limit = 500

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"total": self.count, "offset": self.offset, "limit": self.limit, "data": data})
