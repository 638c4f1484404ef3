"""Request log: one line of JSON for each request, without data of patients.

A line has the request's id, the application, the user's id, the pattern of the route, the status, the time and the
number of statements. Paths, queries, bodies, headers and messages of exceptions are never logged: each may contain a
name.
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

from clinic.web.paths import is_admin_path
from clinic.web.request_id import get_request_id

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)|<(?:\w+:)?(\w+)>")

log = structlog.get_logger("clinic.requests")


# -- Format of a line


def redact_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and traceback: its message may quote the row of a patient."""
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = list(_exception_chain(error))
    return event


def _exception_chain(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """Yield an entry for an exception and for each of its causes, the last exception first."""
    while error is not None:
        kind = type(error)
        entry: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}"}
        state = getattr(error, "sqlstate", None)
        if state:
            entry["sqlstate"] = state
        elif isinstance(error, (OperationalError, InterfaceError)) and not getattr(error.__cause__, "sqlstate", None):
            entry["said"] = str(error)  # the driver's message about the connection
        frames = traceback.extract_tb(error.__traceback__)
        entry["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
        yield entry
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _json(event: EventDict, **_: Any) -> str:
    first = {name: event[name] for name in ("timestamp", "level", "logger", "event") if name in event}
    return orjson.dumps({**first, **event}, default=str).decode()


SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


class RequestLogEntry(dict[str, Any]):
    """A line of the request log: its members, in their order."""


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """Formatter that writes any record as one line of JSON; a RequestLogEntry without structlog's processors."""

    def format(self, record: logging.LogRecord) -> str:
        return _json(record.msg) if isinstance(record.msg, RequestLogEntry) else super().format(record)


def json_formatter() -> logging.Formatter:
    """Return the formatter of every handler."""
    return JsonFormatter(
        foreign_pre_chain=SHARED_PROCESSORS,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact_exception,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
    )


# -- One line for each request


class StatementCounter:
    """Wrapper of a database connection that counts its statements."""

    count = 0

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self.count += 1
        return execute(*statement)


class RequestLogMiddleware(RequestMiddleware):
    """Middleware that logs each request, and adds the request's id to every other line that is logged meanwhile.

    Based on django-structlog's middleware, whose own lines contain the query.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:  # under WSGI it is no coroutine
        start, statements = time.perf_counter(), StatementCounter()
        with (
            structlog.contextvars.bound_contextvars(request_id=get_request_id(request)),
            connection.execute_wrapper(statements),
        ):
            response: HttpResponse = self.get_response(request)  # type: ignore[assignment]  # the same
            ms = round((time.perf_counter() - start) * 1000, 1)
            status = response.status_code
            error = request.__dict__.pop("_raised_exception", None)
            if is_static_file(request, status):
                return response
            members = {
                "client": client_name(request),
                "user_id": user_id_of(request),
                "method": method_label(request),
                "route": route_pattern(request),
                "status": status,
                "ms": ms,
                "statements": statements.count,
            }
            level = self._log_level_for_status_code(status)
            if error:
                log.log(level, "request", **members, exc_info=error)
            else:
                _emit(level, members, request)
        return response

    def _process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Keep the exception that ends a request with a 500, for its line."""
        request._raised_exception = exception  # type: ignore[attr-defined]  # read by __call__


def _emit(level: int, members: dict[str, Any], request: HttpRequest) -> None:
    """Log the same line as `log.log`, without its processors, because there is one for each request."""
    logger = logging.getLogger("clinic.requests")
    if not logger.isEnabledFor(level):
        return
    now = datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
    head = {"timestamp": now, "level": logging.getLevelName(level).lower(), "logger": logger.name, "event": "request"}
    line = RequestLogEntry(**head, **members, request_id=get_request_id(request))
    logger.handle(logger.makeRecord(logger.name, level, "", 0, line, (), None))


def log_refused_request(request: HttpRequest, status: int) -> None:
    """Log a request that was refused before Django saw it (clinic/web/front.py)."""
    members = {"client": "", "user_id": None, "method": method_label(request), "route": "", "status": status}
    _emit(logging.WARNING, {**members, "ms": 0.0, "statements": 0}, request)


def is_static_file(request: HttpRequest, status: int) -> bool:
    """Return whether a request loads a script, style or image: a dozen lines for each page would hide the others."""
    return status < 400 and request.path_info.startswith(str(settings.STATIC_URL))


def client_name(request: HttpRequest) -> str:
    """Return the name of the token's application; "admin" for pages of the admin, "" without a token."""
    if is_admin_path(request.path_info):
        return "admin"
    application = getattr(getattr(request, "auth", None), "application", None)
    return application.name if application else ""


def user_id_of(request: HttpRequest) -> int | None:
    """Return the id of the request's user, None if the user was never looked up."""
    known = getattr(request, "_cached_user", None) or (request.user if hasattr(request, "auth") else None)
    return getattr(known, "pk", None)


def method_label(request: HttpRequest) -> str:
    """Return the method, or “OTHER” for one that HTTP does not define: the client may have made it up."""
    return request.method if request.method in METHODS else "OTHER"


def route_pattern(request: HttpRequest) -> str:
    """Return the pattern of the request's route, "" if there is none: the path itself may contain a name."""
    match = request.resolver_match
    return readable_route(match.route) if match else ""


@cache
def readable_route(route: str) -> str:
    r"""Return a pattern without the syntax of regular expressions and converters.

    >>> readable_route(r"^invoice/(?P<key>[^/]+)/write-off/?\Z")
    '/invoice/{key}/write-off'
    >>> readable_route("admin/billing/invoice/<path:object_id>/change/")
    '/admin/billing/invoice/{object_id}/change/'
    """
    named = _GROUP.sub(lambda group: "{" + (group[1] or group[2]) + "}", route)
    return "/" + named.removeprefix("^").removesuffix(r"\Z").removesuffix("$").removesuffix("/?")
