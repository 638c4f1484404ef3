"""Migrations of a PostgreSQL that is in use: all locks first, in one order, or none of them.

A migration that changes triggers or columns locks each table at the statement that changes it, while requests lock the
same tables in another order: PostgreSQL ends such a deadlock by failing one of the two. Here a migration locks
everything before its first statement. If it cannot have all locks at once, it gives them up sooner than a waiting
request would look for a deadlock, and tries again.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor

from clinic.db.availability import QUERY_CANCELED

MAX_ATTEMPTS = 300
PAUSE_SECONDS = 1.0  # between two attempts, in which the requests that waited are answered


class LockingExecutor(MigrationExecutor):
    """Django's executor, which locks the tables that a migration names before it runs.

    Migrations that are not atomic take their locks themselves. A table that only a RunPython writes to is not locked.
    """

    def apply_migration(self, state: Any, migration: Migration, fake: bool = False, fake_initial: bool = False) -> Any:
        """Run a migration forwards."""
        with self._locks(migration, "apply", state, is_fake=fake):
            return super().apply_migration(state, migration, fake, fake_initial)

    def unapply_migration(self, state: Any, migration: Migration, fake: bool = False) -> Any:
        """Run a migration backwards."""
        with self._locks(migration, "unapply", state, is_fake=fake):
            return super().unapply_migration(state, migration, fake)

    @contextmanager
    def _locks(self, migration: Migration, direction: str, state: Any, *, is_fake: bool) -> Iterator[None]:
        """Run the block in a transaction that has locked the tables."""
        if self.connection.vendor != "postgresql" or not migration.atomic or is_fake:
            yield
            return
        tables = self._tables(migration, direction, state)
        for _ in range(MAX_ATTEMPTS):
            with transaction.atomic(self.connection.alias):
                if not tables or self._has_locked(tables):
                    yield
                    return
            if self.progress_callback:
                self.progress_callback("waiting_for_locks", migration)
            time.sleep(PAUSE_SECONDS)
        raise OperationalError(f"The locks of {migration} were not to be had; something uses its tables all the time.")

    def _tables(self, migration: Migration, direction: str, state: Any) -> list[str]:
        """Return the existing tables that the SQL of a migration names, sorted."""
        with self.connection.schema_editor(collect_sql=True, atomic=False) as editor:
            getattr(migration, direction)(state.clone(), editor, collect_sql=True)
        words = set(re.findall(r"\w+", "\n".join(editor.collected_sql)))
        return sorted(words.intersection(self.connection.introspection.table_names()))

    def _has_locked(self, tables: list[str]) -> bool:
        """Lock all tables of the transaction; False, without any lock, if that takes longer than allowed."""
        names = ", ".join(map(self.connection.ops.quote_name, tables))
        try:
            with transaction.atomic(self.connection.alias), self.connection.cursor() as cursor:
                cursor.execute(
                    "SELECT current_setting('statement_timeout'), set_config('statement_timeout', "
                    "(0.8 * setting::int)::int::text, true) FROM pg_settings WHERE name = 'deadlock_timeout'"
                )
                (before, _) = cursor.fetchone()
                cursor.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != QUERY_CANCELED:
                raise
            return False
        return True
