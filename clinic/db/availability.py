"""The one place that decides which errors of the database mean that it is not available, and whether it is writable."""

import shutil
from pathlib import Path
from typing import Any, Literal

from django.db import Error, InterfaceError, OperationalError, transaction

Unavailability = Literal["statement_timeout", "unavailable"]

QUERY_CANCELED = "57014"  # STATEMENT_TIMEOUT ended the statement
# SQLSTATEs of PostgreSQL for which Django raises neither OperationalError nor InterfaceError.
OTHER_STATES = frozenset(
    {
        "25006",  # the server is read-only: a replica, or a primary that became one
        "25P03",  # the server ended the session, because its transaction did nothing for too long
        "25P04",  # likewise, because the transaction took too long
    }
)

DISK_HEADROOM = 64 * 1024 * 1024  # bytes that must be free beside a database of SQLite
READ_ONLY = "The database is read-only."


def unavailability(error: BaseException | None) -> Unavailability | None:
    """Return how the database was not available; None for errors that have another cause.

    Django raises OperationalError and InterfaceError for lost connections, servers that end or start, locks that were
    waited for too long, full disks, and files of SQLite that cannot be written to.
    """
    if not isinstance(error, Error):
        return None
    state = getattr(error.__cause__, "sqlstate", None) or ""
    if state == QUERY_CANCELED:
        return "statement_timeout"
    if isinstance(error, (OperationalError, InterfaceError)) or state in OTHER_STATES:
        return "unavailable"
    return None


def reason_not_writable(connection: Any) -> str:
    """Return a sentence that says why a write would fail now, "" if it would not.

    PostgreSQL is asked whether transactions are read-only. SQLite is asked to delete no rows; that it would have to
    wait for another writer proves the same. Raises a database error when the database does not respond.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            return "" if cursor.fetchone()[0] == "off" else READ_ONLY
    folder = Path(str(connection.settings_dict["NAME"])).parent
    if folder.is_dir() and shutil.disk_usage(folder).free < DISK_HEADROOM:
        return "The disk of the database is almost full."
    try:
        with connection.waiting_at_most(0), transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE 1 = 0")  # a lock alone is granted for a read-only file
            return ""
    except OperationalError as error:
        if "locked" in str(error):
            return ""
        if "readonly" in str(error):
            return READ_ONLY
        raise
