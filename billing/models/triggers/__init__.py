"""The triggers that keep the books true even for raw SQL: one pair of functions makes and drops them all.

A migration that touches a guarded table begins with `drop` and ends with `create`: SQLite remakes a table for most
changes, and its triggers are gone afterwards, silently.
"""

from collections.abc import Iterable
from types import ModuleType

from django.db.backends.base.base import BaseDatabaseWrapper

from billing.models.triggers import postgresql, sqlite
from billing.models.triggers.invoice_guards import INVOICE_GUARDS, ITEM_GUARDS
from billing.models.triggers.ledger_guards import LEDGER_GUARDS

GUARDED_TABLES = tuple(dict.fromkeys(guard.table for guard in (*INVOICE_GUARDS, *ITEM_GUARDS, *LEDGER_GUARDS)))


def create(connection: BaseDatabaseWrapper) -> None:
    """Make every trigger anew, on those of the guarded tables that exist."""
    drop(connection)
    _execute(connection, _of(connection).creating(connection))


def drop(connection: BaseDatabaseWrapper) -> None:
    """Drop every trigger of the books, those of older versions too."""
    _execute(connection, _of(connection).dropping(connection))


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of triggers that are not in the database, not enabled, or not what they should be; sorted."""
    there = _of(connection).present(connection)
    return sorted(name for name, definition in expected(connection).items() if there.get(name) != definition)


def expected(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Every trigger's name, with what the database tells of one that is in place."""
    definitions: dict[str, str] = _of(connection).expected(connection)
    return definitions


def _of(connection: BaseDatabaseWrapper) -> ModuleType:
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]


def _execute(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
