"""Transactions of a request, advisory locks, and a token that tells whether the database has changed."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from itertools import count
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

_request_transaction: ContextVar[object | None] = ContextVar("clinic_request_transaction", default=None)
_in_operation: ContextVar[bool] = ContextVar("clinic_in_operation", default=False)


@contextmanager
def request_transaction() -> Iterator[None]:
    """Run a request in one transaction that is rolled back as a whole: no operation inside needs a savepoint.

    Inside another `request_transaction()` it does nothing.
    """
    if _request_transaction.get() is not None:
        yield
        return
    with transaction.atomic():
        token = _request_transaction.set(object())
        try:
            yield
        finally:
            _request_transaction.reset(token)


def current_request_transaction() -> object | None:
    """Return an object that stands for the running `request_transaction()`, None outside of one."""
    return _request_transaction.get()


def atomic(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate an operation with `transaction.atomic`.

    There is no savepoint inside `request_transaction()`, nor inside another operation: an error ends all of it.
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        is_outermost = _request_transaction.get() is None and not _in_operation.get()
        token = _in_operation.set(True)
        try:
            with transaction.atomic(savepoint=is_outermost):
                return function(*args, **kwargs)
        finally:
            _in_operation.reset(token)

    return wrapper


def advisory_lock(name: str) -> None:
    """Lock a name until the transaction ends: other transactions that lock it wait.

    For rare operations whose rows are known only after others have finished; take it before the first lock of a row.
    SQLite has one writer at a time and needs no such lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(0, hashtext(%s))", [name])


def change_token(connection: Any) -> Hashable | None:
    """Return a value that stays equal until anybody stores something in the connection's database.

    None inside a transaction, which also sees what it stored itself. PostgreSQL: the visible transactions
    (pg_current_snapshot), which change with each that ends. SQLite: changes by others (PRAGMA data_version), changes
    by this connection (total_changes), and the connection's id, since both are counted for each connection.
    """
    if connection.in_atomic_block:
        return None
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_current_snapshot()::text")
            return str(cursor.fetchone()[0])
        cursor.execute("PRAGMA data_version")
        by_others = cursor.fetchone()[0]
    return connection.clinic_connection_id, by_others, connection.connection.total_changes


_connection_ids = count(1)


def assign_connection_id(connection: Any, **_: object) -> None:
    """Give each new connection its own number, for `change_token`. A receiver of `connection_created`."""
    connection.clinic_connection_id = next(_connection_ids)
