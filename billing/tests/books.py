"""Books that break their invariants: checks of them, and SQL that no trigger or constraint stops."""

from contextlib import contextmanager

from django.apps import apps
from django.db import connection, transaction
from django.db.models import CheckConstraint

from billing.models import triggers
from billing.reports.books_check import run_books_check


def finding_of(name):
    """Return the finding of one invariant, by a full check."""
    return next(finding for finding in run_books_check(full=True).findings if finding.name == name)


def violated_names(*, full):
    """Return the names of the invariants in which a check finds violations."""
    return {finding.name for finding in run_books_check(full=full).violated}


@contextmanager
def unguarded_cursor():
    """A cursor whose statements no trigger, foreign key or CHECK constraint stops; they are rolled back at the end."""
    connection.check_constraints()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            triggers.drop(connection)
            cursor.execute("PRAGMA ignore_check_constraints=ON")
        else:
            for table, name in _check_constraints():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            cursor.execute("SET LOCAL session_replication_role = replica")
        try:
            yield cursor
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints=OFF")
            transaction.set_rollback(True)


def _check_constraints():
    for model in apps.get_app_config("billing").get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, CheckConstraint):
                yield model._meta.db_table, constraint.name
