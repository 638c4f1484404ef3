"""Through what a change came, beside the person whom every verb is told; and whether it moved money."""

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


class MoneyWatch:
    """What happened while somebody watched: whether a row of the ledger was written."""

    moved = False


_watch: ContextVar[MoneyWatch | None] = ContextVar("clinic_audit_money", default=None)


@contextmanager
def watching_money() -> Iterator[MoneyWatch]:
    """Gives what tells, at the end, whether money was moved inside."""
    watch = MoneyWatch()
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


def money_moves() -> None:
    """Say that a row of the ledger is written."""
    if (watch := _watch.get()) is not None:
        watch.moved = True
