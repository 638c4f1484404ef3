"""Bulk insert and update by one precompiled statement, for the few models that a request writes.

Django compiles an INSERT or UPDATE anew for each row. The calls of functions that a request makes, counted by
benchmarks/calls.py on SQLite (in brackets: on PostgreSQL), with five items an invoice:

    with                              POST invoice    PUT of one item    payment
    this module                       5,297 (5,606)   5,747 (6,092)      3,791 (4,045)
    Model.save() and bulk_create()    7,209 (8,077)   6,829 (7,200)      5,279 (5,593)
    bulk_update() as well             7,209 (8,077)   16,238 (17,440)    5,279 (5,593)
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from uuid import UUID

import orjson
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models


class PrecompiledSave(models.Model):
    """An abstract model whose `save()` uses the functions of this module.

    Like Django's `save()` for a model without a parent, except that it sends no signals, and that saving a row that
    is not in the table raises DatabaseError instead of inserting it.
    """

    if TYPE_CHECKING:
        _default_manager: ClassVar[models.Manager[Any]]  # else mypy ends with an internal error (django-stubs)

    class Meta:
        abstract = True

    def save(self, *, force_insert: Any = False, update_fields: Iterable[str] | None = None, **_options: Any) -> None:
        """Insert a new row, or store `update_fields` (default: all fields) of a row that was read.

        Django's other options have no effect.
        """
        if self._state.adding or force_insert:
            bulk_insert([self])
        else:
            bulk_update([self], _all_fields(type(self)) if update_fields is None else update_fields)


def bulk_insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model. Keys that the database assigns are not read back.

    PostgreSQL takes several rows as one JSON value: psycopg converts that as fast as a single column, and as one value
    per column a POST of five items makes 6,292 calls instead of 5,398. SQLite takes as many rows at once as its limit
    of parameters allows.
    """
    if not rows:
        return
    model, connection = type(rows[0]), connections[DEFAULT_DB_ALIAS]
    columns = _insert_columns(model)
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(_insert_sql(model, 1), _values(rows[0], columns))
        elif connection.vendor == "postgresql":
            cursor.execute(_insert_json_sql(model), [_json(rows, columns)])
        else:
            for batch in _batches(rows, connection.ops.bulk_batch_size([column.name for column in columns], rows)):
                values = [value for row in batch for value in _values(row, columns)]
                cursor.execute(_insert_sql(model, len(batch)), values)
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def bulk_update(rows: Sequence[models.Model], fields: Iterable[str]) -> None:
    """Store these fields of rows of one model. DatabaseError when a row does not exist."""
    if not rows:
        return
    model = type(rows[0])
    columns = _update_columns(model, frozenset(fields))
    sql = _update_sql(model, columns)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(sql, _values(rows[0], columns))
        else:
            cursor.executemany(sql, [_values(row, columns) for row in rows])
        if cursor.rowcount != len(rows):
            raise DatabaseError(f"{len(rows) - cursor.rowcount} of the updated rows do not exist.")


class _Column(NamedTuple):
    """A column to write. Values of `native_type` go to the database as they are, others through the field."""

    name: str
    native_type: type | None
    field: Any

    @classmethod
    def of(cls, field: Any) -> "_Column":
        stored = getattr(field, "target_field", field)
        if isinstance(stored, (models.CharField, models.TextField)):
            return cls(field.attname, str, field)
        is_native = isinstance(stored, models.UUIDField) and _features().has_native_uuid_field
        return cls(field.attname, UUID if is_native else None, field)


_Columns = tuple[_Column, ...]


def _values(row: models.Model, columns: _Columns) -> list[Any]:
    """Return the values of the columns as parameters of a statement."""
    connection = connections[DEFAULT_DB_ALIAS]
    return [
        value
        if (value := getattr(row, name)) is None or type(value) is native_type
        else field.get_db_prep_save(value, connection)
        for name, native_type, field in columns
    ]


def _json(rows: Iterable[models.Model], columns: _Columns) -> str:
    names = [column.field.column for column in columns]
    records = [dict(zip(names, _values(row, columns), strict=True)) for row in rows]
    return orjson.dumps(records, default=lambda value: value.obj).decode()  # of psycopg's Jsonb


def _batches(rows: Sequence[models.Model], size: int) -> Iterator[Sequence[models.Model]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _features() -> Any:
    return connections[DEFAULT_DB_ALIAS].features


def _quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)


def _column_list(columns: _Columns, template: str = "{}") -> str:
    return ", ".join(template.format(_quoted(column.field.column)) for column in columns)


@cache
def _all_fields(model: type[models.Model]) -> Collection[str]:
    return tuple(field.name for field in model._meta.concrete_fields if not field.primary_key)


@cache
def _insert_columns(model: type[models.Model]) -> _Columns:
    """Return the columns whose values the database does not assign itself."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    return tuple(map(_Column.of, fields))


@cache
def _update_columns(model: type[models.Model], fields: frozenset[str]) -> _Columns:
    """Return the columns of these fields, then the primary key."""
    named = [model._meta.get_field(name) for name in sorted(fields)]
    return tuple(map(_Column.of, [*named, model._meta.pk]))


@lru_cache(1000)  # models times numbers of rows
def _insert_sql(model: type[models.Model], rows: int) -> str:
    columns = _insert_columns(model)
    places = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * rows)
    table = _quoted(model._meta.db_table)
    return f"INSERT INTO {table} ({_column_list(columns)}) VALUES {places}"  # noqa: S608  # names only


@cache
def _insert_json_sql(model: type[models.Model]) -> str:
    columns, connection = _insert_columns(model), connections[DEFAULT_DB_ALIAS]
    typed = ", ".join(f"{_column_list((column,))} {column.field.db_type(connection)}" for column in columns)
    table, names = _quoted(model._meta.db_table), _column_list(columns)
    source = f"json_to_recordset(%s::json) AS new_rows ({typed})"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {source}"  # noqa: S608  # names only


@cache
def _update_sql(model: type[models.Model], columns: _Columns) -> str:
    assignments, key = _column_list(columns[:-1], "{} = %s"), _column_list(columns[-1:])
    return f"UPDATE {_quoted(model._meta.db_table)} SET {assignments} WHERE {key} = %s"  # noqa: S608  # names only
