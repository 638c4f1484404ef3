"""Order of a list, and signed cursors that continue it after a row: nulls last, ties by id."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple, Self
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.core.signing import BadSignature, Signer
from django.db.models import F, Func, Model, OrderBy, Q, QuerySet

MAX_CURSOR = 4096  # characters
BACKWARD = "<"


class InvalidCursor(Exception):
    """The cursor was not issued by this list in this order."""


class Column(NamedTuple):
    """One column of an order: its ORM path, its direction, whether it can be null, and the expression it is for."""

    path: str
    is_descending: bool
    is_nullable: bool
    expression: Func | None = None

    @property
    def key(self) -> str:
        """The attribute of a row with the column's value."""
        return "order_" + self.path if "__" in self.path else self.path

    @property
    def is_added(self) -> bool:
        """True if a row has the column only where it is annotated."""
        return self.key != self.path or self.expression is not None

    def ordering(self, *, backward: bool = False) -> OrderBy:
        """Return the column's part of ORDER BY: nulls are last in both directions, first when read backward."""
        nulls = {"nulls_first" if backward else "nulls_last": True if self.is_nullable else None}
        return F(self.path).desc(**nulls) if self.is_descending != backward else F(self.path).asc(**nulls)

    def equals(self, value: Any) -> Q:
        """Return the condition for rows that tie with a value."""
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def after(self, value: Any, *, backward: bool = False) -> Q | None:
        """Return the condition for rows after a value (before it if backward), None if there are none: after null."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if backward else None
        beyond = Q(**{f"{self.path}__{'lt' if self.is_descending != backward else 'gt'}": value})
        return beyond | Q(**{f"{self.path}__isnull": True}) if self.is_nullable and not backward else beyond


@dataclass(frozen=True, slots=True)
class Order:
    """The order of one list, and the `values` of the row after which it continues (before which it ends: backward)."""

    model: type[Model]
    columns: tuple[Column, ...]
    values: Sequence[Any] | None = field(default=None)
    is_backward: bool = False

    @classmethod
    def by(cls, model: type[Model], paths: Mapping[str, str | Func], names: Iterable[str]) -> Self:
        """Return the order by these names of the API, “-” in front for descending.

        `paths` are their ORM paths, or expressions that are never null.
        """
        chosen: dict[str, Column] = {}
        for name in names:
            path = paths[name.removeprefix("-")]
            if isinstance(path, str):
                column = Column(path, name.startswith("-"), _is_nullable(model, path))
            else:
                column = Column(f"order_by_{name.removeprefix('-')}", name.startswith("-"), False, path)
            chosen.setdefault(column.path, column)
        # Ties go by id in the direction of the first column, so that an index (column, id) serves both directions.
        first = next(iter(chosen.values()), None)
        return cls(model, (*chosen.values(), Column("pk", bool(first and first.is_descending), is_nullable=False)))

    @property
    def is_continued(self) -> bool:
        """True if the order continues from a cursor."""
        return self.values is not None

    @property
    def is_by_creation(self) -> bool:
        """True if new rows come last."""
        return self.columns == (Column("created_at", False, False), Column("pk", False, False))

    def reversed(self) -> Self:
        """Return the order of the same rows, the last one first."""
        return replace(self, is_backward=not self.is_backward)

    def apply(self, rows: QuerySet, columns: Iterable[str] = ()) -> QuerySet:
        """Return the rows in this order, from the cursor on; if backward, the row next to the cursor comes first.

        With `columns` the rows are named tuples of these columns and those of the cursor. Columns of parents and
        expressions are added to the rows for the cursors.
        """
        added = {each.key: each.expression or F(each.path) for each in self.columns if each.is_added}
        rows = rows.annotate(**added) if added else rows
        if self.values is not None:
            rows = rows.filter(self._after(self.values))
        if columns:
            rows = rows.values_list(*dict.fromkeys([*columns, *(column.key for column in self.columns)]), named=True)
        return rows.order_by(*(column.ordering(backward=self.is_backward) for column in self.columns))

    def _after(self, values: Sequence[Any]) -> Q:
        after, tied = Q(pk__in=[]), Q()
        for column, value in zip(self.columns, values, strict=True):
            beyond = column.after(value, backward=self.is_backward)
            if beyond is not None:
                after |= tied & beyond
            tied &= column.equals(value)
        first = self.columns[0]
        if not first.is_nullable:  # implied by the rest; it lets the database start at the right place of an index
            falls = first.is_descending != self.is_backward
            after &= Q(**{f"{first.path}__{'lte' if falls else 'gte'}": values[0]})
        return after

    def after_row(self, row: Any) -> Self:
        """Return this order, continued after a row."""
        return replace(self, values=[attrgetter(column.key)(row) for column in self.columns])

    def cursor_after(self, row: Any) -> str:
        """Return the cursor of the page that starts after a row."""
        return self._cursor(self._name(), row)

    def cursor_before(self, row: Any) -> str:
        """Return the cursor of the page that ends before a row."""
        return self._cursor(BACKWARD + self._name(), row)

    def from_cursor(self, cursor: str) -> Self:
        """Return this order, continued at a cursor. Raises InvalidCursor."""
        try:
            if len(cursor) > MAX_CURSOR:
                raise BadSignature
            name, values = self._signer().unsign_object(cursor)
        except (BadSignature, ValueError) as error:
            raise InvalidCursor("The cursor is invalid.") from error
        if name.removeprefix(BACKWARD) != self._name():
            raise InvalidCursor("The cursor belongs to another sort order.")
        return replace(self, values=[_decode(value) for value in values], is_backward=name.startswith(BACKWARD))

    def _cursor(self, name: str, row: Any) -> str:
        return self._signer().sign_object([name, [_encode(attrgetter(column.key)(row)) for column in self.columns]])

    def _name(self) -> str:
        return ",".join(f"{'-' * column.is_descending}{column.path}" for column in self.columns)

    def _signer(self) -> Signer:
        return Signer(salt=f"clinic.api.cursor.{self.model._meta.label_lower}")


def _is_nullable(model: type[Model], path: str) -> bool:
    """Return whether an ORM path can be null; an annotation is assumed to be nullable."""
    here: Any = model
    for step in path.split("__"):
        try:
            column = here._meta.get_field(step)
        except FieldDoesNotExist:
            return True
        if column.null:
            return True
        here = column.related_model
    return False


# Values in a cursor that are not JSON: a letter for their type, and a string.
_ENCODERS: Mapping[type, tuple[str, Any]] = {
    datetime: ("t", datetime.isoformat),
    date: ("d", date.isoformat),
    Decimal: ("n", str),
    UUID: ("u", str),
}
_DECODERS: Mapping[str, Any] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
    "u": UUID,
}


def _encode(value: Any) -> Any:
    letter, encode = _ENCODERS.get(type(value), ("", None))
    if encode:
        return [letter, encode(value)]
    return str(value) if isinstance(value, str) else value


def _decode(value: Any) -> Any:
    return _DECODERS[value[0]](value[1]) if isinstance(value, list) else value
