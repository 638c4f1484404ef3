"""Restore a backup into an empty database, or try it in a database beside the clinic's."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder

from billing.management.commands.check_books import books_outcome
from billing.models import Invoice
from billing.reports.books_check import run_books_check
from clinic.commands import ClinicCommand, Outcome
from clinic.db.backups import backups_of
from clinic.db.backups.files import BackupError, cleaned_up
from clinic.db.migration_history import MigrationHistory, read_history

APPS = ("patients", "billing")  # the records of a clinic; logins and settings alone are replaced


class Command(ClinicCommand):
    """`manage.py restore FILE [--verify] [--json]`."""

    help = (
        "Restore a backup into the database of DATABASE_URL, which must have no tables or no records; all of it or "
        "nothing. With --verify, restore it into a temporary database beside it instead, run `check_books --full` "
        "there, and delete it again; the clinic may work meanwhile."
    )

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="A backup that `manage.py backup` has written.")
        parser.add_argument("--verify", action="store_true", help="Only try the backup, in a temporary database.")

    def run(self, options: Mapping[str, Any]) -> Outcome:
        path, start = Path(options["file"]), monotonic()
        try:
            with cleaned_up():
                return self._verify(path, start) if options["verify"] else _restore(path, start)
        except BackupError as error:
            raise CommandError(str(error)) from error

    def _verify(self, path: Path, start: float) -> Outcome:
        backups = backups_of(connection)
        _check_contents(path, backups.tables(path))
        with backups.temporarily_restored(path):
            history = read_history(connection)
            try:
                result = run_books_check(full=True, record=True, progress=partial(self.progress, "Invoices"))
                checked = books_outcome(result, full=True)
            except Error as error:
                if not (history.pending or history.unknown):
                    raise
                checked = Outcome(f"The books cannot be checked before that: {error}", {"agree": None}, failed=True)
        tried = f"{path} can be restored; it took {monotonic() - start:.1f} seconds with the check."
        return replace(
            checked,
            summary="\n".join([tried, *migration_notes(history), checked.summary]),
            facts={"file": str(path), "migrations_missing": history.pending, "check_books": checked.facts},
        )


def _restore(path: Path, start: float) -> Outcome:
    backups = backups_of(connection)
    _check_contents(path, backups.tables(path))
    check_can_replace()
    backups.check(path)
    backups.restore(path)
    invoices, history, seconds = Invoice.objects.count(), read_history(connection), monotonic() - start
    done = f"{path} is restored: {invoices:,} invoices, in {seconds:.1f} seconds."
    return Outcome(
        summary="\n".join([done, *migration_notes(history), "Now run `manage.py check_books --full`."]),
        facts={
            "file": str(path),
            "invoices": invoices,
            "migrations_missing": history.pending,
            "seconds": round(seconds, 3),
        },
    )


def _check_contents(path: Path, tables: set[str]) -> None:
    """BackupError unless the tables in a backup are those of the product."""
    if not {Invoice._meta.db_table, MigrationRecorder.Migration._meta.db_table} <= tables:
        raise BackupError(f"{path} is not a backup of this product: it has no invoices.")


def check_can_replace() -> None:
    """BackupError unless the database has no tables, or only those of the product without a clinic's records."""
    tables = set(connection.introspection.table_names())
    if foreign := tables - set(connection.introspection.django_table_names()) - {"django_migrations"}:
        raise BackupError(f"The database of DATABASE_URL has tables of another program: {', '.join(sorted(foreign))}.")
    if table := next(tables_with_records(tables), None):
        raise BackupError(f"The database of DATABASE_URL has records (in {table}). Restore into an empty one.")


def tables_with_records(tables: set[str]) -> Iterator[str]:
    """Yield the names of the tables that hold records of a clinic."""
    for app in APPS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            if model._meta.db_table in tables and model._base_manager.exists():
                yield model._meta.db_table


def migration_notes(history: MigrationHistory) -> Iterator[str]:
    """Yield what to do if the database is of an older or a newer version than this program."""
    if history.pending:
        yield f"It is of an older version: run `manage.py migrate` (missing: {', '.join(history.pending)})."
    if history.unknown:
        yield "It is of a newer version of the product than this program: use that version."
