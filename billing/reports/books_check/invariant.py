"""Invariant: a statement that is true of consistent books, and the query that finds the rows that violate it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

Violations = Iterator[tuple[str, str]]
"""Pairs of the name of an invariant and the id or number of a row that violates it."""

CHUNK = 1000  # rows that are fetched at once


@dataclass(frozen=True, slots=True)
class Check:
    """A pass over the books that finds the violations of one or several invariants: a sentence each, by name."""

    invariants: dict[str, str]
    violations: Callable[[], Violations]


@dataclass(slots=True)
class Finding:
    """An invariant, the number of its violations, and the ids of the first of them; a count of 0: it holds."""

    name: str
    sentence: str
    ids: list[str] = field(default_factory=list)
    count: int = 0


def findings(check: Check, *, keep: int) -> list[Finding]:
    """Run a check and return its invariants, each with the first `keep` violations."""
    found = {name: Finding(name, sentence) for name, sentence in check.invariants.items()}
    for name, reported in check.violations():
        finding = found[name]
        finding.count += 1
        if len(finding.ids) < keep:
            finding.ids.append(reported)
    return list(found.values())


def invariant(name: str, sentence: str, violating: Callable[[], Iterable[str]]) -> Check:
    """Return the check of an invariant whose violations a function lists."""
    return Check({name: sentence}, lambda: ((name, reported) for reported in violating()))


def sql_invariant(name: str, sentence: str, query: str) -> Check:
    """Return the check of an invariant whose violations a query selects, by their ids."""
    return invariant(name, sentence, lambda: (format_key(key) for (key, *_) in fetch(query)))


class Violation(NamedTuple):
    """A condition of SQL that a row violates an invariant; `label` is reported before the row's id."""

    name: str
    condition: str
    label: str = ""


def sql_invariants(source: str, key: str, invariants: Iterable[tuple[str, str, str]]) -> Check:
    """Return the check of several invariants of the same rows: the name, sentence and violating condition of each.

    `source` follows FROM, `key` is the id that is reported.
    """
    listed = list(invariants)
    conditions = [Violation(name, condition) for name, _sentence, condition in listed]
    return Check(
        {name: sentence for name, sentence, _condition in listed}, lambda: violating_rows(source, key, conditions)
    )


def violating_rows(source: str, key: str, conditions: Iterable[Violation]) -> Violations:
    """Yield the rows of `source` that meet one of the conditions, read once; NULL does not meet a condition."""
    listed = list(conditions)
    columns = ", ".join(f"({each.condition})" for each in listed)
    any_of_them = " OR ".join(f"({each.condition})" for each in listed)
    for row_key, *is_violated in fetch(f"SELECT {key}, {columns} FROM {source} WHERE {any_of_them}"):
        for each, violated in zip(listed, is_violated, strict=True):
            if violated:
                yield each.name, f"{each.label}{format_key(row_key)}"


def fetch(query: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query without parameters, which select violations: in consistent books there are none.

    Not by a server-side cursor, for which PostgreSQL does not use parallel workers.
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        yield from cursor.fetchall()


def quoted(text: str) -> str:
    """Return a text as it is written between the quotation marks of SQL, in a query without parameters."""
    return text.replace("'", "''")


def format_key(key: object) -> str:
    """Return a key as people and the API write it.

    >>> format_key("0a6ccf0e3ba24b0b8b5c3c1d6a1f2e4d"), format_key(7)
    ('0a6ccf0e-3ba2-4b0b-8b5c-3c1d6a1f2e4d', '7')
    """
    if isinstance(key, str) and len(key) == 32:  # a UUID in SQLite
        return str(UUID(key))
    return str(key)
