"""What a server must be sure of before it lets anyone in, and whom it believes about who comes."""

import gc
import io
import logging
import sys
from typing import Any, cast

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

log = logging.getLogger("clinic.start")


def build_application() -> WSGIHandler:
    """The application, once every check was passed; else the process ends with the sentences that say why."""
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    run_startup_checks()
    connection_created.connect(set_statement_timeout)
    handler = buffer_chunked_body(trust_proxy_headers(WSGIHandler()))
    gc.collect()
    gc.freeze()  # what was loaded stays: else a request now and then waits while all of it is looked through
    return handler


def run_startup_checks() -> None:
    """Run every check; a serious finding ends the process, a warning is logged."""
    from clinic.checks import startup_findings

    if settings.START_REFUSED:
        sys.exit(settings.START_REFUSED)
    try:
        findings = startup_findings()
    except OperationalError as error:
        sys.exit(f"The database does not answer: {error}")
    finally:
        connections.close_all()
    if serious := [str(finding) for finding in findings if finding.is_serious()]:
        sys.exit("\n".join(["The server does not start:", *serious]))
    for finding in findings:
        log.warning("%s", finding)


def set_statement_timeout(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Give up a request's statement after STATEMENT_TIMEOUT, and never compile one: that alone takes up to a second.

    Behind a pooler, the database's role says both.
    """
    if connection.vendor != "postgresql" or settings.DATABASE_POOLER:
        return
    wanted = {"jit": "off"}
    if settings.STATEMENT_TIMEOUT:
        wanted["statement_timeout"] = f"{settings.STATEMENT_TIMEOUT}s"
    with connection.cursor() as cursor:
        for name, value in wanted.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def trust_proxy_headers(handler: WSGIHandler) -> WSGIHandler:
    """A handler that takes client address and scheme from X-Forwarded-*, when a trusted proxy sent them."""
    if not settings.TRUSTED_PROXIES:
        return handler
    proxied: WSGIHandler = wrap_wsgi_with_proxy_headers(handler, trusted_hosts=settings.TRUSTED_PROXIES)
    return proxied


def buffer_chunked_body(handler: WSGIHandler) -> WSGIHandler:
    """A handler that is told how long a chunked body is; Django takes one without a length for empty.

    Of a body beyond DATA_UPLOAD_MAX_MEMORY_SIZE one byte more is read: enough for it to be refused as too large.
    """

    def measured(environ: dict[str, Any], start_response: Any) -> Any:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return handler(environ, start_response)

    return cast("WSGIHandler", measured)
