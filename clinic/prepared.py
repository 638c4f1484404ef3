"""Queries whose text is put together once: Django's ORM takes longer to spell a look-up than a database to do it.

_documents = Prepared(lambda keys: Invoice.objects.filter(pk__in=keys).values_list("pk", "version"))
for key, version in _documents.rows([...]): ...
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement; of its parameters, those that are keys by their place among these; and what makes values of rows."""

    sql: str
    parameters: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]
    apply: Callable[[list[Any]], list[Any]]

    def with_keys(self, keys: Sequence[Any]) -> list[Any]:
        filled = list(self.parameters)
        for at, number in self.places:
            filled[at] = keys[number]
        return filled


class Prepared:
    """A query by ids of records, spelled at its first use and once more for each power of two that they number.

    `make` is told ids that nobody has, and gives a query with `values_list`: nothing but the ids may vary.
    """

    def __init__(self, make: Callable[[list[UUID]], QuerySet[Any, Any]]) -> None:
        self._make = make
        self._texts: dict[tuple[str, int], _Text] = {}

    def rows(self, keys: Sequence[UUID | str]) -> list[Sequence[Any]]:
        """The rows of these ids, in the order of the query; one statement, none for no id."""
        if not keys:
            return []
        size = 1 << (len(keys) - 1).bit_length()
        text = self._texts.get((connection.vendor, size)) or self._spell(size)
        stored = [_stored(key) for key in keys]
        stored += stored[-1:] * (size - len(stored))
        with connection.cursor() as cursor:
            cursor.execute(text.sql, text.with_keys(stored))
            found = cursor.fetchall()
        return text.apply(found)

    def row(self, key: UUID | str) -> Sequence[Any] | None:
        """The first row of one id."""
        return next(iter(self.rows([key])), None)

    def _spell(self, size: int) -> _Text:
        example = [uuid4() for _ in range(size)]
        numbers = {_stored(key): number for number, key in enumerate(example)}
        compiler = self._make(example).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        text = _Text(
            sql,
            tuple(parameters),
            tuple((at, numbers[value]) for at, value in enumerate(parameters) if _is_key(value, numbers)),
            (lambda rows: list(compiler.apply_converters(rows, converters))) if converters else list,
        )
        return self._texts.setdefault((connection.vendor, size), text)


def _stored(key: UUID | str) -> Any:
    """An id as a parameter of a statement."""
    key = key if isinstance(key, UUID) else UUID(key)
    return key if connection.features.has_native_uuid_field else key.hex


def _is_key(value: Any, numbers: dict[Any, int]) -> bool:
    return isinstance(value, (UUID, str)) and value in numbers
