"""Connections to SQLite that are opened again after an error."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.sqlite3 import base

from clinic.db.backends.keep_error import KeepErrorMixin


class DatabaseWrapper(KeepErrorMixin, base.DatabaseWrapper):
    """A connection that is closed at the end of a request in which an error occurred.

    SQLite opens a file that it may not write to for reading only, and the connection stays so after the file or its
    disk can be written to again.
    """

    def is_usable(self) -> bool:
        """Return whether the connection works and had no error; Django asks after an error, and once a request."""
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
