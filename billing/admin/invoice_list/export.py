"""The list of invoices as a file: every row that its query leaves, newest first, in bounded memory.

Rows are read in stretches, each a statement of its own, so an export holds neither all of them nor a transaction. Text
that a spreadsheet would take for a formula is made text. Who exported how much stands in the log.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import structlog
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_list.counts_and_totals import SEE, rows_of_list
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.rules.ageing import days_overdue
from clinic.admin import AdminPage, list_url, page
from clinic.domain.dates import day_of, today

STRETCH = 2_000
MOST_IN_XLSX = 50_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = str | Decimal | date | int | None

log = structlog.get_logger("clinic.exports")


class Column(NamedTuple):
    """A column of the file; its head is said in the reader's language."""

    head: Any
    value: Callable[[Invoice], Value]


def _day(at: datetime | None) -> date | None:
    return None if at is None else day_of(at)


def _days_late(invoice: Invoice) -> int:
    is_owed = invoice.status != InvoiceStatus.DRAFT and invoice.remaining_amount > 0
    return days_overdue(invoice.due_day, today()) if is_owed else 0


COLUMNS = (
    Column(_("Number"), lambda invoice: invoice.reg_number),
    Column(_("Status"), lambda invoice: str(InvoiceStatus(invoice.status).label)),
    Column(_("Record number"), lambda invoice: invoice.patient.record_number),
    Column(_("Patient"), lambda invoice: invoice.patient.full_name),
    Column(_("Who pays"), lambda invoice: invoice.payer.name),
    Column(_("Created"), lambda invoice: _day(invoice.created_at)),
    Column(_("Issued"), lambda invoice: _day(invoice.issue_date)),
    Column(_("Due"), lambda invoice: _day(invoice.due_date)),
    Column(_("Days overdue"), _days_late),
    Column(_("Currency"), lambda invoice: invoice.currency),
    Column(_("Total"), lambda invoice: invoice.total_amount),
    Column(_("Paid"), lambda invoice: invoice.paid_amount),
    Column(_("Credited"), lambda invoice: invoice.credited_amount),
    Column(_("Written off"), lambda invoice: invoice.written_off_amount),
    Column(_("Remaining"), lambda invoice: invoice.remaining_amount),
    Column(_("Tags"), lambda invoice: ", ".join(sorted(tag.name for tag in invoice.tags.all()))),
)
UNREAD = ("wire_document", "particulars", "search_text", "taxes", "notes", "internal_note", "patient__search_text")


def safe(text: str) -> str:
    """Text that a spreadsheet shows as it is, whatever it begins with.

    >>> safe("=HYPERLINK(1)"), safe("Ana =)")
    ("'=HYPERLINK(1)", 'Ana =)')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def stretches(rows: InvoiceQuerySet) -> Iterator[list[Invoice]]:
    """All of the rows, newest first, so many at a time."""
    rows = rows.select_related("patient").prefetch_related("tags").defer(*UNREAD).order_by("-created_at", "-pk")
    found = list(rows[:STRETCH])
    while found:
        yield found
        if len(found) < STRETCH:
            return
        at, key = found[-1].created_at, found[-1].pk
        later = Q(created_at__lt=at) | Q(pk__lt=key)
        found = list(rows.filter(later, created_at__lte=at)[:STRETCH])  # a bound, at which an index is entered


def heads() -> list[str]:
    """The first row."""
    return [str(column.head) for column in COLUMNS]


def values(invoice: Invoice) -> list[Value]:
    """A row of the file; its text is safe."""
    found = (column.value(invoice) for column in COLUMNS)
    return [safe(value) if isinstance(value, str) else value for value in found]


class _Echo:
    """Gives back what the writer of CSV writes."""

    def write(self, line: str) -> str:
        return line


def as_csv(rows: InvoiceQuerySet, *, language: str, on_end: Callable[[int], None]) -> Iterator[str]:
    """The lines of the file; the first begins with the mark by which spreadsheets know UTF-8."""
    writer, count = csv.writer(_Echo()), 0
    with override(language):
        yield "\ufeff" + writer.writerow(heads())
    for stretch in stretches(rows):
        with override(language):  # a stream is read after the request's language is forgotten
            lines = [writer.writerow(values(invoice)) for invoice in stretch]
        count += len(lines)
        yield "".join(lines)
    on_end(count)


def as_xlsx(rows: InvoiceQuerySet, file: Any) -> int:
    """Write a workbook of at most MOST_IN_XLSX rows; how many they were."""
    from openpyxl import Workbook  # ten megabytes, for workers of which somebody wants such a file

    book = Workbook(write_only=True)
    sheet = book.create_sheet(gettext("Invoices"))
    sheet.freeze_panes = "A2"
    sheet.append(heads())
    count = 0
    for stretch in stretches(rows):
        for invoice in stretch:
            sheet.append(_cells(sheet, values(invoice)))
        count += len(stretch)
    book.save(file)
    return count


def _cells(sheet: Any, row: Iterable[Value]) -> Iterator[Any]:
    from openpyxl.cell import WriteOnlyCell

    for value in row:
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, Decimal):
            cell.number_format = "#,##0.00"
        elif isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
        yield cell


@page("billing/invoice/export/<str:kind>/", name="billing_invoice_export")
class ExportOfList(AdminPage):
    """The list as CSV or XLSX, for the query that the list was asked with."""

    title = _("Export")
    permissions = SEE

    def get(self, request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]  # a file
        kind = kwargs["kind"]
        if kind not in {"csv", "xlsx"}:
            raise Http404
        try:
            rows = rows_of_list(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(list_url(Invoice, "e=1"))
        return send(request, rows, kind)


def send(request: HttpRequest, rows: InvoiceQuerySet, kind: str) -> HttpResponseBase:
    """The rows as a file to keep, or back to the list where they are too many for a workbook."""
    name = f"invoices-{today():%Y-%m-%d}.{kind}"

    def note(count: int) -> None:
        log.info("exported", kind=kind, rows=count, user_id=request.user.pk)

    if kind == "csv":
        language = getattr(request, "LANGUAGE_CODE", "en")
        lines = as_csv(rows, language=language, on_end=note)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    if rows.order_by()[: MOST_IN_XLSX + 1].count() > MOST_IN_XLSX:
        said = gettext("More than %(most)s invoices: narrow the list for XLSX, or export it as CSV.")
        messages.warning(request, said % {"most": MOST_IN_XLSX})
        return HttpResponseRedirect(list_url(Invoice, request.GET.urlencode()))
    file = TemporaryFile()  # noqa: SIM115  # the answer closes it
    note(as_xlsx(rows, file))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
