"""Guard: a declarative rule compiled to a trigger, a change of a table that the database rejects."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

PREFIX = "books_"


class Change(StrEnum):
    """A statement that changes a table."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    TRUNCATE = "TRUNCATE"


@dataclass(frozen=True, slots=True)
class Guard:
    """A change of `table` fails with `reason` if `reject_if`, a condition over OLD and NEW, is true.

    If `when` is given, `reject_if` is evaluated only where `when` is true: a `when` over OLD and NEW alone saves
    reading other rows.
    """

    table: str
    change: Change
    reject_if: str
    reason: str
    when: str = ""

    @property
    def message(self) -> str:
        """The text of the error: the reason, and the table."""
        return f"{self.reason} ({self.table})"


@dataclass(frozen=True, slots=True)
class GuardGroup:
    """The guards of one change of one table, in their order: together they become one trigger."""

    table: str
    change: Change
    guards: tuple[Guard, ...]


def group_guards(guards: Iterable[Guard]) -> list[GuardGroup]:
    """Return the guards grouped by table and change, each group in the order given."""
    order = list(Change)
    ordered = sorted(guards, key=lambda guard: (guard.table, order.index(guard.change)))
    by_change = groupby(ordered, key=lambda guard: (guard.table, guard.change))
    return [GuardGroup(table, change, tuple(members)) for (table, change), members in by_change]


def trigger_name(table: str, change: Change, suffix: str = "") -> str:
    """Return the name of the trigger for a change of a table.

    >>> trigger_name("billing_invoice", Change.UPDATE)
    'books_invoice_update'
    """
    return f"{PREFIX}{table.removeprefix('billing_')}_{change.lower()}{suffix}"
