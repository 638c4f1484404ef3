"""Invariants of what happened in which order: numbers, events, closings."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import groupby

from django.db.models import Q
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext_noop as _

from billing.choices import EventKind, InvoiceStatus, NumberedDocument
from billing.models import BooksClosing, CreditNote, Invoice, InvoiceEvent, NumberSeries, Payment
from billing.models.numbering import spelled
from billing.reports.books_check.invariant import Invariant, Offenders, asked
from billing.rules.lifecycle import MOVES
from clinic.calendar import day_of, start_of


def breaks_of(document: NumberedDocument, numbers: Iterable[str], counters: Mapping[int, int]) -> Iterator[str]:
    """What of a document's numbers, sorted by year and then by size, is left out, repeated, or beyond its counter.

    >>> numbers = ["CN-2026-000001", "CN-2026-000003", "CN-2026-000003", "CN-2026-000006"]
    >>> list(breaks_of(NumberedDocument.CREDIT_NOTE, numbers, {2026: 7}))
    ['CN-2026-000002', 'CN-2026-000003', 'CN-2026-000004 to CN-2026-000005', 'CN-2026-000007']
    >>> list(breaks_of(NumberedDocument.CREDIT_NOTE, ["CN-2026-000001"], {}))
    ['CN-2026-000001']
    """
    seen: set[int] = set()
    counted = (found for found in map(re.compile(r"[A-Z]+-([0-9]{4})-([0-9]{6,})").fullmatch, numbers) if found)
    for year, of_year in groupby(counted, key=lambda found: int(found[1])):
        seen.add(year)
        yield from _breaks_of_year(document, year, (int(found[2]) for found in of_year), counters.get(year, 0))
    for year in sorted(counters.keys() - seen):
        yield from _breaks_of_year(document, year, [], counters[year])


def _breaks_of_year(document: NumberedDocument, year: int, numbers: Iterable[int], counter: int) -> Iterator[str]:
    last = 0
    for number in numbers:
        if number <= last or number > counter:
            yield spelled(document, year, number)
        elif number > last + 1:
            yield _from_to(document, year, last + 1, number - 1)
        last = max(last, number)
    if counter > last:
        yield _from_to(document, year, last + 1, counter)


def _from_to(document: NumberedDocument, year: int, first: int, last: int) -> str:
    numbers = [spelled(document, year, number) for number in (first, last)]
    return numbers[0] if first == last else " to ".join(numbers)


def _gaps(document: NumberedDocument) -> Offenders:
    model, column = {
        NumberedDocument.INVOICE: (Invoice, "reg_number"),
        NumberedDocument.CREDIT_NOTE: (CreditNote, "number"),
    }[document]
    prefix = f"{document.value}-"
    numbers = model._default_manager.filter(**{f"{column}__startswith": prefix}).order_by(
        Substr(column, 1, len(prefix) + 5), Length(column), column
    )
    counters = dict(NumberSeries.objects.filter(document=document).values_list("year", "last_number"))
    return breaks_of(document, numbers.values_list(column, flat=True).iterator(), counters)


def _odd_receipts() -> Offenders:
    payments = Payment.objects.order_by("pk").values_list("receipt_number", "received_at")
    for number, received_at in payments.iterator():
        counted = re.fullmatch(r"REC-([0-9]{4})-[0-9]{6,}", number)
        if counted is None or int(counted[1]) != day_of(received_at).year:
            yield number


def _odd_moves() -> Offenders:
    """The invoices whose events tell of a move that the table does not know, or that did not begin as drafts."""
    events = InvoiceEvent.objects.order_by("invoice_id", "version", "created_at")
    told = events.values_list("invoice_id", "status").iterator()
    for invoice_id, of_invoice in groupby(told, key=lambda event: event[0]):
        before = InvoiceStatus.DRAFT.value
        for _invoice, status in of_invoice:
            if status != before and status not in MOVES.get(InvoiceStatus(before), ()):
                yield str(invoice_id)
                break
            before = status


def _dated_in_a_closed_period() -> Offenders:
    """Payments, and invoices issued or voided, of a day that had been closed when they were entered."""
    for closing in BooksClosing.objects.order_by("closed_through"):
        opens = start_of(closing.closed_through + timedelta(days=1))
        later = Q(created_at__gt=closing.created_at)
        payments = Payment.objects.filter(later, received_at__lt=opens)
        events = InvoiceEvent.objects.filter(
            later, kind__in=[EventKind.ISSUED, EventKind.VOIDED], invoice__issue_date__lt=opens
        ).filter(Q(kind=EventKind.ISSUED) | ~Q(invoice__reg_number__startswith="DRAFT-"))
        yield from map(str, payments.order_by("pk").values_list("pk", flat=True).iterator())
        invoices = events.order_by("invoice_id").values_list("invoice_id", flat=True)
        yield from map(str, invoices.iterator())


def _closings_not_forward() -> Offenders:
    last = None
    for closing in BooksClosing.objects.order_by("created_at", "closed_through"):
        if (last is not None and closing.closed_through <= last) or closing.closed_through >= day_of(
            closing.created_at
        ):
            yield str(closing.pk)
        last = closing.closed_through


HISTORY_INVARIANTS = [
    Invariant(
        "invoice_series",
        _("Invoice numbers have no gap and no repetition, and end where their counter stands."),
        lambda: _gaps(NumberedDocument.INVOICE),
    ),
    Invariant(
        "credit_note_series",
        _("Credit note numbers have no gap and no repetition, and end where their counter stands."),
        lambda: _gaps(NumberedDocument.CREDIT_NOTE),
    ),
    Invariant("receipt_numbers", _("A receipt has a number of the year in which the money came."), _odd_receipts),
    asked(
        "events",
        _("Every version of an invoice has the event that tells of it."),
        "SELECT invoice.id FROM billing_invoice invoice LEFT JOIN (SELECT invoice_id, COUNT(DISTINCT version) AS told, "
        "MAX(version) AS last FROM billing_invoiceevent GROUP BY invoice_id) events ON events.invoice_id = invoice.id "
        "WHERE COALESCE(events.told, 0) <> invoice.version OR events.last <> invoice.version",
    ),
    asked(
        "last_event",
        _("The last event of an invoice tells its status."),
        "SELECT invoice.id FROM billing_invoice invoice WHERE EXISTS (SELECT 1 FROM billing_invoiceevent event "
        "WHERE event.invoice_id = invoice.id AND event.version = invoice.version AND event.status <> invoice.status)",
    ),
    Invariant("moves", _("Every status followed one that it may follow."), _odd_moves),
    Invariant(
        "closed_periods",
        _("Nothing was dated in a period that was closed when it was entered."),
        _dated_in_a_closed_period,
    ),
    Invariant(
        "closings", _("The closing date only ever moved forward, to a day that was over."), _closings_not_forward
    ),
]
