"""What every view of the API does alike: who may ask, how a body is read, how is answered."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, ClassVar, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from clinic.api.auth import BearerAuthentication, IsStaff, client_of
from clinic.api.errors import problem_response
from clinic.api.lists import Listing
from clinic.api.parsers import StrictJSONParser
from clinic.api.renderers import JSONNegotiation, OrjsonRenderer
from clinic.api.serializers import StrictSerializer
from clinic.audit import acting
from clinic.middleware import request_id_of

Body = Any  # a dict, or what orjson can write


class ApiView(ViewSetMixin, APIView):
    """A view of the API: bearer token first, staff only, JSON in and out, problems for errors.

    `self.by` is the person and `self.at` the moment that every verb of the domain is told; `self.warn()` adds to the
    warnings of the answer. `read_scope` and `write_scope` name the OAuth scopes that a view is about; they bind nobody.
    """

    authentication_classes = [BearerAuthentication]
    permission_classes = [IsStaff]
    parser_classes = [StrictJSONParser]
    renderer_classes = [OrjsonRenderer]
    content_negotiation_class = JSONNegotiation
    throttle_classes = []
    metadata_class = None
    versioning_class = None
    format_kwarg = None
    read_scope: ClassVar[str] = ""
    write_scope: ClassVar[str] = ""

    at: datetime

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.warnings: list[dict[str, str]] = []
        with ExitStack() as self._while_acting:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:
        """401, then 403, then 406; from here on, changes are made through the client application."""
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self.at = timezone.now()
        source = acting(client=client_of(request), request_id=request_id_of(request._request))
        self._while_acting.enter_context(source)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """No cache keeps what is said of a patient."""
        return {"Cache-Control": "no-store"}

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return problem_response

    def options(self, _request: HttpRequest, *_args: Any, **_kwargs: Any) -> Response:  # type: ignore[override]  # positional
        """Which methods exist here: `Allow`, and no body."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    @property
    def by(self) -> User:
        """The person who asks."""
        return cast("User", self.request.user)

    def read(self, body: type[StrictSerializer], *, update: bool = False) -> dict[str, Any]:
        """The values of the request's body; an empty body is {}. Raises BadValue."""
        sent = self.request.data
        return body.read({} if isinstance(sent, QueryDict) else sent, update=update)

    def warn(self, code: str, detail: str) -> None:
        """Add to the `warnings` of this answer; for what was done all the same."""
        self.warnings.append({"code": code, "detail": detail})

    def answer(self, body: Body, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """The answer with a body, and with the warnings beside its members."""
        if self.warnings:
            body = {**body, "warnings": self.warnings}
        return Response(body, status=status, headers=headers)

    def answer_list(
        self, listing: Listing, rows: QuerySet | Sequence[Any], represent: Callable[[Any], Body]
    ) -> Response:
        """The page of a list that the query asks for, with a `Link` to the next one."""
        page = listing.page(self.request, rows)
        headers = {"Link": page.next_link} if page.next_link else {}
        return self.answer(page.envelope(map(represent, page.rows)), headers=headers)
