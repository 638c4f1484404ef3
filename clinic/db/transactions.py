"""What is done with a connection to the database: transactions, locks, moments, plans, and what tells a change."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache, wraps
from itertools import count
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Told = ParamSpec("Told")
Done = TypeVar("Done")

_whole: ContextVar[object | None] = ContextVar("clinic_whole", default=None)


@contextmanager
def as_a_whole() -> Iterator[None]:
    """A transaction of which nothing is kept when anything in it fails, as a request is: no verb needs a savepoint."""
    if _whole.get() is not None:
        yield
        return
    with transaction.atomic():
        token = _whole.set(object())
        try:
            yield
        finally:
            _whole.reset(token)


def whole() -> object | None:
    """What stands for the transaction `as_a_whole()` that is running; None when there is none."""
    return _whole.get()


def atomic(verb: Callable[Told, Done]) -> Callable[Told, Done]:
    """All of a verb, or nothing: `transaction.atomic`, but without a savepoint in what is done as a whole."""

    @wraps(verb)
    def run(*args: Told.args, **kwargs: Told.kwargs) -> Done:
        with transaction.atomic(savepoint=_whole.get() is None):
            return verb(*args, **kwargs)

    return run


def one_at_a_time(act: str) -> None:
    """Let transactions that do the same rare thing wait for each other, before their first lock of a row.

    For an act whose rows are known only after others have finished it. SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(0, hashtext(%s))", [act])


def mark_of(here: Any) -> Hashable | None:
    """What stays equal on a connection for exactly as long as nothing is stored in its database by anybody.

    None inside a transaction, which sees besides what it stored itself. PostgreSQL: which transactions are seen
    (pg_current_snapshot); each that ends changes that. SQLite: what others stored (PRAGMA data_version), what this
    connection stored (total_changes), and which connection it is, since both are counted for each alone.
    """
    if here.in_atomic_block:
        return None
    with here.cursor() as cursor:
        if here.vendor == "postgresql":
            cursor.execute("SELECT pg_current_snapshot()::text")
            return str(cursor.fetchone()[0])
        cursor.execute("PRAGMA data_version")
        by_others = cursor.fetchone()[0]
    return here.number, by_others, here.connection.total_changes


_numbers = count(1)


def number_connections(connection: Any, **_: object) -> None:
    """Give each connection that is opened a number of its own, for `mark_of`."""
    connection.number = next(_numbers)


def read_moments_quickly(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Have PostgreSQL's moments, which are in UTC here, read in a third of the time that Django's own reader takes."""
    if connection.vendor == "postgresql" and connection.timezone is UTC:
        connection.connection.adapters.register_loader("timestamptz", _reader_of_moments())


@cache
def _reader_of_moments() -> Any:
    from psycopg.adapt import Loader

    class MomentReader(Loader):
        timezone = UTC  # where Django looks whether it has to register its own

        def load(self, data: Any) -> datetime:
            return datetime.fromisoformat(bytes(data).decode())

    return MomentReader


@contextmanager
def planned_anew() -> Iterator[None]:
    """Inside, PostgreSQL plans each statement for the values that it comes with.

    The plan of a prepared statement is the same for all of them: right for most statements, and a thousand times too
    slow for a look at which rows have a word, since one word is in none of them and another one in all.
    """
    connection.ensure_connection()
    threshold = getattr(connection.connection, "prepare_threshold", None)
    if threshold is None:
        yield
        return
    connection.connection.prepare_threshold = None
    try:
        yield
    finally:
        connection.connection.prepare_threshold = threshold
