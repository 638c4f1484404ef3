"""Create and drop the database triggers that protect the books.

A migration runs the SQL that `migration_sql` returned when it was written; it does not call this package.
"""

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from billing.models.triggers import postgresql, sqlite
from billing.models.triggers.invoice_guards import INVOICE, ITEM
from billing.models.triggers.ledger_guards import LEDGER, SERIES
from clinic.db.sql_files import as_file, sql_file

GUARDED_TABLES = (INVOICE, ITEM, *LEDGER, SERIES)
VENDORS = {"postgresql": postgresql, "sqlite": sqlite}


def create(connection: BaseDatabaseWrapper) -> None:
    """Create every trigger, in place of those that exist.

    In one transaction: on PostgreSQL their functions take the search path that is set until it ends.
    """
    with transaction.atomic(connection.alias):
        drop(connection)
        _execute(connection, _vendor(connection).create_statements())


def drop(connection: BaseDatabaseWrapper) -> None:
    """Drop every trigger that exists, those of older versions too."""
    _execute(connection, _vendor(connection).drop_existing_statements(connection))


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that are not in the database, not enabled, or altered; sorted."""
    existing = _vendor(connection).existing(connection)
    return sorted(name for name, definition in expected(connection).items() if existing.get(name) != definition)


def expected(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return for each trigger's name what the database shows of it when it is in place."""
    definitions: dict[str, str] = _vendor(connection).expected(connection)
    return definitions


def migration_sql(number: str) -> dict[Path, str]:
    """Return the files of SQL that a migration needs, with their contents: create and drop, for each database."""
    files = {}
    for vendor, module in VENDORS.items():
        files[sql_file("billing", f"{number}_create_triggers", vendor)] = as_file(module.create_statements())
        files[sql_file("billing", f"{number}_drop_triggers", vendor)] = as_file(module.drop_statements())
    return files


def write_migration_sql(number: str) -> None:
    """Write the files of a migration that creates the triggers; `number` is that of the migration, such as "0002"."""
    for path, text in migration_sql(number).items():
        path.write_text(text, "utf-8")


def _vendor(connection: BaseDatabaseWrapper) -> ModuleType:
    return VENDORS[connection.vendor]


def _execute(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
