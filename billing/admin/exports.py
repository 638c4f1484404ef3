"""The export of a list: its columns, and its rows in batches, newest first, in bounded memory.

Rows are read in batches with one query each, so an export keeps neither all rows nor a transaction. Control characters,
which issued invoices may hold from earlier versions, are left out. The formats are in export_files.py; exports of many
rows are jobs (export_jobs.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from clinic.db.replica import read_from_replica
from clinic.domain.dates import local_date
from clinic.domain.text import clean
from clinic.i18n.lazy_text import LazyText

BATCH_SIZE = 1_000

Value = str | Decimal | date | int | None


class Column(NamedTuple):
    """A column of the file; its header is translated."""

    header: LazyText
    value: Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class Export:
    """The file of a list: its name, the title of the sheet, and its columns.

    `newest` is the column by which the newest row comes first; the others name what is read with the rows, or not.
    """

    name: str
    title: LazyText
    columns: tuple[Column, ...]
    newest: str = "created_at"
    related: tuple[str, ...] = ()
    prefetched: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()

    def headers(self) -> list[str]:
        """Return the headers of the columns."""
        return [str(column.header) for column in self.columns]

    def values(self, record: Any) -> list[Value]:
        """Return a row of the file; its texts hold no control characters."""
        row = (column.value(record) for column in self.columns)
        return [clean(value) if isinstance(value, str) else value for value in row]

    def batches(self, rows: QuerySet[Any]) -> Iterator[list[Any]]:
        """Yield all rows, newest first, in lists of BATCH_SIZE."""
        rows = rows.select_related(*self.related).prefetch_related(*self.prefetched).defer(*self.deferred)
        rows = rows.order_by(f"-{self.newest}", "-pk")
        found = _read(rows)
        while found:
            yield found
            if len(found) < BATCH_SIZE:
                return
            at, key = getattr(found[-1], self.newest), found[-1].pk
            after_last = Q(**{f"{self.newest}__lt": at}) | Q(pk__lt=key)
            # `newest <= at` lets an index be used
            found = _read(rows.filter(after_last, **{f"{self.newest}__lte": at}))


def _read(rows: QuerySet[Any]) -> list[Any]:
    """Read a batch, from the replica if there is one."""
    return read_from_replica(lambda: list(rows[:BATCH_SIZE]))


def day(at: datetime | None) -> date | None:
    """Return the day of the clinic of a moment."""
    return None if at is None else local_date(at)
