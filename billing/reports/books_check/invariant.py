"""What an invariant is: a promise of the books, and how the rows that break it are found."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from billing.models import Invoice, InvoiceItem

Offenders = Iterator[str]


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sentence` says what is true of sound books; `offenders` answers with the id or number of all that is not."""

    name: str
    sentence: str
    offenders: Callable[[], Offenders]


@dataclass(frozen=True, slots=True)
class PerInvoice:
    """An invariant that is asked of each invoice with its items, all of them in one reading."""

    name: str
    sentence: str
    holds: Callable[[Invoice, list[InvoiceItem]], bool]


@dataclass(slots=True)
class Finding:
    """How many rows break an invariant, and which are the first of them; a count of 0: it holds."""

    name: str
    sentence: str
    ids: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, offender: str, *, keep: int) -> None:
        """Count one more, and remember it when fewer than `keep` are remembered."""
        self.count += 1
        if len(self.ids) < keep:
            self.ids.append(offender)

    @classmethod
    def of(cls, invariant: Invariant, *, keep: int) -> "Finding":
        """Look for what breaks an invariant."""
        finding = cls(invariant.name, invariant.sentence)
        for offender in invariant.offenders():
            finding.add(offender, keep=keep)
        return finding


def asked(name: str, sentence: str, query: str) -> Invariant:
    """An invariant whose offenders a query selects, by their ids."""
    return Invariant(name, sentence, lambda: selected(query))


def selected(query: str, params: Iterable[str] = ()) -> Offenders:
    """The first column of what a query selects, as text, read in portions."""
    with connection.cursor() as cursor:
        cursor.execute(query, list(params) or None)
        while rows := cursor.fetchmany(1000):
            for row in rows:
                yield told(row[0])


def told(key: object) -> str:
    """A key as people and the API write it.

    >>> told("0a6ccf0e3ba24b0b8b5c3c1d6a1f2e4d"), told(7)
    ('0a6ccf0e-3ba2-4b0b-8b5c-3c1d6a1f2e4d', '7')
    """
    if isinstance(key, str) and len(key) == 32:  # how SQLite keeps a UUID
        return str(UUID(key))
    return str(key)
