"""What every resource of the API does alike: who may ask, in which order is refused, how is answered.

    class PatientResource(Resource):
        path = "patient"
        body = PatientBody                                   # a StrictSerializer
        listing = Listing(filters=PatientFilters, ...)

        def rows(self): return Patient.objects.all()         # what this person may see
        def represent(self, patient): return {...}           # the wire
        def add(self, values): return Patient.objects.create(**values)
        def change(self, patient, values): patient.change(values, by=self.by, at=self.at)

        @verb("merge", body=MergeBody)
        def merge(self, patient, values):
            patient.merge_into(..., by=self.by, at=self.at)
            return self.represent(patient)

    urlpatterns = [*routes_of(PatientResource)]

Refusals come in the order 401, 403, 404, 412, 400, 409: the token and the role, then the object, then its version,
then the body, then the books.
"""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.errors import CODES
from clinic.api.fields import read_uuid
from clinic.api.lists import Listing
from clinic.api.preconditions import check_if_match, etag
from clinic.api.serializers import StrictSerializer
from clinic.api.views import ApiView, Body

Method = TypeVar("Method", bound=Callable[..., Any])


class Route(NamedTuple):
    """Where a method of a resource answers: `/path/{id}/verb`."""

    path: str
    method: str


class NoBody(StrictSerializer):
    """The body of a verb that is told nothing."""


def route(path: str, method: str) -> Callable[[Method], Method]:
    """Let a method `(self, request, id) -> Response` answer at `/path/{id}/verb`. Look up with `self.find(key)`,
    or `self.on_one(key, act)` for a write."""

    def marked(answering: Method) -> Method:
        answering.route = Route(path, method)  # type: ignore[attr-defined]  # read by Resource.extra_routes()
        return answering

    return marked


def verb(
    path: str, *, body: type[StrictSerializer] = NoBody, status: int = 200
) -> Callable[[Callable[[Any, Any, dict[str, Any]], Body]], Callable[..., Response]]:
    """Let `method(self, record, values) -> body of the answer` answer `POST /path/{id}/verb`.

    A verb that adds a document says `status=201` and answers with that.
    """

    def marked(method: Callable[[Any, Any, dict[str, Any]], Body]) -> Callable[..., Response]:
        @route(path, "post")
        def answering(self: "Resource", _request: Request, key: str) -> Response:
            def act(record: Any) -> Response:
                answer = method(self, record, self.read(body))
                return self.answer(answer, status=status, headers=self.tag(record) if status == 200 else None)

            return self.on_one(key, act)

        return answering

    return marked


def sublist(
    path: str, represent: Callable[[Any], Body], *, listing: Listing | None = None
) -> Callable[[Callable[[Any, Any], Any]], Callable[..., Response]]:
    """Let `method(self, record) -> rows` answer `GET /path/{id}/verb` with the envelope around `represent(row)`."""

    def marked(method: Callable[[Any, Any], Any]) -> Callable[..., Response]:
        @route(path, "get")
        def answering(self: "Resource", _request: Request, key: str) -> Response:
            return self.answer_list(listing or Listing(), method(self, self.find(key)), represent)

        return answering

    return marked


class Resource(ApiView):
    """A kind of record under `/path/`. A subclass says what is in the class attributes, `rows` and `represent`,
    and, for what can be written, `add` and `change`; without these, POST and PUT are a 405."""

    path: ClassVar[str]
    listing: ClassVar[Listing] = Listing()
    body: ClassVar[type[StrictSerializer]]

    # -- What a subclass says

    def rows(self) -> QuerySet:
        """The records that this person may see; what is not among them is a 404."""
        raise NotImplementedError

    def represent(self, record: Any) -> Body:
        """The record as it leaves."""
        raise NotImplementedError

    def add(self, values: dict[str, Any]) -> Any:
        """Make a record of the values of a POST, and return it."""
        raise NotImplementedError

    def change(self, record: Any, values: dict[str, Any]) -> Any:
        """Change a record to the values of a PUT, which holds only what was sent, and return it."""
        raise NotImplementedError

    def version(self, record: Any, /) -> str:
        """What the ETag of a record is made of: the moment of its last change; "" for one that never changes."""
        changed_at = getattr(record, "updated_at", None)
        return "" if changed_at is None else f"{changed_at:%Y%m%d%H%M%S%f}"

    def locked(self, rows: QuerySet) -> QuerySet:
        """The rows, locked for a write under If-Match. A resource that must lock something else first says so here."""
        return rows.select_for_update(of=("self",), no_key=True)

    # -- What follows from it

    def list(self, _request: Request) -> Response:
        """`GET /path/`."""
        return self.answer_list(self.listing, self.rows(), self.represent)

    def create(self, _request: Request) -> Response:
        """`POST /path/`: 201 with `Location`."""
        record = self.add(self.read(self.body))
        headers = {"Location": f"/{self.path}/{record.pk}", **self.tag(record)}
        return self.answer(self.represent(record), status=201, headers=headers)

    def retrieve(self, _request: Request, key: str) -> Response:
        """`GET /path/{id}`."""
        record = self.find(key)
        return self.answer(self.represent(record), headers=self.tag(record))

    def update(self, _request: Request, key: str) -> Response:
        """`PUT /path/{id}`: what is left out keeps its value."""

        def act(record: Any) -> Response:
            changed = self.change(record, self.read(self.body, update=True))
            return self.answer(self.represent(changed), headers=self.tag(changed))

        return self.on_one(key, act)

    def find(self, key: str, *, lock: bool = False) -> Any:
        """The record with this id among `rows()`. Raises Http404."""
        primary_key = read_uuid(key)
        rows = self.locked(self.rows()) if lock else self.rows()
        record = rows.filter(pk=primary_key).first() if primary_key else None
        if record is None:
            raise Http404(CODES["not_found"])
        return record

    def on_one(self, key: str, act: Callable[[Any], Response]) -> Response:
        """Do something to one record; under If-Match it is locked first, and its version has to be the one named.

        Without If-Match there is no transaction around: the verb brings its own.
        """
        expected = self.request.headers.get("If-Match")
        if expected is None:
            return act(self.find(key))
        with transaction.atomic():
            record = self.find(key, lock=True)
            check_if_match(expected, self.version(record))
            return act(record)

    def tag(self, record: Any) -> dict[str, str]:
        """The ETag header of a record, if it has one."""
        version = self.version(record)
        return {"ETag": etag(version)} if version else {}

    @classmethod
    def extra_routes(cls) -> dict[str, dict[str, str]]:
        """The paths behind an id, each with the method of this class that answers each HTTP method."""
        routes: dict[str, dict[str, str]] = {}
        for name in dir(cls):
            where = getattr(getattr(cls, name), "route", None)
            if isinstance(where, Route):
                routes.setdefault(where.path, {})[where.method] = name
        return routes
