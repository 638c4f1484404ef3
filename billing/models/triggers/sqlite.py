"""SQLite triggers of the guards: one for each change of a table, made of the conditions in their order."""

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import UniqueConstraint

from billing.models.triggers.guard import PREFIX, Change, Guard, GuardGroup, group_guards, trigger_name
from billing.models.triggers.invoice_guards import INVOICE, invoice_guards, item_guards
from billing.models.triggers.ledger_guards import ledger_guards
from billing.models.triggers.sql_expressions import SQLite

EXISTING_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, length(%s)) = %s"


def create_statements() -> list[str]:
    """Return the statements that create the triggers."""
    return list(_definitions().values())


def drop_statements() -> list[str]:
    """Return the statements that drop the triggers."""
    return [_drop(name) for name in _definitions()]


def drop_existing_statements(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the statements that drop the triggers that are in the database, of an older version too."""
    return [_drop(name) for name in existing(connection)]


def expected(_: BaseDatabaseWrapper) -> dict[str, str]:
    """Return for each trigger's name the statement that creates it, which SQLite stores."""
    return _definitions()


def existing(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the same of the triggers that are in the database."""
    with connection.cursor() as cursor:
        cursor.execute(EXISTING_TRIGGERS, [PREFIX, PREFIX])
        return dict(cursor.fetchall())


def _definitions() -> dict[str, str]:
    dialect = SQLite()
    guards = [*invoice_guards(dialect), *item_guards(dialect), *ledger_guards(dialect)]
    guards = [guard for guard in guards if guard.change != Change.TRUNCATE]
    groups = group_guards([*_replacement_guards(guards), *guards])
    return {trigger_name(group.table, group.change): _definition(group) for group in groups}


def _definition(group: GuardGroup) -> str:
    cases = "\n".join(
        f"    WHEN {_condition(guard)}\n    THEN RAISE(ABORT, '{guard.message}')" for guard in group.guards
    )
    name = trigger_name(group.table, group.change)
    return (
        f"CREATE TRIGGER {name} BEFORE {group.change} ON {group.table} FOR EACH ROW\n"
        f"BEGIN\n  SELECT CASE\n{cases}\n  END;\nEND"
    )


def _condition(guard: Guard) -> str:
    return f"{guard.when} AND ({guard.reject_if})" if guard.when else guard.reject_if


def _drop(name: str) -> str:
    return f"DROP TRIGGER {name}"


def _replacement_guards(guards: list[Guard]) -> list[Guard]:
    """Return guards against `INSERT OR REPLACE` and `UPDATE OR REPLACE`.

    These delete a row without its DELETE trigger where a connection has not set `recursive_triggers`.
    """
    reason = "a row is never replaced by another"
    tables = list(dict.fromkeys(guard.table for guard in guards))
    inserts = [
        Guard(table, Change.INSERT, f"EXISTS (SELECT 1 FROM {table} WHERE {_has_same_key(table)})", reason)
        for table in tables
    ]
    moved = [Guard(table, Change.UPDATE, "NEW.rowid <> OLD.rowid", reason) for table in tables]
    others = f"EXISTS (SELECT 1 FROM {INVOICE} WHERE id <> OLD.id AND ({_has_same_key(INVOICE)}))"
    return [*inserts, *moved, Guard(INVOICE, Change.UPDATE, others, reason)]


def _has_same_key(table: str) -> str:
    """Return the condition that a row has the values of NEW in a column, or set of columns, that is unique."""
    model = next(model for model in apps.get_app_config("billing").get_models() if model._meta.db_table == table)
    columns = {field.name: str(field.column) for field in model._meta.concrete_fields}
    unique = [str(field.column) for field in model._meta.concrete_fields if field.unique]
    together = [
        [columns[name] for name in constraint.fields]
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    keys: list[list[str]] = [["rowid"], *([name] for name in unique), *together]
    return " OR ".join(" AND ".join(f"{name} = NEW.{name}" for name in key) for key in keys)
