"""The guards as SQLite's triggers: one for each change of a table, made of the conditions in their order."""

import re

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import UniqueConstraint

from billing.models.triggers.guard import PREFIX, Change, Group, Guard, grouped, trigger_name
from billing.models.triggers.invoice_guards import INVOICE, INVOICE_GUARDS, ITEM_GUARDS
from billing.models.triggers.ledger_guards import LEDGER_GUARDS

SPELLINGS = {
    r"IS DISTINCT FROM": r"IS NOT",
    r"IS NOT DISTINCT FROM": r"IS",
    r"EARLIEST_YEAR\(([\w.]+)\)": r"CAST(strftime('%Y', \1, '-12 hours') AS INTEGER)",
    r"LATEST_YEAR\(([\w.]+)\)": r"CAST(strftime('%Y', \1, '+14 hours') AS INTEGER)",
    r"LATEST_DAY\(([\w.]+)\)": r"date(\1, '+14 hours')",
}
PRESENT = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, length(%s)) = %s"


def creating(connection: BaseDatabaseWrapper) -> list[str]:
    """The statements that make the triggers, on the tables that exist."""
    tables = set(connection.introspection.table_names())
    return [_definition(group) for group in _groups() if group[0] in tables]


def dropping(connection: BaseDatabaseWrapper) -> list[str]:
    """The statements that drop the triggers that exist."""
    return [f"DROP TRIGGER {name}" for name in present(connection)]


def expected(_: BaseDatabaseWrapper) -> dict[str, str]:
    """Each trigger's name with what the database stores of it: the statement that made it."""
    return {trigger_name(table, change): _definition((table, change, guards)) for table, change, guards in _groups()}


def present(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """The same, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, [PREFIX, PREFIX])
        return dict(cursor.fetchall())


def _groups() -> list[Group]:
    guards = [guard for guard in (*INVOICE_GUARDS, *ITEM_GUARDS, *LEDGER_GUARDS) if guard.change != Change.TRUNCATE]
    return grouped([*_against_replace(guards), *guards])


def _definition(group: Group) -> str:
    table, change, guards = group
    cases = "\n".join(
        f"    WHEN {_spelled(_condition(guard))}\n    THEN RAISE(ABORT, '{guard.message}')" for guard in guards
    )
    return (
        f"CREATE TRIGGER {trigger_name(table, change)} BEFORE {change} ON {table} FOR EACH ROW\n"
        f"BEGIN\n  SELECT CASE\n{cases}\n  END;\nEND"
    )


def _condition(guard: Guard) -> str:
    return f"{guard.when} AND ({guard.refuses})" if guard.when else guard.refuses


def _spelled(condition: str) -> str:
    for common, own in SPELLINGS.items():
        condition = re.sub(common, own, condition)
    return condition


def _against_replace(guards: list[Guard]) -> list[Guard]:
    """What `OR REPLACE` would delete without a word where a connection has not set `recursive_triggers`."""
    because = "a row is never replaced by another"
    tables = list(dict.fromkeys(guard.table for guard in guards))
    inserts = [
        Guard(table, Change.INSERT, f"EXISTS (SELECT 1 FROM {table} WHERE {_same_key(table)})", because)
        for table in tables
    ]
    moved = [Guard(table, Change.UPDATE, "NEW.rowid <> OLD.rowid", because) for table in tables]
    others = f"EXISTS (SELECT 1 FROM {INVOICE} WHERE id <> OLD.id AND ({_same_key(INVOICE)}))"
    return [*inserts, *moved, Guard(INVOICE, Change.UPDATE, others, because)]


def _same_key(table: str) -> str:
    """The condition that a row has a value of NEW's in a column, or set of columns, that is unique."""
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
