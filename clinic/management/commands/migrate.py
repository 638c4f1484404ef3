"""Django's `migrate`, which on PostgreSQL takes the locks of a migration before its first statement."""

from typing import Any

from django.core.management.commands import migrate

from clinic.db.migration_locks import LockingExecutor

migrate.MigrationExecutor = LockingExecutor  # type: ignore[attr-defined]  # Django's command has no other way to choose it


class Command(migrate.Command):
    """Django's command, which also prints when a migration waits for its locks."""

    def migration_progress_callback(self, action: str, migration: Any = None, fake: Any = False) -> None:
        """Print the progress."""
        if action != "waiting_for_locks":
            super().migration_progress_callback(action, migration, fake)
        elif self.verbosity >= 1:
            self.stdout.write(
                f"\n    {migration}: its tables are in use; it lets the requests go first and tries again."
            )
