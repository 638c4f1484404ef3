"""Query expressions that Django lacks: literals inside the SQL, and a comparison with a subquery that is read first."""

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Q


class LiteralChoice(models.Value):
    """A member of a StrEnum that stands in the SQL itself: PostgreSQL matches a partial index only by a literal."""

    def __init__(self, value: StrEnum | Any) -> None:
        super().__init__(value)

    def as_sql(self, *_: Any) -> tuple[str, tuple[()]]:
        return f"'{self.value.value}'", ()


class LiteralUUID(models.Value):
    """A UUID that stands in the SQL itself, so that PostgreSQL plans for how often that value occurs."""

    def as_sql(self, *_: Any) -> tuple[str, tuple[()]]:
        return f"'{UUID(str(self.value)).hex}'", ()


class LiteralZero(models.Value):
    """Zero in the SQL itself: PostgreSQL matches a partial index only by a literal."""

    def __init__(self, output_field: models.Field) -> None:
        super().__init__(Decimal(0), output_field=output_field)

    def as_sql(self, *_: Any) -> tuple[str, tuple[()]]:
        return "0", ()


class InNumberOrder(models.Func):
    """A column of numbers such as INV-2026-000123 as a text that sorts them as numbers, also past the million.

    The text begins with the series and the length. Nothing in it is a parameter, so that an index can hold it.
    """

    template = (
        "(rtrim(%(expressions)s, '0123456789') || CAST(length(%(expressions)s) + 100 AS varchar) || %(expressions)s)"
    )
    output_field = models.CharField()


class EqualsAnySubquery(models.Func):
    """column = ANY(ARRAY(subquery)): PostgreSQL reads the subquery first, then looks its values up in an index."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY(ARRAY"
    output_field = models.BooleanField()


def in_subquery(column: str, rows: models.QuerySet) -> Q | EqualsAnySubquery:
    """Return the condition that a column is one of the values of these rows, which are few and are read first."""
    unordered = rows.order_by()
    if connection.vendor == "postgresql":
        return EqualsAnySubquery(column, models.Subquery(unordered))
    return Q(**{f"{column}__in": unordered})
