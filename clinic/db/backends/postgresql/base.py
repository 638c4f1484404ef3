"""Connections to PostgreSQL that wait a limited time for the server, and that leave one that cannot be written to.

`statement_timeout` is kept by the server: one that is frozen, or cut off by the network, keeps nothing, and the kernel
of a frozen one acknowledges what is sent to it (so `tcp_user_timeout` does not help).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import psycopg
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg.errors import _WaitTimeout

from clinic.db.backends.keep_error import KeepErrorMixin


class Connection(psycopg.Connection[Any]):
    """A connection of psycopg that is closed when the server does not respond within the wrapper's `max_wait`."""

    wrapper: "DatabaseWrapper"

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server; OperationalError if it takes too long."""
        try:
            return super().wait(gen, interval, timeout or self.wrapper.shorter_wait or self.wrapper.max_wait)
        except _WaitTimeout:
            self.wrapper.has_given_up = self.wrapper.max_wait is not None
            self.close()
            raise


class DatabaseWrapper(KeepErrorMixin, base.DatabaseWrapper):
    """Django's connection, which waits at most `max_wait` seconds for each answer; None is no limit.

    In the processes of the server, which set it for all connections, a request waits once: after such a wait, or when
    no connection could be made, its further statements are refused.
    """

    max_wait: ClassVar[float | None] = None
    shorter_wait: float | None = None  # inside `waiting_at_most()`
    has_given_up = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Return a new connection; the options `isolation_level` and `pool` of Django's backend are not supported."""
        if self.has_given_up:
            raise psycopg.OperationalError("The database did not respond earlier in this request.")
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self.has_given_up = self.max_wait is not None
        connection = Connection.connect(**conn_params)
        connection.wrapper = self
        self.has_given_up = False
        return connection

    def close_if_unusable_or_obsolete(self) -> None:
        """Close the connection if it does not work; called at the start and the end of each request."""
        super().close_if_unusable_or_obsolete()
        self.has_given_up = False

    def is_usable(self) -> bool:
        """Return whether the server responds and, unless this is the replica for reads, can be written to.

        Django asks after an error, and before the first statement of a request of the admin. A primary that became a
        replica is left, so that a URL with several hosts leads to the new primary.
        """
        if self.connection is None:
            return False
        try:
            with self.waiting_at_most(2), self.connection.cursor() as cursor:
                cursor.execute("SHOW transaction_read_only")
                return self.alias != DEFAULT_DB_ALIAS or cursor.fetchone() == ("off",)
        except psycopg.Error:
            return False

    @contextmanager
    def waiting_at_most(self, seconds: float) -> Iterator[None]:
        """Limit each wait of the block to so many seconds."""
        before, self.shorter_wait = self.shorter_wait, seconds
        try:
            yield
        finally:
            self.shorter_wait = before
