"""Through what a change came: the application and the request, beside the person whom every verb is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Source(NamedTuple):
    """The application or command line that acts, and the request's id ("" outside a request)."""

    client: str
    request_id: str


_source: ContextVar[Source] = ContextVar("clinic_audit_source", default=Source("", ""))


def source() -> Source:
    """Where the running change comes from; two empty strings when nobody said."""
    return _source.get()


@contextmanager
def acting(*, client: str, request_id: str = "") -> Iterator[None]:
    """Everything inside is done through `client`: events and ledger rows record it."""
    token = _source.set(Source(client, request_id))
    try:
        yield
    finally:
        _source.reset(token)
