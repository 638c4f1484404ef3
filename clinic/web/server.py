"""Build the WSGI application: startup checks, trusted proxies, and the time limit of statements."""

import gc
import io
import logging
import sys
from typing import Any, cast

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from clinic.domain.clock import start_steady_clock

RESPONSE_GRACE = 2  # seconds

log = logging.getLogger("clinic.start")


def build_application() -> WSGIHandler:
    """Return the application after all startup checks; end the process with their messages if one fails."""
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    run_startup_checks()
    limit_waits()
    start_steady_clock()
    connection_created.connect(set_statement_timeout)
    handler = buffer_chunked_body(trust_proxy_headers(WSGIHandler()))
    gc.collect()
    gc.freeze()  # loaded modules stay for ever: without this, a full collection delays a request now and then
    return handler


def run_startup_checks() -> None:
    """Run every check. Errors end the process, warnings are logged."""
    from clinic.checks import startup_findings

    if settings.START_REFUSED:
        sys.exit(settings.START_REFUSED)
    try:
        findings = startup_findings()
    except OperationalError as error:
        sys.exit(f"The database is not responding: {error}")
    finally:
        connections.close_all()
    if serious := [str(finding) for finding in findings if finding.is_serious()]:
        sys.exit("\n".join(["The server cannot start:", *serious]))
    for finding in findings:
        log.warning("%s", finding)


def limit_waits() -> None:
    """Limit each wait for PostgreSQL to RESPONSE_GRACE seconds beyond the statement timeout, which the server keeps."""
    if connection.vendor == "postgresql" and settings.STATEMENT_TIMEOUT:
        type(connections["default"]).max_wait = settings.STATEMENT_TIMEOUT + RESPONSE_GRACE  # type: ignore[attr-defined]


def set_statement_timeout(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Limit the statements of a connection to STATEMENT_TIMEOUT, and turn off JIT, which alone takes up to a second.

    Behind a pooler, both are set on the role in the database. A receiver of `connection_created`.
    """
    if connection.vendor != "postgresql" or settings.DATABASE_POOLER:
        return
    options = {"jit": "off"}
    if settings.STATEMENT_TIMEOUT:
        options["statement_timeout"] = f"{settings.STATEMENT_TIMEOUT}s"
    with connection.cursor() as cursor:
        for name, value in options.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def trust_proxy_headers(handler: WSGIHandler) -> WSGIHandler:
    """Return a handler that takes the client's address and scheme from X-Forwarded-* of a trusted proxy."""
    if not settings.TRUSTED_PROXIES:
        return handler
    proxied: WSGIHandler = wrap_wsgi_with_proxy_headers(handler, trusted_hosts=settings.TRUSTED_PROXIES)
    return proxied


def buffer_chunked_body(handler: WSGIHandler) -> WSGIHandler:
    """Return a handler that reads a chunked body and sets its length; Django ignores a body without a length.

    Of a body beyond DATA_UPLOAD_MAX_MEMORY_SIZE one byte more is read: enough for it to be refused as too large.
    """

    def buffered(environ: dict[str, Any], start_response: Any) -> Any:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return handler(environ, start_response)

    return cast("WSGIHandler", buffered)
