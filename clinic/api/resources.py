"""What every resource of the API does alike: who may ask, in which order is refused, how is answered.

    class PatientResource(Resource):
        path = "patient"
        read_permission = READ_PATIENTS                      # scope and permission
        add_permission = ADD_PATIENT
        change_permission = CHANGE_PATIENT
        body = PatientBody                                   # a StrictSerializer
        listing = Listing(filters=PatientFilters, ...)

        def get_queryset(self): return Patient.objects.all()         # what the clinic sees
        def get_patient_queryset(self, patient_id): return ... # what a patient sees
        def represent(self, patient): return {...}           # the wire
        def add(self, values): return Patient.objects.create(**values)
        def change(self, patient, values): patient.change(values, by=self.by, at=self.at)

        @verb("merge", MERGE_PATIENTS, body=MergeBody)
        def merge(self, patient, values):
            patient.merge_into(..., by=self.by, at=self.at)
            return self.represent(patient)

    urlpatterns = [*resource_urls(PatientResource)]

Refusals come in the order 401, 403, 404, 412, 400, 409: the token and the role, then the object, then its version,
then the body, then the books. Between 404 and 412, a request with a known `Idempotency-Key` is answered.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.idempotency import MalformedKey, is_keyed
from clinic.api.lists.listing import Listing
from clinic.api.preconditions import check_if_match, etag
from clinic.api.requests.fields import parse_uuid
from clinic.api.requests.serializers import StrictSerializer
from clinic.api.responses.errors import CODES
from clinic.api.schema.operation_docs import OperationDocs
from clinic.api.views import ApiView
from clinic.db.transactions import request_transaction
from clinic.domain.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from clinic.domain.permissions import Permission
from clinic.json_values import Body

Method = TypeVar("Method", bound=Callable[..., Any])


class OperationSpec(NamedTuple):
    """What the schema is told of a verb or a sublist: its body or its listing, its status, and the shape answered."""

    body: type[StrictSerializer] | None
    listing: Listing | None
    status: int
    shape: type | None


class Route(NamedTuple):
    """Where a method of a resource answers: `/path/{id}/verb`."""

    path: str
    method: str
    act: Permission


class NoBody(StrictSerializer):
    """The body of a verb that is told nothing."""


def route(path: str, method: str, does: Permission) -> Callable[[Method], Method]:
    """Let a method `(self, request, id) -> Response` answer at `/path/{id}/verb`. Look up with `self.find(key)`,
    or `self.on_one(key, act)` for a write: that honours If-Match and Idempotency-Key."""

    def marked(answering: Method) -> Method:
        answering.route = Route(path, method, does)  # type: ignore[attr-defined]  # read by Resource.extra_routes()
        return answering

    return marked


def verb(
    path: str,
    does: Permission,
    *,
    body: type[StrictSerializer] = NoBody,
    status: int = 200,
    shape: type | None = None,
    lock_first: bool = False,
) -> Callable[[Callable[[Any, Any, dict[str, Any]], Body]], Callable[..., HttpResponse]]:
    """Let `method(self, record, values) -> body of the answer` answer `POST /path/{id}/verb`.

    A verb that adds a document says `status=201` and answers with that; `shape` declares it where it is not the
    resource's own. With `lock_first` the record is locked before anything else, and read once (`get_locked`).
    """

    def marked(method: Callable[[Any, Any, dict[str, Any]], Body]) -> Callable[..., HttpResponse]:
        @route(path, "post", does)
        def answering(self: "Resource", _request: Request, key: str) -> HttpResponse:
            def act(record: Any) -> Response:
                answer = method(self, record, self.read(body))
                return self.answer(answer, status=status, headers=self.etag_header(record) if status == 200 else None)

            return self.on_one(key, act, lock_first=lock_first)

        return _with_spec(answering, method, OperationSpec(body, None, status, shape))

    return marked


def _with_spec(answering: Method, method: Callable[..., Any], spec: OperationSpec) -> Method:
    answering.__name__, answering.__doc__ = method.__name__, method.__doc__
    answering.operation_spec = spec  # type: ignore[attr-defined]  # read by clinic.api.schema
    return answering


def sublist(
    path: str, does: Permission, represent: Callable[[Any], Body], *, shape: type, listing: Listing | None = None
) -> Callable[[Callable[[Any, Any], Any]], Callable[..., Response]]:
    """Let `method(self, record) -> rows` answer `GET /path/{id}/verb` with the envelope around `represent(row)`."""

    def marked(method: Callable[[Any, Any], Any]) -> Callable[..., Response]:
        @route(path, "get", does)
        def answering(self: "Resource", _request: Request, key: str) -> Response:
            rows = method(self, self.find(key))
            return self.answer_list(listing or Listing(), rows, lambda page: map(represent, page))

        return _with_spec(answering, method, OperationSpec(None, listing or Listing(), 200, shape))

    return marked


class Resource(ApiView):
    """A kind of record under `/path/`. A subclass says what is in the class attributes, `rows` and `represent`,
    and, for what can be written, `add` and `change`; without these, POST and PUT are a 405."""

    path: ClassVar[str]
    read_permission: ClassVar[Permission]
    add_permission: ClassVar[Permission]
    change_permission: ClassVar[Permission]
    listing: ClassVar[Listing] = Listing()
    patient_listing: ClassVar[Listing | None] = None  # a patient's, where it differs
    body: ClassVar[type[StrictSerializer]]
    lock_first: ClassVar[bool] = False  # whether a PUT locks the record before anything else

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        names = {
            "list": "read_permission",
            "retrieve": "read_permission",
            "create": "add_permission",
            "update": "change_permission",
        }
        contract = {action: getattr(cls, name) for action, name in names.items() if hasattr(cls, name)}
        cls.acts = contract | {name: route.act for name, route in cls._routes()}

    shape: ClassVar[type]
    operation_docs: ClassVar[OperationDocs] = {}
    error_codes: ClassVar[Mapping[str, str]] = {}  # of values, beside those of clinic.api.responses.codes

    # -- What a subclass says

    def get_queryset(self) -> QuerySet:
        """The records that the clinic sees; what is not among them is a 404."""
        raise NotImplementedError("A subclass says which records there are.")

    def get_patient_queryset(self, _patient_id: UUID, /) -> QuerySet:
        """Return the records of `get_queryset()` that the patient's login sees: none, unless overridden."""
        return self.get_queryset().none()

    def represent(self, record: Any) -> Body:
        """The record as it leaves."""
        raise NotImplementedError("A subclass says how a record leaves.")

    def represent_all(self, records: Sequence[Any]) -> Iterable[Body]:
        """The records of a page as they leave."""
        return map(self.represent, records)

    def add(self, values: dict[str, Any]) -> Any:
        """Make a record of the values of a POST, and return it."""
        raise NotImplementedError("A subclass that takes a POST says what it makes of it.")

    def change(self, record: Any, values: dict[str, Any]) -> Any:
        """Change a record to the values of a PUT, which holds only what was sent, and return it."""
        raise NotImplementedError("A subclass that takes a PUT says what it changes.")

    def version(self, record: Any, /) -> str:
        """What the ETag of a record is made of: the moment of its last change; "" for one that never changes."""
        changed_at = getattr(record, "updated_at", None)
        return "" if changed_at is None else f"{changed_at:%Y%m%d%H%M%S%f}"

    # -- What follows from it

    def list(self, _request: Request) -> Response:
        """`GET /path/`."""
        listing = self.listing if self.patient_id is None else self.patient_listing or self.listing
        return self.answer_list(listing, self.visible(), self.represent_all)

    def create(self, _request: Request) -> HttpResponse:
        """`POST /path/`: 201 with `Location`."""

        def act() -> Response:
            record = self.add(self.read(self.body))
            headers = {"Location": f"/{self.path}/{record.pk}", **self.etag_header(record)}
            return self.answer(self.represent(record), status=201, headers=headers)

        return self.once(act)

    def retrieve(self, _request: Request, key: str) -> Response:
        """`GET /path/{id}`."""
        record = self.find(key)
        return self.answer(self.redact_for_patient(self.represent(record)), headers=self.etag_header(record))

    def update(self, _request: Request, key: str) -> HttpResponse:
        """`PUT /path/{id}`: what is left out keeps its value."""

        def act(record: Any) -> Response:
            changed = self.change(record, self.read(self.body, update=True))
            return self.answer(self.represent(changed), headers=self.etag_header(changed))

        return self.on_one(key, act, lock_first=self.lock_first)

    def visible(self) -> QuerySet:
        """The records that this person may see."""
        return self.get_queryset() if self.patient_id is None else self.get_patient_queryset(self.patient_id)

    def find(self, key: str, *, lock: bool = False) -> Any:
        """The record with this id among `visible()`. Raises Http404."""
        return self._get_by(key, lambda primary_key: self.get_visible(primary_key, lock=lock))

    def get_visible(self, key: UUID, /, *, lock: bool) -> Any:
        """The record with this id among `visible()`, None when there is none. What else must be locked, a resource
        locks here before it."""
        rows = self.visible().filter(pk=key).order_by()
        return next(iter(rows.select_for_update(of=("self",), no_key=True) if lock else rows), None)

    def get_locked(self, _key: UUID, /) -> Any:
        """As `get_visible`, whole and locked before all else: for verbs, or a PUT, with `lock_first`."""
        raise NotImplementedError("A subclass says how a record is locked.")

    def _get_by(self, key: str, get: Callable[[UUID], Any]) -> Any:
        primary_key = parse_uuid(key)
        record = get(primary_key) if primary_key else None
        if record is None:
            raise Http404(CODES["not_found"])
        return record

    def on_one(self, key: str, act: Callable[[Any], Response], *, lock_first: bool = False) -> HttpResponse:
        """Do something to one record; under If-Match it is locked first, and its version has to be the one named.

        Without If-Match and Idempotency-Key there is no transaction around, unless `lock_first`: the
        verb brings its own.
        """
        expected = self.request.headers.get("If-Match")
        if expected is None and lock_first and self.patient_id is None:
            return self._on_locked(key, act)
        if expected is None:
            record = self.find(key)
            return self.once(lambda: act(record))
        if is_keyed(self.request):
            self.find(key)  # a 404 comes before a replay

        def act_on_version() -> Response:
            with request_transaction():
                record = self.find(key, lock=True)
                check_if_match(expected, self.version(record))
                return act(record)

        return self.once(act_on_version)

    def _on_locked(self, key: str, act: Callable[[Any], Response]) -> HttpResponse:
        def act_on_locked() -> Response:
            with request_transaction():
                return act(self._get_by(key, self.get_locked))

        try:
            return self.once(act_on_locked)
        except (IdempotencyKeyInFlight, IdempotencyKeyReused, MalformedKey):
            self.find(key)  # a 404 comes before what is wrong with the key
            raise

    def etag_header(self, record: Any) -> dict[str, str]:
        """The ETag header of a record, if it has one."""
        version = self.version(record)
        return {"ETag": etag(version)} if version else {}

    @classmethod
    def extra_routes(cls) -> dict[str, dict[str, str]]:
        """The paths behind an id, each with the method of this class that answers each HTTP method."""
        routes: dict[str, dict[str, str]] = {}
        for name, where in cls._routes():
            routes.setdefault(where.path, {})[where.method] = name
        return routes

    @classmethod
    def _routes(cls) -> "Iterator[tuple[str, Route]]":
        """The methods that answer behind an id, each with where."""
        found = ((name, getattr(getattr(cls, name, None), "route", None)) for name in dir(cls))
        yield from ((name, where) for name, where in found if isinstance(where, Route))
