"""Statements that are spelled once: to put one together takes Django's ORM longer than the database to run it.

Rows are written column by column as they are in memory; several at once, on PostgreSQL, as one value of JSON. They are
read by the ids of records, by queries of the ORM of which the text is kept.

    _BY_ID = Spelled(lambda key: Patient.objects.filter(pk=key))
    patient = _BY_ID.first(key)
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import cache, cached_property, lru_cache
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import orjson
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, models, transaction
from django.db.models.query import FlatValuesListIterable, ModelIterable, NamedValuesListIterable
from django.db.models.utils import create_namedtuple_class

Row = TypeVar("Row")
Made = TypeVar("Made", bound=models.Model)


# -- Writing


def make(model: type[Made], **said: Any) -> Made:
    """A new row, as the model itself makes it, in a third of the time; what refers to other rows is said by record
    (which is kept) or by id. TypeError for what the model has not."""
    values, drawn, references = _unsaid(model)
    values = values | {name: draw() for name, draw in drawn if name not in said}
    kept: dict[str, Any] = {}
    for name, value in said.items():
        if name in references:
            kept[name], values[references[name]] = value, value and value.pk
        elif name in values:
            values[name] = value
        else:
            raise TypeError(f"{model.__name__} has no {name}.")
    row = model(*values.values())
    row._state.fields_cache.update(kept)
    return row


def insert(row: models.Model) -> None:
    """Insert a row. A key that the database draws is not read back."""
    insert_all([row])


def insert_all(rows: Sequence[models.Model]) -> None:
    """Insert rows of one kind by one statement, or by few where the database takes no more values at once."""
    if not rows:
        return
    here, columns = connections[DEFAULT_DB_ALIAS], _inserted(type(rows[0]))
    with here.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(_inserting(type(rows[0]), 1), _values(rows[0], columns))
        elif here.vendor == "postgresql":
            cursor.execute(_inserting_json(type(rows[0])), [_json(rows, columns)])
        else:
            at_once = here.ops.bulk_batch_size([column.name for column in columns], rows)
            for some in (rows[begin : begin + at_once] for begin in range(0, len(rows), at_once)):
                values = [value for row in some for value in _values(row, columns)]
                cursor.execute(_inserting(type(rows[0]), len(some)), values)
    for row in rows:
        row._state.adding, row._state.db = False, here.alias


def update(row: models.Model, names: Iterable[str]) -> None:
    """Store these fields of a row that is there; likewise spelled once for the same fields."""
    update_all([row], names)


def update_all(rows: Sequence[models.Model], names: Iterable[str]) -> None:
    """Store these fields of rows of one kind that are there, by one statement."""
    if not rows:
        return
    model, columns = type(rows[0]), _updated(type(rows[0]), frozenset(names))
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(_updating(model, columns), _values(rows[0], columns))
        elif connection.vendor == "postgresql":
            cursor.execute(_updating_from_json(model, columns), [_json(rows, columns)])
        else:
            cursor.executemany(_updating(model, columns), [_values(row, columns) for row in rows])
        if cursor.rowcount != len(rows):
            raise DatabaseError("A row that was to be updated is not there.")


@cache
def _unsaid(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]], dict[str, str]]:
    """What a new row has where nothing is said, in the order of the columns; what is drawn anew for each row; and the
    column of each reference."""
    fields = model._meta.concrete_fields
    drawn = [(field.attname, field.get_default) for field in fields if callable(field.default)]
    values = {field.attname: None if callable(field.default) else field.get_default() for field in fields}
    return values, drawn, {field.name: field.attname for field in fields if field.is_relation}


class _Column(NamedTuple):
    """A column of a row that is written. Values of the `plain` type go to the database as they are."""

    name: str
    plain: type | None
    field: Any

    @classmethod
    def of(cls, field: Any) -> "_Column":
        """Of a field; none here fills itself when it is saved (`auto_now`)."""
        stored = getattr(field, "target_field", field)
        if isinstance(stored, (models.CharField, models.TextField)):
            return cls(field.attname, str, field)
        is_native = isinstance(stored, models.UUIDField) and connection.features.has_native_uuid_field
        return cls(field.attname, UUID if is_native else None, field)


_Columns = tuple[_Column, ...]


def _values(row: models.Model, columns: _Columns) -> list[Any]:
    """The values of the columns, as the database takes them."""
    here = connections[DEFAULT_DB_ALIAS]
    read = ((getattr(row, name), plain, field) for name, plain, field in columns)
    return [
        value if value is None or type(value) is plain else field.get_db_prep_save(value, here)
        for value, plain, field in read
    ]


def _json(rows: Iterable[models.Model], columns: _Columns) -> str:
    """The rows as one value: psycopg takes as long for each value as for this one."""
    names = [column.field.column for column in columns]
    told = [dict(zip(names, _values(row, columns), strict=True)) for row in rows]
    return orjson.dumps(told, default=lambda value: value.obj).decode()  # a column of JSON has its value wrapped


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _named(columns: _Columns, template: str = "{}") -> str:
    """The columns, as a statement lists them."""
    return ", ".join(template.format(connection.ops.quote_name(column.field.column)) for column in columns)


def _from_json(columns: _Columns) -> str:
    """What reads rows out of one value on PostgreSQL."""
    typed = [f"{_named((column,))} {column.field.db_type(connection)}" for column in columns]
    return f"json_to_recordset(%s::json) AS sent ({', '.join(typed)})"


@cache
def _inserted(model: type[models.Model]) -> _Columns:
    """The columns whose values are not left to the database."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    return tuple(map(_Column.of, fields))


@cache
def _updated(model: type[models.Model], names: frozenset[str]) -> _Columns:
    """The columns of these fields, then the key."""
    fields = [model._meta.get_field(name) for name in sorted(names)]
    return tuple(map(_Column.of, [*fields, model._meta.pk]))


@lru_cache(1000)  # as many as there are tables, by how many rows are written at once
def _inserting(model: type[models.Model], rows: int) -> str:
    columns = _inserted(model)
    places = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * rows)
    return f"INSERT INTO {_table(model)} ({_named(columns)}) VALUES {places}"  # noqa: S608  # no values


@cache
def _inserting_json(model: type[models.Model]) -> str:
    names, rows = _named(_inserted(model)), _from_json(_inserted(model))
    return f"INSERT INTO {_table(model)} ({names}) SELECT {names} FROM {rows}"  # noqa: S608  # no values


@cache
def _updating(model: type[models.Model], columns: _Columns) -> str:
    values, key = _named(columns[:-1], "{} = %s"), _named(columns[-1:])
    return f"UPDATE {_table(model)} SET {values} WHERE {key} = %s"  # noqa: S608  # no values


@cache
def _updating_from_json(model: type[models.Model], columns: _Columns) -> str:
    values, key = _named(columns[:-1], "{0} = sent.{0}"), _named(columns[-1:])
    rows = _from_json(columns)
    return f"UPDATE {_table(model)} old SET {values} FROM {rows} WHERE old.{key} = sent.{key}"  # noqa: S608  # no values


# -- Reading

NO_KEY = UUID(int=0)
"""For a query that is asked without one."""


class _Statement(NamedTuple):
    """A query as Django spells it, and how its rows are read."""

    sql: str
    values: list[Any]
    places: list[tuple[int, int]]  # of each key among the values: where it stands, and which of the keys it is
    locks: bool
    model: Any
    kind: type
    tuple_of: Callable[[Any], Any]  # of a row's columns, where they are named
    names: list[str]
    converters: list[tuple[int, Callable[..., Any], Any]]

    @classmethod
    def of(cls, rows: models.QuerySet[Any, Any], keys: Sequence[UUID]) -> "_Statement":
        """The text of a query that was made with these keys."""
        locks = rows.query.select_for_update and connection.features.has_select_for_update
        compiler = rows.query.get_compiler(connection=connection)
        with transaction.atomic() if locks else nullcontext():  # outside of one, Django does not even spell it
            sql, values = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select]
        numbers = {_to_ask(key): number for number, key in enumerate(keys)}
        of_a_model = issubclass(rows._iterable_class, ModelIterable)
        named: Any = create_namedtuple_class(*(getattr(rows, "_fields", None) or ()))
        return cls(
            sql,
            list(values),
            [(at, numbers[it]) for at, it in enumerate(values) if isinstance(it, (UUID, str)) and it in numbers],
            bool(locks),
            rows.model,
            rows._iterable_class,
            named._make,
            [column.target.attname for column in columns] if of_a_model else [],
            [
                (place, convert, column)
                for place, (converters, column) in compiler.get_converters(columns).items()
                for convert in converters
            ],
        )

    def found(self, keys: Sequence[UUID | str]) -> list[Any]:
        """The columns of the rows with these keys."""
        if self.locks and connection.get_autocommit():
            raise transaction.TransactionManagementError("What locks needs a transaction around it.")
        values, asked = self.values.copy(), [_to_ask(key) for key in keys]
        for place, number in self.places:
            values[place] = asked[number]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            found: list[Any] = cursor.fetchall()
        if not self.converters:
            return found
        rows, here = [list(row) for row in found], connections[DEFAULT_DB_ALIAS]
        for row in rows:
            for place, convert, column in self.converters:
                row[place] = convert(row[place], column, here)
        return rows

    def rows(self, found: list[Any]) -> list[Any]:
        """What the query gives of these columns: objects, single values, or the columns themselves."""
        if self.kind is FlatValuesListIterable:
            return [value for (value,) in found]
        if self.kind is NamedValuesListIterable:
            return list(map(self.tuple_of, found))
        if not self.names:
            return found
        return [self.model.from_db(connection.alias, self.names, values) for values in found]


class CompiledQuery(Generic[Row]):
    """Rows by a key.

    `rows` makes the query set of a key, which is a UUID. What it asks must depend on nothing else; it may lock, and
    of a model's columns leave some out, or have them as tuples (`values_list`).
    """

    def __init__(self, rows: Callable[[UUID], models.QuerySet[Any, Row]]) -> None:
        self._made_by = rows

    def all(self, key: UUID) -> list[Row]:
        """The rows with this key, in the order of the query set."""
        return self._statement.rows(self._statement.found([key]))

    def first(self, key: UUID) -> Row | None:
        """The row with this key, None when there is none."""
        return next(iter(self.all(key)), None)

    def refresh(self, row: Any) -> None:
        """Set the columns of a row that is there to what is stored, and forget what hangs on it. DoesNotExist."""
        found = self._statement.found([row.pk])
        if not found:
            raise row.DoesNotExist(f"{row._meta.verbose_name} {row.pk} is not there.")
        vars(row).update(zip(self._statement.names, found[0], strict=True))
        row._state.fields_cache.clear()
        vars(row).pop("_prefetched_objects_cache", None)

    @cached_property
    def _statement(self) -> _Statement:
        some = uuid.uuid4()
        return _Statement.of(self._made_by(some), [some])


class CompiledQueryForKeys(Generic[Row]):
    """Rows by any number of keys, spelled once for each power of two that these may be; else like Spelled."""

    def __init__(self, rows: Callable[[list[UUID]], models.QuerySet[Any, Row]]) -> None:
        self._made_by = rows
        self._statements: dict[int, _Statement] = {}

    def all(self, keys: Iterable[UUID | str]) -> list[Row]:
        """The rows with one of these keys, in the order of the query set; without a key, none and no statement."""
        asked = list(keys)
        if not asked:
            return []
        size = 1 << (len(asked) - 1).bit_length()
        statement = self._statements.get(size)
        if statement is None:
            some = [uuid.uuid4() for _ in range(size)]
            statement = self._statements[size] = _Statement.of(self._made_by(some), some)
        return statement.rows(statement.found(asked + asked[-1:] * (size - len(asked))))


def _to_ask(key: UUID | str) -> Any:
    """A key as a parameter of a statement."""
    key = key if isinstance(key, UUID) else UUID(key)
    return key if connection.features.has_native_uuid_field else key.hex
