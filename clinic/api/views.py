"""What every view of the API does alike: who may ask, how a body is read, how is answered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from clinic.api import idempotency
from clinic.api.auth.authentication import (
    ActionPermission,
    BearerAuthentication,
    client_name,
    patient_id_of,
    token_scopes,
)
from clinic.api.auth.throttles import ClientThrottle, UserThrottle
from clinic.api.lists.listing import Listing
from clinic.api.requests.parsers import StrictJSONParser, check_length
from clinic.api.requests.serializers import StrictSerializer
from clinic.api.responses.errors import problem_response
from clinic.api.responses.renderers import JSONNegotiation, OrjsonRenderer
from clinic.domain.audit import audit_context
from clinic.domain.permissions import Permission, with_scopes
from clinic.json_values import Body, as_dict
from clinic.web.request_id import get_request_id


class ApiView(ViewSetMixin, APIView):
    """A view of the API: bearer token first, then its rights, JSON in and out, problems for errors.

    `acts` says of each of its methods what it does: the scope and the permission that are needed. A method that is
    not there is closed to everybody. `self.by` is the person and `self.at` the moment that every verb of the domain is
    told; `self.warn()` adds to the warnings of the answer.
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
    acts: ClassVar[Mapping[str, Permission]] = {}
    hidden_from_patients: ClassVar[frozenset[str]] = frozenset()  # members that no patient sees

    at: datetime
    patient_id: UUID | None = None  # the patient whose login asks, and who sees what is their own; None: the clinic

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.warnings: list[dict[str, str]] = []
        with ExitStack() as self._while_acting:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:
        """401, then 403, then 406; from here on, changes are made through the client application and its scopes."""
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        check_length(request._request)
        self.at = timezone.now()
        source = audit_context(client=client_name(request), request_id=get_request_id(request._request))
        self._while_acting.enter_context(source)
        self._while_acting.enter_context(with_scopes(token_scopes(request)))
        self.patient_id = patient_id_of(self.by)

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
        """The values of the request's body; an empty body is {}. Raises InvalidValue."""
        sent = self.request.data
        return body.read({} if isinstance(sent, QueryDict) else sent, update=update)

    def once(self, act: Callable[[], Response]) -> HttpResponse:
        """What a POST or PUT does, and its answer: under an `Idempotency-Key`, once. Call it after 404, before 412."""
        return idempotency.once(self.request, act, at=self.at, headers=self._added_headers)

    def warn(self, code: str, detail: str) -> None:
        """Add to the `warnings` of this answer; for what was done all the same."""
        self.warnings.append({"code": code, "detail": detail})

    def answer(self, body: Body, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """The answer with a body, and with the warnings beside its members."""
        if self.warnings:
            body = {**as_dict(body), "warnings": self.warnings}
        return Response(body, status=status, headers=headers)

    def _added_headers(self) -> dict[str, str]:
        """The headers that a method of this view gave to its answer beside those that each one has."""
        everywhere = self.default_response_headers
        return {name: value for name, value in self.headers.items() if name not in everywhere}

    def redact_for_patient(self, body: Body) -> Body:
        """A record as it leaves, without what is internal to the clinic when a patient asks."""
        if self.patient_id is None:
            return body
        return {name: value for name, value in as_dict(body).items() if name not in self.hidden_from_patients}

    def answer_list(
        self, listing: Listing, rows: QuerySet | Sequence[Any], represent: Callable[[Sequence[Any]], Iterable[Body]]
    ) -> Response:
        """The page of a list that the query asks for, with a `Link` to those beside it."""
        page = listing.page(self.request, rows)
        headers = {"Link": page.link} if page.link else {}
        rows_out = map(self.redact_for_patient, represent(page.rows))
        return self.answer(page.envelope(rows_out), headers=headers)
