"""Export of a list as CSV or XLSX: all rows of its query, newest first, in bounded memory.

Rows are read in batches with one query each, so an export keeps neither all rows nor a transaction. Control characters,
which issued invoices may hold from earlier versions, are left out. In CSV, text that a spreadsheet would take for a
formula is escaped; in XLSX it is a string. Each export is logged with its user and its number of rows.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import structlog
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext, override

from clinic.admin import list_url
from clinic.domain.dates import local_date, today
from clinic.domain.text import clean
from clinic.i18n.lazy_text import LazyText

BATCH_SIZE = 2_000
MAX_XLSX_ROWS = 50_000
# The place before a sign that begins a formula, in the text or in what a reader with another separator takes for a cell
BEFORE_FORMULA = re.compile(r'((?:^|[,;\t\r\n])[\s"]*)(?=[=+\-@＝＋－＠])')
XLSX_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # a workbook has _x0041_ for A
XLSX_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = str | Decimal | date | int | None

log = structlog.get_logger("clinic.exports")


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
        found = list(rows[:BATCH_SIZE])
        while found:
            yield found
            if len(found) < BATCH_SIZE:
                return
            at, key = getattr(found[-1], self.newest), found[-1].pk
            after_last = Q(**{f"{self.newest}__lt": at}) | Q(pk__lt=key)
            # `newest <= at` lets an index be used
            found = list(rows.filter(after_last, **{f"{self.newest}__lte": at})[:BATCH_SIZE])


def day(at: datetime | None) -> date | None:
    """Return the day of the clinic of a moment."""
    return None if at is None else local_date(at)


def escape_formulas(text: str) -> str:
    """Return text of which a spreadsheet takes no part for a formula, whichever separator it splits cells at.

    >>> escape_formulas("=HYPERLINK(1)"), escape_formulas("Eve;=1+1"), escape_formulas("Ana =) Smith-Jones")
    ("'=HYPERLINK(1)", "Eve;'=1+1", 'Ana =) Smith-Jones')
    """
    return BEFORE_FORMULA.sub(r"\1'", text)


def _is_decimal_comma() -> bool:
    return bool(get_format("DECIMAL_SEPARATOR") == ",")


def _csv_cell(value: Value) -> Value:
    """Return a cell as a spreadsheet in the current language reads it: 1234,50 and 15.06.2026 in German."""
    if isinstance(value, str):
        return escape_formulas(value)
    if isinstance(value, Decimal):
        return str(value).replace(".", get_format("DECIMAL_SEPARATOR"))
    if isinstance(value, date) and _is_decimal_comma():
        return date_format(value, "SHORT_DATE_FORMAT")
    return value


class _Echo:
    """A file for csv.writer that returns each line instead of storing it."""

    def write(self, line: str) -> str:
        return line


def as_csv(export: Export, rows: QuerySet[Any], *, language: str, on_end: Callable[[int], None]) -> Iterator[str]:
    """Yield the lines of the file. The first begins with a byte order mark, by which spreadsheets recognise UTF-8.

    Where the language has a decimal comma, spreadsheets expect semicolons between the cells.
    """
    count = 0
    with override(language):
        writer = csv.writer(_Echo(), delimiter=";" if _is_decimal_comma() else ",")
        yield "\ufeff" + writer.writerow(export.headers())
    for batch in export.batches(rows):
        with override(language):  # the response is streamed after the request's language is deactivated
            lines = [writer.writerow(map(_csv_cell, export.values(record))) for record in batch]
        count += len(lines)
        yield "".join(lines)
    on_end(count)


def as_xlsx(export: Export, rows: QuerySet[Any], file: Any) -> int:
    """Write a workbook and return its number of rows."""
    from openpyxl import Workbook  # imported here: it takes ten megabytes, which most workers never need

    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(export.title))
    sheet.freeze_panes = "A2"
    sheet.append(export.headers())
    count = 0
    for batch in export.batches(rows):
        for record in batch:
            sheet.append(_cells(sheet, export.values(record)))
        count += len(batch)
    book.save(file)
    return count


def _cells(sheet: Any, row: Iterable[Value]) -> Iterator[Any]:
    from openpyxl.cell import WriteOnlyCell

    for value in row:
        if isinstance(value, str):
            cell = WriteOnlyCell(sheet, value=XLSX_ESCAPE.sub("_x005F_", value))
            cell.data_type = "s"  # never a formula or an error, however it begins
            yield cell
            continue
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, Decimal):
            cell.number_format = "#,##0.00"
        elif isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
        yield cell


def export_response(request: HttpRequest, export: Export, rows: QuerySet[Any], kind: str) -> HttpResponseBase:
    """Return the rows as a file; redirect to the list with a warning if they are too many for a workbook."""
    name = f"{export.name}-{today():%Y-%m-%d}.{kind}"

    def log_export(count: int) -> None:
        log.info("exported", list=export.name, kind=kind, rows=count, user_id=request.user.pk)

    if kind == "csv":
        language = getattr(request, "LANGUAGE_CODE", "en")
        lines = as_csv(export, rows, language=language, on_end=log_export)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    if rows.order_by()[: MAX_XLSX_ROWS + 1].count() > MAX_XLSX_ROWS:
        message = gettext("More than %(most)s rows: narrow the list for XLSX, or export it as CSV.")
        messages.warning(request, message % {"most": MAX_XLSX_ROWS})
        return HttpResponseRedirect(list_url(rows.model, request.GET.urlencode()))
    file = TemporaryFile()  # noqa: SIM115  # the response closes it
    log_export(as_xlsx(export, rows, file))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX_CONTENT_TYPE)
