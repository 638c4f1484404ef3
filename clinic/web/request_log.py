"""What the log says: one line of JSON a request, and nothing that tells of a patient.

A line names the request by its id, the application, the person by their number, the route by its pattern, and what it
cost. Paths, queries, bodies, headers and the words of an exception are never in it: each of them may hold a name.
"""

import logging
import re
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from structlog.types import EventDict, WrappedLogger

from clinic.web.request_id import get_request_id

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)|<(?:\w+:)?(\w+)>")

log = structlog.get_logger("clinic.requests")


# -- How a line is written


def redact_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Where an exception came from, and of which kind: its words may quote a row, and a row is a patient's."""
    raised = event.pop("exc_info", None)
    if isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        event["exception"] = list(_exception_chain(raised))
    return event


def _exception_chain(raised: BaseException | None) -> Iterator[dict[str, Any]]:
    """The exception, and what it came from, the last one first."""
    while raised is not None:
        kind = type(raised)
        told: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}"}
        state = getattr(raised, "sqlstate", None)
        if state:
            told["sqlstate"] = state
        elif isinstance(raised, (OperationalError, InterfaceError)) and not getattr(raised.__cause__, "sqlstate", None):
            told["said"] = str(raised)  # by the driver, of the connection
        frames = traceback.extract_tb(raised.__traceback__)
        told["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
        yield told
        raised = raised.__cause__ or (None if raised.__suppress_context__ else raised.__context__)


def _json(event: EventDict, **_: Any) -> str:
    first = {name: event[name] for name in ("timestamp", "level", "logger", "event") if name in event}
    return orjson.dumps({**first, **event}, default=str).decode()


BEFORE: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *BEFORE,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


class RequestLogEntry(dict[str, Any]):
    """What a line says, whole, in its order."""


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """Writes a record as one line of JSON, whoever logged it; a Line by the shortest way."""

    def format(self, record: logging.LogRecord) -> str:
        return _json(record.msg) if isinstance(record.msg, RequestLogEntry) else super().format(record)


def json_formatter() -> logging.Formatter:
    """The formatter of every handler."""
    return JsonFormatter(
        foreign_pre_chain=BEFORE,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact_exception,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
    )


# -- One line a request


class StatementCounter:
    """Counts what the database was asked."""

    count = 0

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self.count += 1
        return execute(*statement)


class RequestLogMiddleware(RequestMiddleware):
    """django-structlog's middleware, which binds the request's id for every line that is logged meanwhile; what it
    says of a request itself is replaced, since it would quote the query."""

    def __call__(self, request: HttpRequest) -> HttpResponse:  # under WSGI it is no coroutine
        began, statements = time.perf_counter(), StatementCounter()
        with (
            structlog.contextvars.bound_contextvars(request_id=get_request_id(request)),
            connection.execute_wrapper(statements),
        ):
            response: HttpResponse = self.get_response(request)  # type: ignore[assignment]  # the same
            ms = round((time.perf_counter() - began) * 1000, 1)
            status = response.status_code
            raised = request.__dict__.pop("_raised_exception", None)
            if is_static_file(request, status):
                return response
            told = {
                "client": client_name(request),
                "user_id": user_id_of(request),
                "method": method_label(request),
                "route": route_pattern(request),
                "status": status,
                "ms": ms,
                "statements": statements.count,
            }
            level = self._log_level_for_status_code(status)
            if raised:
                log.log(level, "request", **told, exc_info=raised)
            else:
                _emit(level, told, request)
        return response

    def _process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Keep what ended a request with a 500, for its line."""
        request._raised_exception = exception  # type: ignore[attr-defined]  # read by __call__


def _emit(level: int, told: dict[str, Any], request: HttpRequest) -> None:
    """What `log.log` says, without its chain of processors: there is such a line for each request."""
    logger = logging.getLogger("clinic.requests")
    if not logger.isEnabledFor(level):
        return
    now = datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
    head = {"timestamp": now, "level": logging.getLevelName(level).lower(), "logger": logger.name, "event": "request"}
    line = RequestLogEntry(**head, **told, request_id=get_request_id(request))
    logger.handle(logger.makeRecord(logger.name, level, "", 0, line, (), None))


def is_static_file(request: HttpRequest, status: int) -> bool:
    """Whether it is a script, style or picture of a page: a dozen lines a click would hide the others."""
    return status < 400 and request.path_info.startswith(str(settings.STATIC_URL))


def client_name(request: HttpRequest) -> str:
    """The application whose token came with a request; "admin" for its pages, "" for nobody's."""
    if request.path_info.startswith("/admin/"):
        return "admin"
    application = getattr(getattr(request, "auth", None), "application", None)
    return application.name if application else ""


def user_id_of(request: HttpRequest) -> int | None:
    """The number of the person who asked, None while nobody has looked who it is."""
    known = getattr(request, "_cached_user", None) or (request.user if hasattr(request, "auth") else None)
    return getattr(known, "pk", None)


def method_label(request: HttpRequest) -> str:
    """The method, or “OTHER” for one that HTTP does not know: it is a word of the client's."""
    return request.method if request.method in METHODS else "OTHER"


def route_pattern(request: HttpRequest) -> str:
    """The pattern of the address, "" for one that does not exist: its words may be anybody's."""
    match = request.resolver_match
    return readable_route(match.route) if match else ""


@cache
def readable_route(route: str) -> str:
    r"""A pattern as people write it.

    >>> readable_route(r"^invoice/(?P<key>[^/]+)/write-off/?\Z")
    '/invoice/{key}/write-off'
    >>> readable_route("admin/billing/invoice/<path:object_id>/change/")
    '/admin/billing/invoice/{object_id}/change/'
    """
    named = _GROUP.sub(lambda group: "{" + (group[1] or group[2]) + "}", route)
    return "/" + named.removeprefix("^").removesuffix(r"\Z").removesuffix("$").removesuffix("/?")
