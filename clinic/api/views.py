"""Base view of the API: authentication, permissions, rate limits, content negotiation and the audit context."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from clinic.api.auth.authentication import (
    ActionPermission,
    BearerAuthentication,
    client_name,
    patient_id_of,
    token_scopes,
)
from clinic.api.auth.throttles import ClientThrottle, UserThrottle
from clinic.api.requests.parsers import JSONNegotiation, StrictJSONParser, check_length
from clinic.api.responses.errors import problem_response
from clinic.api.responses.renderers import OrjsonRenderer
from clinic.domain.audit_context import audit_context
from clinic.domain.clock import current_time
from clinic.domain.permissions import Permission, with_scopes
from clinic.web.request_id import get_request_id


class ApiView(ViewSetMixin, APIView):
    """A view with a bearer token, JSON in and out, and problems for errors.

    `action_permissions` has the scope and permission that each of its actions needs; an action without an entry is
    closed to everyone. `by` and `at` are the user and time that the operations of the domain are called with;
    `warnings` are those of the response.
    """

    authentication_classes = [BearerAuthentication]
    permission_classes = [ActionPermission]
    parser_classes = [StrictJSONParser]
    renderer_classes = [OrjsonRenderer]
    content_negotiation_class = JSONNegotiation
    throttle_classes = [UserThrottle, ClientThrottle]
    metadata_class = None
    versioning_class = None
    format_kwarg = None
    action_permissions: ClassVar[Mapping[str, Permission]] = {}

    by: User
    at: datetime
    patient_id: UUID | None = None  # of a patient's login, which sees its own records; None for staff

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.warnings: list[dict[str, str]] = []
        with ExitStack() as self._contexts:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:
        """Check the request: 401, 403, 429, 406 and 411, in this order; then set the client of all changes."""
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        check_length(request._request)
        self.at = current_time()
        self.by = cast("User", request.user)
        self.patient_id = patient_id_of(self.by)
        client, scopes = client_name(request), token_scopes(request)
        self._contexts.enter_context(audit_context(client=client, request_id=get_request_id(request._request)))
        self._contexts.enter_context(with_scopes(scopes))

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Headers of every response: caches do not keep patients' data."""
        return {"Cache-Control": "no-store"}

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return problem_response

    def options(self, _request: HttpRequest, *_args: Any, **_kwargs: Any) -> Response:  # type: ignore[override]  # positional
        """Answer with the methods of the route (`Allow`) and no body."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})
