"""Audit context of the running change: client application and request id."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class AuditContext(NamedTuple):
    """The client (an application, "admin" or a command) and the request's id; "" where there is none."""

    client: str
    request_id: str


_context: ContextVar[AuditContext] = ContextVar("clinic_audit_context", default=AuditContext("", ""))


def current_audit_context() -> AuditContext:
    """Return the context of the running change; two empty strings outside of one."""
    return _context.get()


@contextmanager
def audit_context(*, client: str, request_id: str = "") -> Iterator[None]:
    """Record `client` and `request_id` with every event and ledger row that is written inside."""
    token = _context.set(AuditContext(client, request_id))
    try:
        yield
    finally:
        _context.reset(token)
