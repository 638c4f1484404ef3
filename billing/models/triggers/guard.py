"""What a guard is: a change of a table that the database itself refuses, whoever asks for it.

A condition is written once, in SQL that both databases read. What they spell differently has a name here:
`IS [NOT] DISTINCT FROM` compares as if NULL were a value; EARLIEST_YEAR, LATEST_YEAR and LATEST_DAY tell in which
years, and until which day, a moment may lie at a clinic, wherever on earth its zone is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

PREFIX = "books_"


class Change(StrEnum):
    """What a statement does to a table."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    TRUNCATE = "TRUNCATE"


@dataclass(frozen=True, slots=True)
class Guard:
    """`refuses` is the condition, over OLD and NEW, under which the change fails with `because`.

    `when` is what must be true as well, and is asked first: said of OLD and NEW alone, it spares reading other rows.
    """

    table: str
    change: Change
    refuses: str
    because: str
    when: str = ""

    @property
    def message(self) -> str:
        """The sentence, with the table that it is about."""
        return f"{self.because} ({self.table})"


Group = tuple[str, Change, list[Guard]]


def grouped(guards: Iterable[Guard]) -> list[Group]:
    """The guards of one change of one table together, in the order given: what becomes one trigger."""
    order = list(Change)
    ordered = sorted(guards, key=lambda guard: (guard.table, order.index(guard.change)))
    by_change = groupby(ordered, key=lambda guard: (guard.table, guard.change))
    return [(table, change, list(members)) for (table, change), members in by_change]


def trigger_name(table: str, change: Change, suffix: str = "") -> str:
    """The name of a trigger.

    >>> trigger_name("billing_invoice", Change.UPDATE)
    'books_invoice_update'
    """
    return f"{PREFIX}{table.removeprefix('billing_')}_{change.lower()}{suffix}"


def differs(*columns: str) -> str:
    """The condition that one of the columns is about to change.

    >>> differs("id", "currency")
    '(NEW.id IS DISTINCT FROM OLD.id OR NEW.currency IS DISTINCT FROM OLD.currency)'
    """
    return "(" + " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns) + ")"


def one_of(names: Iterable[str]) -> str:
    """The names as SQL lists them.

    >>> one_of(["PAID", "VOID"])
    "('PAID', 'VOID')"
    """
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


def sum_of(column: str, table: str, condition: str) -> str:
    """What a column adds up to; 0 without a row."""
    return f"COALESCE((SELECT SUM({column}) FROM {table} WHERE {condition}), 0)"


def is_last_number(number: str, document: str, moment: str) -> str:
    """The condition that a number is the one its series counted last, in the year of that moment."""
    spelled = (
        f"'{document}-' || series.year || '-' || CASE WHEN series.last_number < 1000000 "
        "THEN substr(CAST(series.last_number + 1000000 AS text), 2) ELSE CAST(series.last_number AS text) END"
    )
    return (
        f"EXISTS (SELECT 1 FROM billing_numberseries series WHERE series.document = '{document}' "
        f"AND series.year BETWEEN EARLIEST_YEAR({moment}) AND LATEST_YEAR({moment}) AND {number} = {spelled})"
    )


def is_closed(moment: str) -> str:
    """The condition that the books are closed for a moment's day."""
    return f"LATEST_DAY({moment}) <= (SELECT MAX(closed_through) FROM billing_booksclosing)"
