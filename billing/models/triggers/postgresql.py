"""The guards as PostgreSQL's triggers: a function each, for rows, for TRUNCATE, and for the end of a transaction."""

import re
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from billing.models.triggers.commit_guards import COMMIT_GUARDS
from billing.models.triggers.guard import PREFIX, Change, Group, Guard, grouped, trigger_name
from billing.models.triggers.invoice_guards import INVOICE_GUARDS, ITEM_GUARDS
from billing.models.triggers.ledger_guards import LEDGER_GUARDS

SPELLINGS = {
    r"EARLIEST_YEAR\(([\w.]+)\)": r"extract(year FROM \1 AT TIME ZONE 'UTC' - interval '12 hours')",
    r"LATEST_YEAR\(([\w.]+)\)": r"extract(year FROM \1 AT TIME ZONE 'UTC' + interval '14 hours')",
    r"LATEST_DAY\(([\w.]+)\)": r"CAST(\1 AT TIME ZONE 'UTC' + interval '14 hours' AS date)",
}
ANSWERS = {Change.INSERT: "NEW", Change.UPDATE: "NEW", Change.DELETE: "OLD", Change.TRUNCATE: "NULL"}
FUNCTIONS = """
    SELECT proname FROM pg_proc WHERE pronamespace = current_schema::regnamespace AND starts_with(proname, %s)
"""
PRESENT = """
    SELECT tgname,
           pg_get_triggerdef(pg_trigger.oid, true) || ' ' || tgenabled::text || ' ' || pg_get_functiondef(tgfoid)
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = current_schema::regnamespace AND starts_with(tgname, %s)
"""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger with its function, which bears its name."""

    name: str
    table: str
    timing: str
    body: str

    def statements(self, schema: str) -> list[str]:
        """What makes them. Names are looked up in `schema` first: no temporary table of that name misleads them."""
        return [self._function(schema), self._definition()]

    def stored(self, schema: str) -> str:
        """What PRESENT answers with for this trigger, in place and enabled."""
        return f"{self._definition()} O {self._function(schema)}"

    def _function(self, schema: str) -> str:
        return (
            f"CREATE OR REPLACE FUNCTION {schema}.{self.name}()\n RETURNS trigger\n LANGUAGE plpgsql\n"
            f" SET search_path TO '{schema}', 'pg_temp'\nAS $function${self.body}$function$\n"
        )

    def _definition(self) -> str:
        kind = "CONSTRAINT TRIGGER" if "DEFERRED" in self.timing else "TRIGGER"
        when, _, how = self.timing.partition(" ON ")
        return f"CREATE {kind} {self.name} {when} ON {self.table} {how} EXECUTE FUNCTION {self.name}()"


def creating(connection: BaseDatabaseWrapper) -> list[str]:
    """The statements that make the triggers, on the tables that exist."""
    schema, tables = _schema(connection), set(connection.introspection.table_names())
    return [sql for trigger in _triggers() if trigger.table in tables for sql in trigger.statements(schema)]


def dropping(connection: BaseDatabaseWrapper) -> list[str]:
    """The statements that drop the functions that exist, and with them their triggers."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS, [PREFIX])
        return [f"DROP FUNCTION {name}() CASCADE" for (name,) in cursor.fetchall()]


def expected(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Each trigger's name with what the database tells of it, and of its function, when it is in place and enabled."""
    schema = _schema(connection)
    return {trigger.name: trigger.stored(schema) for trigger in _triggers()}


def present(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """The same, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, [PREFIX])
        return dict(cursor.fetchall())


def _schema(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def _triggers() -> list[Trigger]:
    at_once = [_trigger(group) for group in grouped([*INVOICE_GUARDS, *ITEM_GUARDS, *LEDGER_GUARDS])]
    return at_once + [_at_commit(group) for group in grouped(COMMIT_GUARDS)]


def _trigger(group: Group) -> Trigger:
    table, change, _ = group
    each = "STATEMENT" if change == Change.TRUNCATE else "ROW"
    return Trigger(
        trigger_name(table, change), table, f"BEFORE {change} ON FOR EACH {each}", _body(group, ANSWERS[change])
    )


def _at_commit(group: Group) -> Trigger:
    table, change, _ = group
    timing = f"AFTER {change} ON DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    return Trigger(trigger_name(table, change, "_at_commit"), table, timing, _body(group, "NULL"))


def _body(group: Group, answer: str) -> str:
    checks = "".join(map(_check, group[2]))
    return f"\nBEGIN\n{checks}  RETURN {answer};\nEND\n"


def _check(guard: Guard) -> str:
    """What reads other rows is a query of its own even where it is not needed: so `when` stands around it."""
    refusal = f"RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '{guard.message}';"
    check = f"IF {_spelled(guard.refuses)} THEN\n    {refusal}\n  END IF;"
    return f"  IF {_spelled(guard.when)} THEN {check} END IF;\n" if guard.when else f"  {check}\n"


def _spelled(condition: str) -> str:
    for common, own in SPELLINGS.items():
        condition = re.sub(common, own, condition)
    return condition
