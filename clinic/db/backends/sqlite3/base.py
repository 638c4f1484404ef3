"""Connections to SQLite that are opened again after an error."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is closed at the end of a request in which an error occurred.

    SQLite opens a file that it may not write to for reading only, and the connection stays so after the file or its
    disk can be written to again.
    """

    def rollback(self) -> None:
        """Roll back; unlike Django, still check the connection at the end of the request if an error occurred."""
        errors_occurred = self.errors_occurred
        super().rollback()
        self.errors_occurred = errors_occurred

    def is_usable(self) -> bool:
        """Return False: Django asks after an error, and before the first statement of a request (SELECT 1 is quick)."""
        return not self.errors_occurred and super().is_usable()

    @contextmanager
    def waiting_at_most(self, seconds: float) -> Iterator[None]:
        """Limit each wait for the lock of another writer to so many seconds."""
        with self.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
            try:
                yield
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {self.settings_dict['OPTIONS']['timeout'] * 1000}")
