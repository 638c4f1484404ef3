"""How the books of one moment are read: all parts of a check see the same, and no writer waits for them."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection, transaction

from billing.reports.books_check.invariant import Finding, Part

READERS = 2  # on PostgreSQL, which reads on as many processors
# Whole tables are grouped and joined; every reader has a processor of its own; all of what a cursor finds is read.
FOR_LONG_STATEMENTS = {
    "statement_timeout": "0",
    "work_mem": "128MB",
    "max_parallel_workers_per_gather": "0",
    "cursor_tuple_fraction": "1",
}


def read(parts: Iterable[Part], *, keep: int) -> Iterator[Finding]:
    """What the parts find, in their order, as it becomes known."""
    if connection.in_atomic_block:
        for part in parts:
            yield from part.findings(keep)
    elif connection.vendor == "postgresql":
        yield from _read_at_once(parts, keep=keep)
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # `atomic` would begin IMMEDIATE, which holds writers up
            try:
                for part in parts:
                    yield from part.findings(keep)
            finally:
                cursor.execute("ROLLBACK")


def _read_at_once(parts: Iterable[Part], *, keep: int) -> Iterator[Finding]:
    in_order = list(parts)
    with _view(), connection.cursor() as cursor, ThreadPoolExecutor(READERS) as readers:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        try:
            to_begin = sorted(in_order, key=lambda part: not part.takes_long)
            begun = {part.names: readers.submit(_read_in, snapshot, keep, part) for part in to_begin}
            for part in in_order:
                yield from begun[part.names].result()
        finally:
            readers.shutdown(cancel_futures=True)


def _read_in(snapshot: str, keep: int, part: Part) -> list[Finding]:
    """What a part finds, in a thread with a connection of its own."""
    try:
        with _view(snapshot):
            return list(part.findings(keep))
    finally:
        connection.close()


@contextmanager
def _view(snapshot: str = "") -> Iterator[None]:
    """A transaction that sees one moment: now, or that of a snapshot."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if snapshot:
                cursor.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            for name, value in FOR_LONG_STATEMENTS.items():
                cursor.execute(f"SET LOCAL {name} = '{value}'")
        yield
