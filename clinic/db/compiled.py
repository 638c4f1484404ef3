"""Compiled queries: a QuerySet that is compiled to SQL once and then executed with other keys.

Compiling a query takes Django longer than the database takes to answer it. This module uses private parts of Django's
ORM; clinic/tests/db/test_compiled.py compares its results with those of plain QuerySets.

    _BY_ID = CompiledQuery(lambda key: Patient.objects.filter(pk=key))
    patient = _BY_ID.first(key)
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.models.query import FlatValuesListIterable, ModelIterable, NamedValuesListIterable
from django.db.models.utils import create_namedtuple_class

Row = TypeVar("Row")

NO_KEY = UUID(int=0)
"""The key of a query that depends on none."""


class CompiledQuery(Generic[Row]):
    """A query by one key.

    `build` returns the QuerySet for a UUID; the QuerySet must depend on nothing else. It may lock rows, and may use
    `only()`, `defer()` and `values_list()`, but not `select_related()` or `prefetch_related()`.
    """

    def __init__(self, build: Callable[[UUID], models.QuerySet[Any, Row]]) -> None:
        self._build = build

    def all(self, key: UUID = NO_KEY) -> list[Row]:
        """Return the rows with this key, in the order of the QuerySet."""
        return self._statement.rows(self._statement.execute([key]))

    def first(self, key: UUID = NO_KEY) -> Row | None:
        """Return the first row with this key, or None."""
        return next(iter(self.all(key)), None)

    def refresh(self, instance: Any) -> None:
        """Reload the fields of an instance and forget its related objects; like `Model.refresh_from_db()`.

        The query must be by primary key. DoesNotExist when there is no such row.
        """
        values = self._statement.execute([instance.pk])
        if not values:
            raise instance.DoesNotExist(f"{instance._meta.verbose_name} {instance.pk} does not exist.")
        vars(instance).update(zip(self._statement.field_names, values[0], strict=True))
        instance._state.fields_cache.clear()
        vars(instance).pop("_prefetched_objects_cache", None)

    @cached_property
    def _statement(self) -> "_Statement":
        placeholder = uuid4()
        return _Statement.compile(self._build(placeholder), [placeholder])


class CompiledQueryForKeys(Generic[Row]):
    """A query by any number of keys, compiled once for each power of two of them; otherwise like CompiledQuery."""

    def __init__(self, build: Callable[[list[UUID]], models.QuerySet[Any, Row]]) -> None:
        self._build = build
        self._statements: dict[int, _Statement] = {}

    def all(self, keys: Iterable[UUID | str]) -> list[Row]:
        """Return the rows with one of these keys, in the order of the QuerySet; no keys, no query."""
        keys = list(keys)
        if not keys:
            return []
        size = 1 << (len(keys) - 1).bit_length()
        statement = self._statements.get(size)
        if statement is None:
            placeholders = [uuid4() for _ in range(size)]
            statement = self._statements[size] = _Statement.compile(self._build(placeholders), placeholders)
        return statement.rows(statement.execute(keys + keys[-1:] * (size - len(keys))))


class _Statement(NamedTuple):
    """The SQL of a query, and the way to read its rows."""

    sql: str
    parameters: list[Any]
    key_positions: list[tuple[int, int]]  # (index in `parameters`, index of the key)
    locks_rows: bool
    model: Any
    iterable_class: type
    make_tuple: Callable[[Any], Any]  # for `values_list(named=True)`
    field_names: list[str]  # of model instances; empty for `values_list()`
    converters: list[tuple[int, Callable[..., Any], Any]]

    @classmethod
    def compile(cls, queryset: models.QuerySet[Any, Any], placeholders: Sequence[UUID]) -> "_Statement":
        """Compile a QuerySet that was built with these placeholders for its keys."""
        locks_rows = queryset.query.select_for_update and connection.features.has_select_for_update
        compiler = queryset.query.get_compiler(connection=connection)
        with transaction.atomic() if locks_rows else nullcontext():  # else Django refuses to compile the lock
            sql, parameters = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select]
        key_numbers = {_as_parameter(key): number for number, key in enumerate(placeholders)}
        is_model = issubclass(queryset._iterable_class, ModelIterable)
        named_tuple: Any = create_namedtuple_class(*(getattr(queryset, "_fields", None) or ()))
        return cls(
            sql=sql,
            parameters=list(parameters),
            key_positions=[
                (position, key_numbers[value])
                for position, value in enumerate(parameters)
                if isinstance(value, (UUID, str)) and value in key_numbers
            ],
            locks_rows=bool(locks_rows),
            model=queryset.model,
            iterable_class=queryset._iterable_class,
            make_tuple=named_tuple._make,
            field_names=[column.target.attname for column in columns] if is_model else [],
            converters=[
                (position, convert, column)
                for position, (converters, column) in compiler.get_converters(columns).items()
                for convert in converters
            ],
        )

    def execute(self, keys: Sequence[UUID | str]) -> list[Any]:
        """Execute the statement with these keys and return the converted values of each row."""
        if self.locks_rows and connection.get_autocommit():
            raise transaction.TransactionManagementError("A query that locks rows needs a transaction.")
        parameters, given = self.parameters.copy(), [_as_parameter(key) for key in keys]
        for position, number in self.key_positions:
            parameters[position] = given[number]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            fetched: list[Any] = cursor.fetchall()
        if not self.converters:
            return fetched
        rows, database = [list(row) for row in fetched], connections[DEFAULT_DB_ALIAS]
        for row in rows:
            for position, convert, column in self.converters:
                row[position] = convert(row[position], column, database)
        return rows

    def rows(self, values: list[Any]) -> list[Any]:
        """Return what the QuerySet yields for these values: instances, single values or tuples."""
        if self.iterable_class is FlatValuesListIterable:
            return [value for (value,) in values]
        if self.iterable_class is NamedValuesListIterable:
            return list(map(self.make_tuple, values))
        if not self.field_names:
            return values
        return [self.model.from_db(connection.alias, self.field_names, row) for row in values]


def _as_parameter(key: UUID | str) -> Any:
    """Return a key in the form in which the database's driver takes it."""
    key = key if isinstance(key, UUID) else UUID(key)
    return key if connection.features.has_native_uuid_field else key.hex
