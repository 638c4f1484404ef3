"""Consistent read snapshot for all parts of a check, which no writer waits for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# For queries that join whole tables: no timeout, room for sorting, and plans that expect all rows to be read.
POSTGRESQL_SETTINGS = {"statement_timeout": "0", "work_mem": "128MB", "cursor_tuple_fraction": "1"}


@contextmanager
def snapshot() -> Iterator[None]:
    """Run the block in a transaction in which all queries see the database as it is now.

    Inside a transaction there is no snapshot of its own: that of the caller is used.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                for name, value in POSTGRESQL_SETTINGS.items():
                    cursor.execute(f"SET LOCAL {name} = '{value}'")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # `atomic` begins IMMEDIATE, which writers wait for
            try:
                yield
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
