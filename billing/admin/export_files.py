"""The file of an export: CSV, or an XLSX workbook, written batch by batch.

In CSV, text that a spreadsheet would take for a formula is escaped; in XLSX it is a string.
"""

import csv
import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any, NamedTuple

from django.utils.formats import date_format, get_format

from billing.admin.exports import Export, Value

MAX_XLSX_ROWS = 1_048_575  # of Excel, without the headers
# The place before a sign that begins a formula, in the text or in what a reader with another separator takes for a cell
BEFORE_FORMULA = re.compile(r'((?:^|[,;\t\r\n])[\s"]*)(?=[=+\-@＝＋－＠])')

Batches = Iterable[list[Any]]


def escape_formulas(text: str) -> str:
    """Return text of which a spreadsheet takes no part for a formula, whichever separator it splits cells at.

    >>> escape_formulas("=HYPERLINK(1)"), escape_formulas("Eve;=1+1"), escape_formulas("Ana =) Smith-Jones")
    ("'=HYPERLINK(1)", "Eve;'=1+1", 'Ana =) Smith-Jones')
    """
    return BEFORE_FORMULA.sub(r"\1'", text)


def write_csv(export: Export, batches: Batches, file: IO[bytes]) -> None:
    """Write the rows as CSV, as a spreadsheet in the current language reads it: 1234,50 and 15.06.2026 in German.

    The file begins with a byte order mark, by which spreadsheets recognise UTF-8. Where the language has a decimal
    comma, they expect semicolons between the cells.
    """
    separator = get_format("DECIMAL_SEPARATOR")
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";" if separator == "," else ",")

    def cell(value: Value) -> Value:
        if isinstance(value, str):
            return escape_formulas(value)
        if isinstance(value, Decimal):
            return str(value).replace(".", separator)
        if isinstance(value, date) and separator == ",":
            return date_format(value, "SHORT_DATE_FORMAT")
        return value

    writer.writerow(export.headers())
    for batch in batches:
        writer.writerows(map(cell, export.values(record)) for record in batch)
    text.detach()  # or it would close the file


def write_xlsx(export: Export, batches: Batches, file: IO[bytes]) -> None:
    """Write the rows as a workbook. The writer keeps one row in memory, the others in a temporary file."""
    from xlsxwriter import Workbook  # imported here: most processes never need it

    book = Workbook(file, {"constant_memory": True})
    money, day = (book.add_format({"num_format": shown}) for shown in ("#,##0.00", "yyyy-mm-dd"))
    sheet = book.add_worksheet(str(export.title))
    sheet.freeze_panes(1, 0)
    number = 0
    for place, header in enumerate(export.headers()):
        sheet.write_string(0, place, header)
    for batch in batches:
        for record in batch:
            number += 1
            for place, value in enumerate(export.values(record)):
                if isinstance(value, str):
                    sheet.write_string(number, place, value)  # never a formula or an error, however it begins
                elif isinstance(value, Decimal):
                    sheet.write_number(number, place, value, money)
                elif isinstance(value, date):
                    sheet.write_datetime(number, place, value, day)
                elif value is not None:
                    sheet.write_number(number, place, value)
    book.close()


class FileFormat(NamedTuple):
    """A format of files: its content type, its writer, and the most rows that it can have."""

    content_type: str
    write: Callable[[Export, Batches, IO[bytes]], None]
    max_rows: int | None = None


FORMATS = {
    "csv": FileFormat("text/csv; charset=utf-8", write_csv),
    "xlsx": FileFormat("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx, MAX_XLSX_ROWS),
}
