"""PostgreSQL triggers of the guards: a function each, for rows, for TRUNCATE, and for the end of a transaction."""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from billing.models.triggers.commit_guards import commit_guards
from billing.models.triggers.guard import PREFIX, Change, Guard, GuardGroup, group_guards, trigger_name
from billing.models.triggers.invoice_guards import invoice_guards, item_guards
from billing.models.triggers.ledger_guards import ledger_guards
from billing.models.triggers.sql_expressions import PostgreSQL

RETURNED = {Change.INSERT: "NEW", Change.UPDATE: "NEW", Change.DELETE: "OLD", Change.TRUNCATE: "NULL"}
SET_SEARCH_PATH = """\
-- Each function keeps this search path: a temporary table of the same name must not be found before the real one.
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)"""
RESET_SEARCH_PATH = "RESET search_path"
EXISTING_FUNCTIONS = """
    SELECT proname FROM pg_proc WHERE pronamespace = current_schema::regnamespace AND starts_with(proname, %s)
"""
EXISTING_TRIGGERS = """
    SELECT tgname,
           pg_get_triggerdef(pg_trigger.oid, true) || ' ' || tgenabled::text || ' ' || pg_get_functiondef(tgfoid)
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = current_schema::regnamespace AND starts_with(tgname, %s)
"""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger with its function, which has the same name."""

    name: str
    table: str
    timing: str
    level: str
    body: str

    @property
    def definition(self) -> str:
        """The statement that creates the trigger."""
        return f"CREATE {self.timing} ON {self.table} {self.level} EXECUTE FUNCTION {self.name}()"

    def function(self, name: str, search_path: str) -> str:
        """Return the statement that creates the function, in the form in which PostgreSQL shows it."""
        return (
            f"CREATE OR REPLACE FUNCTION {name}()\n RETURNS trigger\n LANGUAGE plpgsql\n"
            f" SET search_path {search_path}\nAS $function${self.body}$function$\n"
        )


def create_statements() -> list[str]:
    """Return the statements that create the triggers."""
    creating = [
        statement
        for trigger in _triggers()
        for statement in (trigger.function(trigger.name, "FROM CURRENT").rstrip(), trigger.definition)
    ]
    return [SET_SEARCH_PATH, *creating, RESET_SEARCH_PATH]


def drop_statements() -> list[str]:
    """Return the statements that drop the functions, and with them their triggers."""
    return [_drop(trigger.name) for trigger in _triggers()]


def drop_existing_statements(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the statements that drop the functions that are in the database, of an older version too."""
    with connection.cursor() as cursor:
        cursor.execute(EXISTING_FUNCTIONS, [PREFIX])
        return [_drop(name) for (name,) in cursor.fetchall()]


def expected(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return for each trigger's name its definition, "O" for enabled, and its function, as PostgreSQL shows them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
    return {
        trigger.name: f"{trigger.definition} O "
        + trigger.function(f"{schema}.{trigger.name}", f"TO '{schema}', 'pg_temp'")
        for trigger in _triggers()
    }


def existing(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the same of the triggers that are in the database."""
    with connection.cursor() as cursor:
        cursor.execute(EXISTING_TRIGGERS, [PREFIX])
        return dict(cursor.fetchall())


def _triggers() -> list[Trigger]:
    dialect = PostgreSQL()
    guards = [*invoice_guards(dialect), *item_guards(dialect), *ledger_guards(dialect)]
    immediate = [_immediate_trigger(group) for group in group_guards(guards)]
    return immediate + [_deferred_trigger(group) for group in group_guards(commit_guards())]


def _immediate_trigger(group: GuardGroup) -> Trigger:
    return Trigger(
        name=trigger_name(group.table, group.change),
        table=group.table,
        timing=f"TRIGGER {trigger_name(group.table, group.change)} BEFORE {group.change}",
        level="FOR EACH STATEMENT" if group.change == Change.TRUNCATE else "FOR EACH ROW",
        body=_body(group, RETURNED[group.change]),
    )


def _deferred_trigger(group: GuardGroup) -> Trigger:
    name = trigger_name(group.table, group.change, "_at_commit")
    return Trigger(
        name=name,
        table=group.table,
        timing=f"CONSTRAINT TRIGGER {name} AFTER {group.change}",
        level="DEFERRABLE INITIALLY DEFERRED FOR EACH ROW",
        body=_body(group, "NULL"),
    )


def _body(group: GuardGroup, returned: str) -> str:
    checks = "".join(_check(guard) for guard in group.guards)
    return f"\nBEGIN\n{checks}  RETURN {returned};\nEND\n"


def _check(guard: Guard) -> str:
    """Return the IF of a guard.

    `when` has an IF of its own around the other: in one expression, PostgreSQL would plan and run the query over other
    rows even where `when` is false.
    """
    error = f"RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '{guard.message}';"
    check = f"IF {guard.reject_if} THEN\n    {error}\n  END IF;"
    return f"  IF {guard.when} THEN {check} END IF;\n" if guard.when else f"  {check}\n"


def _drop(name: str) -> str:
    return f"DROP FUNCTION {name}() CASCADE"
