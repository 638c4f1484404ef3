"""What an invariant is: a promise of the books, and how the rows that break it are found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import connection

from billing.models import Invoice, InvoiceItem

Offenders = Iterator[str]
PORTION = 1000
BATCH = 500
Row = TypeVar("Row")


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


@dataclass(frozen=True, slots=True)
class Part:
    """Invariants that one reading of the books answers together; `findings(keep)`, in the order of `names`.

    Those that take long are begun first, so that several readers are done at about the same time.
    """

    names: tuple[str, ...]
    findings: Callable[[int], Iterable[Finding]]
    takes_long: bool = False

    @classmethod
    def of(cls, invariant: Invariant) -> "Part":
        """One that is asked by itself."""
        return cls((invariant.name,), lambda keep: [Finding.of(invariant, keep=keep)])


class Broken(NamedTuple):
    """What breaks an invariant, as a condition of SQL on the rows of a reading; NULL breaks nothing.

    `label` is told before the id.
    """

    name: str
    condition: str
    label: str = ""


def counted(source: str, key: str, conditions: Sequence[Broken], findings: dict[str, Finding], *, keep: int) -> None:
    """Add to the findings what breaks each of the conditions, in one statement where nothing does.

    `source` is what follows FROM, `key` the id that is told. No more than `keep` rows of each are read.
    """
    counts = ", ".join(f"COUNT(CASE WHEN {each.condition} THEN 1 END)" for each in conditions)
    broken = " OR ".join(f"({each.condition})" for each in conditions)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts} FROM {source} WHERE {broken}")
        row = cursor.fetchone()
    for each, count in zip(conditions, row, strict=True):
        if not count:
            continue
        finding = findings[each.name]
        left = max(0, keep - len(finding.ids))
        query = f"SELECT {key} FROM {source} WHERE {each.condition} ORDER BY {key} LIMIT {left}"
        finding.ids += [f"{each.label}{offender}" for offender in selected(query)]
        finding.count += int(count)


def together(source: str, key: str, invariants: Sequence[tuple[str, str, str]]) -> Part:
    """Invariants of the same rows: each its name, its sentence, and the condition of what breaks it."""
    conditions = [Broken(name, condition) for name, _, condition in invariants]

    def findings(keep: int) -> Iterable[Finding]:
        found = {name: Finding(name, sentence) for name, sentence, _ in invariants}
        counted(source, key, conditions, found, keep=keep)
        return found.values()

    return Part(tuple(name for name, _, _ in invariants), findings)


def asked(name: str, sentence: str, query: str) -> Invariant:
    """An invariant whose offenders a query selects, by their ids."""
    return Invariant(name, sentence, lambda: selected(query))


def selected(query: str) -> Offenders:
    """The first column of what a query selects, as text, read in portions."""
    return (told(row[0]) for row in streamed(query))


def streamed(query: str) -> Iterator[tuple[Any, ...]]:
    """The rows that a query selects, read in portions: never all of them in memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(PORTION):
            yield from rows


def batched(rows: Iterable[Row], size: int = BATCH) -> Iterator[list[Row]]:
    """The rows in lists of that many; the last may be shorter.

    >>> list(batched("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


def quoted(text: str) -> str:
    """A text as it stands between the quotation marks of SQL, in a statement without parameters."""
    return text.replace("'", "''")


def told(key: object) -> str:
    """A key as people and the API write it.

    >>> told("0a6ccf0e3ba24b0b8b5c3c1d6a1f2e4d"), told(7)
    ('0a6ccf0e-3ba2-4b0b-8b5c-3c1d6a1f2e4d', '7')
    """
    if isinstance(key, str) and len(key) == 32:  # how SQLite keeps a UUID
        return str(UUID(key))
    return str(key)
