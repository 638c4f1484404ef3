"""Invariants of numbers, closings and events: series without gaps, closed periods, one event for each version."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial, reduce
from itertools import groupby
from operator import or_

from django.db.models import Max, Min, Q
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext_noop as _

from billing.choices import EventKind, NumberedDocument
from billing.models import BooksClosing, CreditNote, Invoice, InvoiceEvent, NumberSeries, Payment
from billing.reports.books_check.invariant import CHUNK, invariant, sql_invariant
from billing.reports.periods import year_of
from billing.rules.lifecycle import MOVES
from billing.rules.register_numbers import DRAFT_PREFIX, format_number, number_pattern, parse_number
from clinic.domain.dates import YEARS, local_date, start_of_day


def find_gaps(document: NumberedDocument, numbers: Iterable[str], counters: Mapping[int, int]) -> Iterator[str]:
    """Yield which of a document's numbers, sorted by year and size, are missing, repeated, or beyond the counter.

    `counters`: the last number that was drawn in each year.

    >>> numbers = ["CN-2026-000001", "CN-2026-000003", "CN-2026-000003", "CN-2026-000006"]
    >>> list(find_gaps(NumberedDocument.CREDIT_NOTE, numbers, {2026: 7}))
    ['CN-2026-000002', 'CN-2026-000003', 'CN-2026-000004 to CN-2026-000005', 'CN-2026-000007']
    >>> list(find_gaps(NumberedDocument.CREDIT_NOTE, ["CN-2026-000001"], {}))
    ['CN-2026-000001']
    """
    years = set()
    parsed = (number for number in map(parse_number, numbers) if number)
    for year, of_year in groupby(parsed, key=lambda number: number.year):
        years.add(year)
        yield from _gaps_in_year(document, year, (each.number for each in of_year), counters.get(year, 0))
    for year in sorted(counters.keys() - years):
        yield from _gaps_in_year(document, year, [], counters[year])


def _gaps_in_year(document: NumberedDocument, year: int, numbers: Iterable[int], counter: int) -> Iterator[str]:
    last = 0
    for number in numbers:
        if number <= last or number > counter:
            yield format_number(document, year, number)
        elif number > last + 1:
            yield _range(document, year, last + 1, number - 1)
        last = max(last, number)
    if counter > last:
        yield _range(document, year, last + 1, counter)


def _range(document: NumberedDocument, year: int, first: int, last: int) -> str:
    numbers = [format_number(document, year, number) for number in (first, last)]
    return numbers[0] if first == last else " to ".join(numbers)


def _series_gaps(document: NumberedDocument) -> Iterator[str]:
    model, column = {
        NumberedDocument.INVOICE: (Invoice, "reg_number"),
        NumberedDocument.CREDIT_NOTE: (CreditNote, "number"),
    }[document]
    counters = dict(NumberSeries.objects.filter(document=document).values_list("year", "last_number"))
    prefix = f"{document.value}-"
    numbers = model._default_manager.filter(**{f"{column}__startswith": prefix}).order_by(
        Substr(column, 1, len(prefix) + 5), Length(column), column
    )
    return find_gaps(document, numbers.values_list(column, flat=True).iterator(CHUNK), counters)


def _misnumbered(document: NumberedDocument) -> Iterator[str]:
    """Yield the numbers of credit notes or receipts that are not of the year of their date in the clinic's zone."""
    model, number, at = {
        NumberedDocument.CREDIT_NOTE: (CreditNote, "number", "created_at"),
        NumberedDocument.RECEIPT: (Payment, "receipt_number", "received_at"),
    }[document]
    dates = model._default_manager.aggregate(first=Min(at), last=Max(at))
    if dates["first"] is None:
        return iter(())
    years = range(max(local_date(dates["first"]).year, YEARS[0]), min(local_date(dates["last"]).year, YEARS[-1]) + 1)
    right = [
        Q(year_of(date(year, 1, 1)).contains(at), **{f"{number}__regex": number_pattern(document, year)})
        for year in years
    ]
    wrong = model._default_manager.exclude(reduce(or_, right, Q(pk__in=[])))
    return wrong.values_list(number, flat=True).iterator(CHUNK)


def _dated_in_a_closed_period() -> Iterator[str]:
    """Yield payments, and issued or voided invoices, whose date was in a closed period when they were recorded."""
    closings = [
        (closing.created_at, start_of_day(closing.closed_through + timedelta(days=1)))
        for closing in BooksClosing.objects.all()
    ]
    if not closings:
        return

    def too_late(date_column: str) -> Q:
        dated = [Q(**{"created_at__gt": closed_at, f"{date_column}__lt": opens}) for closed_at, opens in closings]
        return reduce(or_, dated)

    yield from map(str, Payment.objects.filter(too_late("received_at")).values_list("pk", flat=True).iterator(CHUNK))
    has_number = Q(kind=EventKind.ISSUED) | Q(kind=EventKind.VOIDED) & ~Q(invoice__reg_number__startswith=DRAFT_PREFIX)
    events = InvoiceEvent.objects.filter(has_number, too_late("invoice__issue_date"))
    yield from map(str, events.values_list("invoice_id", flat=True).iterator(CHUNK))


def _closings_not_forward() -> Iterator[str]:
    last = None
    for closing in BooksClosing.objects.order_by("created_at", "closed_through"):
        is_forward = last is None or closing.closed_through > last
        if not is_forward or closing.closed_through >= local_date(closing.created_at):
            yield str(closing.pk)
        last = closing.closed_through


_MOVES = ", ".join(f"('{status}', '{following}')" for status in MOVES for following in sorted(MOVES[status]))

HISTORY = [
    invariant(
        "invoice_series",
        _("Invoice numbers have no gaps or duplicates, and end at their counter."),
        partial(_series_gaps, NumberedDocument.INVOICE),
    ),
    invariant(
        "credit_note_series",
        _("Credit note numbers have no gaps or duplicates, and end at their counter."),
        partial(_series_gaps, NumberedDocument.CREDIT_NOTE),
    ),
    invariant(
        "credit_note_numbers",
        _("The number of a credit note has the year of its date."),
        partial(_misnumbered, NumberedDocument.CREDIT_NOTE),
    ),
    invariant(
        "receipt_numbers",
        _("The number of a receipt has the year in which the money was received."),
        partial(_misnumbered, NumberedDocument.RECEIPT),
    ),
    invariant(
        "closed_periods",
        _("Nothing was dated in a period that was already closed."),
        _dated_in_a_closed_period,
    ),
    invariant("closings", _("The closing date has only moved forward, to days that were over."), _closings_not_forward),
    sql_invariant(
        "events",
        _("Every version of an invoice has its event."),
        "SELECT invoice.id FROM billing_invoice invoice LEFT JOIN (SELECT invoice_id, "
        "MIN(version) AS first, MAX(version) AS last, COUNT(DISTINCT version) AS versions FROM billing_invoiceevent "
        "GROUP BY invoice_id) event ON event.invoice_id = invoice.id "
        "WHERE (event.first = 1 AND event.last = invoice.version AND event.versions = invoice.version) IS NOT TRUE",
    ),
    sql_invariant(
        "last_event",
        _("The last event of an invoice has its status."),
        "SELECT DISTINCT invoice.id FROM billing_invoice invoice JOIN billing_invoiceevent event "
        "ON event.invoice_id = invoice.id AND event.version = invoice.version WHERE event.status <> invoice.status",
    ),
    sql_invariant(
        "moves",
        _("Every change of status was allowed."),
        "SELECT DISTINCT event.invoice_id FROM billing_invoiceevent event LEFT JOIN billing_invoiceevent previous "
        "ON previous.invoice_id = event.invoice_id AND previous.version = event.version - 1 "
        "WHERE event.status <> COALESCE(previous.status, 'DRAFT') "
        f"AND (COALESCE(previous.status, 'DRAFT'), event.status) NOT IN (VALUES {_MOVES})",
    ),
]
