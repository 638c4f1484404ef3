"""In which order a list stands, and how it goes on behind a row: nulls last, ties by id, cursors that are signed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple, Self
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.core.signing import BadSignature, Signer
from django.db.models import F, Model, OrderBy, Q, QuerySet

MAX_CURSOR = 4096
BACKWARD = "<"


class BadCursor(Exception):
    """The cursor was not given out by this list in this order."""


class Column(NamedTuple):
    """One column of an order: its ORM path, its direction, and whether it can be null."""

    path: str
    descending: bool
    nullable: bool

    @property
    def key(self) -> str:
        """The attribute of a row that holds the value."""
        return "order_" + self.path if "__" in self.path else self.path

    def ordering(self, *, backward: bool = False) -> OrderBy:
        """The column's part of ORDER BY; nulls come last in both directions, and first when the list is walked back."""
        nulls = {"nulls_first" if backward else "nulls_last": True if self.nullable else None}
        return F(self.path).desc(**nulls) if self.descending != backward else F(self.path).asc(**nulls)

    def same(self, value: Any) -> Q:
        """Rows that tie with a value."""
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def behind(self, value: Any, *, backward: bool = False) -> Q | None:
        """Rows that come after a value, or, backward, before it; None: nothing comes after null."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if backward else None
        beyond = Q(**{f"{self.path}__{'lt' if self.descending != backward else 'gt'}": value})
        return beyond | Q(**{f"{self.path}__isnull": True}) if self.nullable and not backward else beyond


@dataclass(frozen=True, slots=True)
class Order:
    """The order of one list, and the row behind which it goes on, or, backward, before which it ends."""

    model: type[Model]
    columns: tuple[Column, ...]
    values: Sequence[Any] | None = field(default=None)
    is_backward: bool = False

    @classmethod
    def of(cls, model: type[Model], orders: Mapping[str, str], names: Iterable[str]) -> Self:
        """The order that names of the wire, with a leading “-” for descending, ask for."""
        chosen: dict[str, Column] = {}
        for name in names:
            path = orders[name.removeprefix("-")]
            chosen.setdefault(path, Column(path, name.startswith("-"), _nullable(model, path)))
        # Ties go by id in the direction of the first column, so that an index (column, id) serves both ways.
        first = next(iter(chosen.values()), None)
        return cls(model, (*chosen.values(), Column("pk", bool(first and first.descending), nullable=False)))

    @property
    def is_continued(self) -> bool:
        """Whether it goes on from a cursor."""
        return self.values is not None

    @property
    def is_of_creation(self) -> bool:
        """Whether what is new comes last."""
        return self.columns == (Column("created_at", False, False), Column("pk", False, False))

    def reversed(self) -> Self:
        """The same rows, the last one first."""
        return replace(self, is_backward=not self.is_backward)

    def applied(self, rows: QuerySet, columns: Iterable[str] = ()) -> QuerySet:
        """The rows in this order, from the cursor on; columns of parents come along for `cursor_behind`. Backward,
        the one next to the cursor is the first.

        With `columns`, named tuples of these and of what the cursor is made of.
        """
        parents = {column.key: F(column.path) for column in self.columns if column.key != column.path}
        rows = rows.annotate(**parents) if parents else rows
        if self.values is not None:
            rows = rows.filter(self._behind(self.values))
        if columns:
            rows = rows.values_list(*dict.fromkeys([*columns, *(column.key for column in self.columns)]), named=True)
        return rows.order_by(*(column.ordering(backward=self.is_backward) for column in self.columns))

    def _behind(self, values: Sequence[Any]) -> Q:
        after, tied = Q(pk__in=[]), Q()
        for column, value in zip(self.columns, values, strict=True):
            beyond = column.behind(value, backward=self.is_backward)
            if beyond is not None:
                after |= tied & beyond
            tied &= column.same(value)
        first = self.columns[0]
        if not first.nullable:  # says no more than the rest, but lets the database begin at the right place
            falls = first.descending != self.is_backward
            after &= Q(**{f"{first.path}__{'lte' if falls else 'gte'}": values[0]})
        return after

    def behind(self, row: Any) -> Self:
        """This order, going on behind a row."""
        return replace(self, values=[attrgetter(column.key)(row) for column in self.columns])

    def cursor_behind(self, row: Any) -> str:
        """The cursor from which the list goes on behind a row."""
        return self._cursor(self._name(), row)

    def cursor_before(self, row: Any) -> str:
        """The cursor of the page that ends before a row."""
        return self._cursor(BACKWARD + self._name(), row)

    def after(self, cursor: str) -> Self:
        """This order, going on where a cursor says. Raises BadCursor."""
        try:
            if len(cursor) > MAX_CURSOR:
                raise BadSignature
            name, values = self._signer().unsign_object(cursor)
        except (BadSignature, ValueError) as error:
            raise BadCursor("The cursor is not one that this list gave out.") from error
        if name.removeprefix(BACKWARD) != self._name():
            raise BadCursor("The cursor belongs to another order.")
        return replace(self, values=[_unpacked(value) for value in values], is_backward=name.startswith(BACKWARD))

    def _cursor(self, name: str, row: Any) -> str:
        return self._signer().sign_object([name, [_packed(attrgetter(column.key)(row)) for column in self.columns]])

    def _name(self) -> str:
        return ",".join(f"{'-' * column.descending}{column.path}" for column in self.columns)

    def _signer(self) -> Signer:
        return Signer(salt=f"clinic.api.cursor.{self.model._meta.label_lower}")


def _nullable(model: type[Model], path: str) -> bool:
    """Whether an ORM path can be null; an annotation can, as far as anybody knows."""
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


_PACKERS: Mapping[type, tuple[str, Any]] = {
    datetime: ("t", datetime.isoformat),
    date: ("d", date.isoformat),
    Decimal: ("n", str),
    UUID: ("u", str),
}
_UNPACKERS: Mapping[str, Any] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
    "u": UUID,
}


def _packed(value: Any) -> Any:
    kind, pack = _PACKERS.get(type(value), ("", None))
    if pack:
        return [kind, pack(value)]
    return str(value) if isinstance(value, str) else value


def _unpacked(value: Any) -> Any:
    return _UNPACKERS[value[0]](value[1]) if isinstance(value, list) else value
