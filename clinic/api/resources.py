"""Base resource: routes, permissions, locking, and responses of one kind of record.

    class PatientResource(Resource):
        path = "patient"
        model = Patient
        read_permission = READ_PATIENTS                      # scope and permission
        add_permission = ADD_PATIENT
        change_permission = CHANGE_PATIENT
        body = PatientBody                                   # a StrictSerializer
        listing = Listing(filters=PatientFilters, ...)

        def get_patient_queryset(self, patient_id): return ...      # for a patient's login
        def represent(self, patient): return {...}                  # by default, what the shape names
        def add(self, values): return Patient.objects.create(**values)
        def change(self, patient, values): patient.change(values, by=self.by, at=self.at)

        @verb("merge", MERGE_PATIENTS, body=MergeBody)
        def merge(self, patient, values):
            patient.merge_into(..., by=self.by, at=self.at)
            return self.represent(patient)

    urlpatterns = [*resource_urls(PatientResource)]

Errors come in the order 401, 403, 404, 412, 400, 409: token and permission, then the object, its version, the body, and
the rules. Between 404 and 412, a request with a known `Idempotency-Key` is answered.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.idempotency import MalformedKey, has_key, run_once
from clinic.api.lists.listing import Listing
from clinic.api.operation_docs import OperationDocs
from clinic.api.preconditions import check_if_match, has_read
from clinic.api.requests.fields import parse_uuid
from clinic.api.requests.serializers import ReadBody, StrictSerializer
from clinic.api.responses.error_details import MAX_ERRORS, invalid_value
from clinic.api.responses.representation import represent
from clinic.api.views import ApiView
from clinic.db.replica import read_from_replica
from clinic.db.transactions import request_transaction
from clinic.domain.errors import FieldError, IdempotencyKeyInFlight, IdempotencyKeyReused, InvalidValue
from clinic.domain.permissions import Permission
from clinic.json_values import Body, as_dict

Method = TypeVar("Method", bound=Callable[..., Any])


class OperationSpec(NamedTuple):
    """Body or listing, success status, and response shape of a verb or a sublist; for the schema."""

    body: type[StrictSerializer] | None
    listing: Listing | None
    status: int
    shape: type | None


class Route(NamedTuple):
    """Path behind `/path/{id}/`, HTTP method and permission of a method of a resource."""

    path: str
    method: str
    permission: Permission


class NoBody(StrictSerializer):
    """The body of a verb without values."""


def verb(
    path: str,
    permission: Permission,
    *,
    body: type[StrictSerializer] = NoBody,
    status: int = 200,
    shape: type | None = None,
    lock_first: bool = False,
) -> Callable[[Callable[[Any, Any, dict[str, Any]], Body]], Callable[..., HttpResponse]]:
    """Decorate a method `(self, record, values) -> response body` to handle `POST /path/{id}/verb`.

    A verb that adds a document has `status=201` and returns that; `shape` is its response where it is not the
    resource's. With `lock_first` the record is locked before anything else, and read once (`get_locked`).
    """

    def decorate(method: Callable[[Any, Any, dict[str, Any]], Body]) -> Callable[..., HttpResponse]:
        def handle(self: "Resource", _request: Request, key: str) -> HttpResponse:
            def act(record: Any) -> Response:
                answer = method(self, record, self.parse_body(body))
                return self.build_response(
                    answer, status=status, headers=self.etag_header(record) if status == 200 else None
                )

            return self.act_on(key, act, lock_first=lock_first)

        return _as_handler(handle, method, Route(path, "post", permission), OperationSpec(body, None, status, shape))

    return decorate


def sublist(
    path: str, permission: Permission, represent: Callable[[Any], Body], *, shape: type, listing: Listing | None = None
) -> Callable[[Callable[[Any, Any], Any]], Callable[..., Response]]:
    """Decorate a method `(self, record) -> rows` to handle `GET /path/{id}/verb` with a list of `represent(row)`."""
    listing = listing or Listing()

    def decorate(method: Callable[[Any, Any], Any]) -> Callable[..., Response]:
        def handle(self: "Resource", _request: Request, key: str) -> Response:
            rows = method(self, self.get_object(key))
            return self.build_list_response(listing, rows, lambda page: map(represent, page))

        return _as_handler(handle, method, Route(path, "get", permission), OperationSpec(None, listing, 200, shape))

    return decorate


def _as_handler(handler: Method, method: Callable[..., Any], route: Route, spec: OperationSpec) -> Method:
    handler.__name__, handler.__doc__ = method.__name__, method.__doc__
    handler.route = route  # type: ignore[attr-defined]  # read by Resource.extra_routes()
    handler.operation_spec = spec  # type: ignore[attr-defined]  # read by clinic.api.schema
    return handler


class Resource(ApiView):
    """The records under `/path/`.

    A subclass defines the class attributes, `get_queryset` and `represent`, and, for records that can be written, `add`
    and `change`; without these, POST, PUT and PATCH are a 405.
    """

    path: ClassVar[str]
    model: ClassVar[type[Model]]
    read_permission: ClassVar[Permission]
    add_permission: ClassVar[Permission]
    change_permission: ClassVar[Permission]
    body: ClassVar[type[StrictSerializer]]
    shape: ClassVar[type]
    listing: ClassVar[Listing] = Listing()
    patient_listing: ClassVar[Listing | None] = None  # for a patient's login, where it differs
    hidden_from_patients: ClassVar[frozenset[str]] = frozenset()  # members of a record
    lock_first: ClassVar[bool] = False  # whether a PUT or PATCH locks the record before anything else
    operation_docs: ClassVar[OperationDocs] = {}
    read_body: ReadBody | None = None
    error_codes: ClassVar[Mapping[str, str]] = {}  # of values, beside those of clinic.api.responses.error_codes

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        names = {
            "list": "read_permission",
            "retrieve": "read_permission",
            "create": "add_permission",
            "update": "change_permission",
            "partial_update": "change_permission",
        }
        cls.action_permissions = {
            **{action: getattr(cls, name) for action, name in names.items() if hasattr(cls, name)},
            **{name: route.permission for name, route in cls._routes()},
        }

    # -- For subclasses

    def get_queryset(self) -> QuerySet:
        """Return the records that staff see; any other is a 404."""
        return self.model._default_manager.all()

    def get_patient_queryset(self, _patient_id: UUID, /) -> QuerySet:
        """Return the records of `get_queryset()` that the patient's login sees: none, unless overridden."""
        return self.get_queryset().none()

    def represent(self, record: Any) -> Body:
        """Return the response body of a record: what its shape names."""
        return represent(record, self.shape)

    def represent_all(self, records: Sequence[Any]) -> Iterable[Body]:
        """Return the response bodies of a page of records."""
        return map(self.represent, records)

    def add(self, values: dict[str, Any]) -> Any:
        """Create a record from the values of a POST, and return it."""
        raise NotImplementedError("A subclass that supports POST creates the record.")

    def change(self, record: Any, values: dict[str, Any]) -> Any:
        """Change a record to the values of a PUT or PATCH, which has only what was sent, and return it."""
        raise NotImplementedError("A subclass that supports PUT and PATCH changes the record.")

    def version(self, record: Any, /) -> str:
        """Return the version for the ETag, here the time of the last change; an empty string: no ETag."""
        changed_at = getattr(record, "updated_at", None)
        return "" if changed_at is None else f"{changed_at:%Y%m%d%H%M%S%f}"

    def shows_its_version(self, _record: Any, /) -> bool:
        """Return whether a record is represented as when it got its version; if not, a GET is never a 304."""
        return True

    def get_visible(self, key: UUID, /, *, lock: bool) -> Any:
        """Return the record with this id among the visible ones, or None.

        With `lock` it is locked, after whatever else the resource has to lock first.
        """
        rows = self.get_visible_queryset().filter(pk=key).order_by()
        return next(iter(rows.select_for_update(of=("self",), no_key=True) if lock else rows), None)

    def get_locked(self, _key: UUID, /) -> Any:
        """Return the whole record, locked before anything else, or None; for verbs and changes with `lock_first`."""
        raise NotImplementedError("A subclass with lock_first locks the record.")

    # -- Handlers

    def list(self, _request: Request) -> Response:
        """`GET /path/`."""
        listing = self.listing if self.patient_id is None else self.patient_listing or self.listing
        return read_from_replica(
            lambda: self.build_list_response(listing, self.get_visible_queryset(), self.represent_all)
        )

    def create(self, _request: Request) -> HttpResponse:
        """`POST /path/`: 201 with `Location`."""

        def act() -> Response:
            record = self.add(self.parse_body(self.body))
            headers = {"Location": f"/{self.path}/{record.pk}", **self.etag_header(record)}
            return self.build_response(self.represent(record), status=201, headers=headers)

        return self._run_once(act)

    def retrieve(self, _request: Request, key: str) -> Response:
        """`GET /path/{id}`; 304 for who has read this version (If-None-Match)."""
        record = self.get_object(key)
        if has_read(self.request.headers.get("If-None-Match"), self.version(record)) and self.shows_its_version(record):
            return Response(status=304, headers=self.etag_header(record))
        return self.build_response(self.redact_for_patient(self.represent(record)), headers=self.etag_header(record))

    def update(self, _request: Request, key: str) -> HttpResponse:
        """`PUT /path/{id}`; omitted values are kept."""
        return self._change(key, is_partial=False)

    def partial_update(self, _request: Request, key: str) -> HttpResponse:
        """`PATCH /path/{id}`; the same as PUT, but no value has to be sent."""
        return self._change(key, is_partial=True)

    def _change(self, key: str, *, is_partial: bool) -> HttpResponse:
        def act(record: Any) -> Response:
            changed = self.change(record, self.parse_body(self.body, update=True, is_partial=is_partial))
            return self.build_response(self.represent(changed), headers=self.etag_header(changed))

        return self.act_on(key, act, lock_first=self.lock_first)

    # -- Records

    def get_visible_queryset(self) -> QuerySet:
        """Return the records that the user may see."""
        return self.get_queryset() if self.patient_id is None else self.get_patient_queryset(self.patient_id)

    def get_object(self, key: str, *, lock: bool = False) -> Any:
        """Return the visible record with this id. Raises Http404."""
        return self._get_by(key, lambda primary_key: self.get_visible(primary_key, lock=lock))

    def _get_by(self, key: str, get: Callable[[UUID], Any]) -> Any:
        primary_key = parse_uuid(key)
        record = get(primary_key) if primary_key else None
        if record is None:
            raise Http404
        return record

    def act_on(self, key: str, act: Callable[[Any], Response], *, lock_first: bool = False) -> HttpResponse:
        """Change one record; with If-Match it is locked first, and its version has to match.

        Without If-Match, Idempotency-Key and `lock_first` there is no transaction here: the operation has its own.
        """
        expected = self.request.headers.get("If-Match")
        if expected is None and lock_first and self.patient_id is None:
            return self._act_on_locked(key, act)
        if expected is None:
            record = self.get_object(key)
            return self._run_once(lambda: act(record))
        if has_key(self.request):
            self.get_object(key)  # a 404 comes before a replay

        def act_on_version() -> Response:
            with request_transaction():
                record = self.get_object(key, lock=True)
                check_if_match(expected, self.version(record))
                return act(record)

        return self._run_once(act_on_version)

    def _act_on_locked(self, key: str, act: Callable[[Any], Response]) -> HttpResponse:
        def act_on_locked() -> Response:
            with request_transaction():
                return act(self._get_by(key, self.get_locked))

        try:
            return self._run_once(act_on_locked)
        except (IdempotencyKeyInFlight, IdempotencyKeyReused, MalformedKey):
            self.get_object(key)  # a 404 comes before an error of the key
            raise

    def _run_once(self, act: Callable[[], Response]) -> HttpResponse:
        """Carry out a POST, PUT or PATCH, once for each `Idempotency-Key`."""
        return run_once(self.request, act, at=self.at, headers=self._added_headers)

    # -- Bodies and responses

    def parse_body(
        self, body: type[StrictSerializer], *, update: bool = False, is_partial: bool = False
    ) -> dict[str, Any]:
        """Return the values of the request's body; an empty body is {}. Raises InvalidValue."""
        sent = self.request.data
        self.read_body = body.read({} if isinstance(sent, QueryDict) else sent, update=update, is_partial=is_partial)
        if self.read_body.errors:
            raise invalid_value(self.read_body.errors)
        return dict(self.read_body.values)

    def find_errors(self, _body: ReadBody, /) -> Iterable[FieldError]:
        """Yield what the rules find wrong with the values of a body that are sound, ids of unknown records among it.

        Called once a body is refused, so that all of its errors are in one answer.
        """
        return ()

    def handle_exception(self, exc: Exception) -> Response:
        """Return the response for an exception; the refusal of a body has all errors that can be found in it."""
        if isinstance(exc, InvalidValue) and exc.errors and self.read_body is not None:
            known = {error.pointer for error in exc.errors}
            if further := [error for error in self.find_errors(self.read_body) if error.pointer not in known]:
                exc = invalid_value([*exc.errors, *further][:MAX_ERRORS])
        return super().handle_exception(exc)

    def warn(self, code: str, detail: str) -> None:
        """Add to the `warnings` of the response, about something that was done nevertheless."""
        self.warnings.append({"code": code, "detail": detail})

    def build_response(self, body: Body, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """Return the response with a body, and with the warnings beside its members."""
        if self.warnings:
            body = {**as_dict(body), "warnings": self.warnings}
        return Response(body, status=status, headers=headers)

    def build_list_response(
        self, listing: Listing, rows: QuerySet | Sequence[Any], represent: Callable[[Sequence[Any]], Iterable[Body]]
    ) -> Response:
        """Return the page of a list that the query asks for, with links to other pages."""
        page = listing.page(self.request, rows)
        headers = {"Link": page.link} if page.link else {}
        bodies = map(self.redact_for_patient, represent(page.rows))
        return self.build_response(page.envelope(bodies), headers=headers)

    def redact_for_patient(self, body: Body) -> Body:
        """Return the body of a record, for a patient's login without the members that are internal to the clinic."""
        if self.patient_id is None:
            return body
        return {name: value for name, value in as_dict(body).items() if name not in self.hidden_from_patients}

    def etag_header(self, record: Any) -> dict[str, str]:
        """Return the ETag header of a record, if it has a version."""
        version = self.version(record)
        return {"ETag": f'"{version}"'} if version else {}

    def _added_headers(self) -> dict[str, str]:
        """Return the headers that a method set on this view, without those of every response."""
        common = self.default_response_headers
        return {name: value for name, value in self.headers.items() if name not in common}

    # -- Routes behind an id

    @classmethod
    def extra_routes(cls) -> dict[str, dict[str, str]]:
        """Return the paths behind an id, each with the name of the handler of each HTTP method."""
        routes: dict[str, dict[str, str]] = {}
        for name, route in cls._routes():
            routes.setdefault(route.path, {})[route.method] = name
        return routes

    @classmethod
    def _routes(cls) -> "Iterator[tuple[str, Route]]":
        """Yield the handlers of verbs and sublists: name and route."""
        found = ((name, getattr(getattr(cls, name, None), "route", None)) for name in dir(cls))
        yield from ((name, route) for name, route in found if isinstance(route, Route))
