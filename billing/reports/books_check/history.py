"""Invariants of what happened in which order: numbers, events, closings."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import groupby

from django.db.models import Q
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext_noop as _

from billing.choices import EventKind, NumberedDocument
from billing.models import BooksClosing, CreditNote, Invoice, InvoiceEvent, NumberSeries, Payment
from billing.reports.books_check.dialect import digits, year_in
from billing.reports.books_check.invariant import Invariant, Offenders, batched, streamed
from billing.rules.register_numbers import DRAFT_PREFIX, format_number, parse_number
from clinic.domain.dates import local_date, start_of_day


def breaks_of(document: NumberedDocument, numbers: Iterable[str], counters: Mapping[int, int]) -> Iterator[str]:
    """What of a document's numbers, sorted by year and then by size, is left out, repeated, or beyond its counter.

    >>> numbers = ["CN-2026-000001", "CN-2026-000003", "CN-2026-000003", "CN-2026-000006"]
    >>> list(breaks_of(NumberedDocument.CREDIT_NOTE, numbers, {2026: 7}))
    ['CN-2026-000002', 'CN-2026-000003', 'CN-2026-000004 to CN-2026-000005', 'CN-2026-000007']
    >>> list(breaks_of(NumberedDocument.CREDIT_NOTE, ["CN-2026-000001"], {}))
    ['CN-2026-000001']
    """
    seen: set[int] = set()
    counted = (found for found in map(parse_number, numbers) if found)
    for year, of_year in groupby(counted, key=lambda found: found.year):
        seen.add(year)
        yield from _breaks_of_year(document, year, (found.number for found in of_year), counters.get(year, 0))
    for year in sorted(counters.keys() - seen):
        yield from _breaks_of_year(document, year, [], counters[year])


def _breaks_of_year(document: NumberedDocument, year: int, numbers: Iterable[int], counter: int) -> Iterator[str]:
    last = 0
    for number in numbers:
        if number <= last or number > counter:
            yield format_number(document, year, number)
        elif number > last + 1:
            yield _from_to(document, year, last + 1, number - 1)
        last = max(last, number)
    if counter > last:
        yield _from_to(document, year, last + 1, counter)


def _from_to(document: NumberedDocument, year: int, first: int, last: int) -> str:
    numbers = [format_number(document, year, number) for number in (first, last)]
    return numbers[0] if first == last else " to ".join(numbers)


def _gaps(document: NumberedDocument) -> Offenders:
    """What is left out, repeated or beyond the counter; the numbers are read only where their counts do not tell."""
    model, column = {
        NumberedDocument.INVOICE: (Invoice, "reg_number"),
        NumberedDocument.CREDIT_NOTE: (CreditNote, "number"),
    }[document]
    counters = dict(NumberSeries.objects.filter(document=document).values_list("year", "last_number"))
    if _counted(model._meta.db_table, column, document) == {year: last for year, last in counters.items() if last}:
        return iter(())
    prefix = f"{document.value}-"
    numbers = model._default_manager.filter(**{f"{column}__startswith": prefix}).order_by(
        Substr(column, 1, len(prefix) + 5), Length(column), column
    )
    return breaks_of(document, numbers.values_list(column, flat=True).iterator(), counters)


def _counted(table: str, column: str, document: NumberedDocument) -> dict[int, int | None]:
    """How many numbers each year has; None where they are not those from 1 up to that, each once."""
    at = len(document.value) + 7  # where the number in the year begins
    number = f"CASE WHEN {digits(f'substr({column}, {at})', least=6)} THEN CAST(substr({column}, {at}) AS bigint) END"
    query = (
        f"SELECT year, SUM(times), COUNT(number), COUNT(*), MIN(number), MAX(number) FROM "
        f"(SELECT year, number, COUNT(*) AS times FROM (SELECT substr({column}, {at - 5}, 4) AS year, "
        f"{number} AS number FROM {table} WHERE {column} LIKE '{document.value}-____-%') numbers "
        "GROUP BY year, number) different GROUP BY year"
    )
    found = {}
    for year, *counts, first, last in streamed(query):
        is_whole = year.isascii() and year.isdecimal() and first == 1 and set(counts) == {last}
        found[int(year) if is_whole else -1] = last if is_whole else None
    return found


def _odd_receipts() -> Offenders:
    """Receipts with a number of another year; where the clinic's year is not surely that of UTC, its calendar tells."""
    number, year = "receipt_number", year_in("received_at")
    query = (
        f"SELECT id FROM billing_payment WHERE (substr({number}, 1, 9) = 'REC-' || CAST({year} AS text) || '-' "
        f"AND {digits(f'substr({number}, 10)', least=6)}) IS NOT TRUE"
    )
    for keys in batched(streamed(query)):
        payments = Payment.objects.filter(pk__in=[key for (key,) in keys]).order_by("pk")
        for told, received_at in payments.values_list(number, "received_at"):
            parsed = parse_number(told)
            if parsed is None or parsed[:2] != (NumberedDocument.RECEIPT, local_date(received_at).year):
                yield told


def _dated_in_a_closed_period() -> Offenders:
    """Payments, and invoices issued or voided, of a day that had been closed when they were entered."""
    for closing in BooksClosing.objects.order_by("closed_through"):
        opens = start_of_day(closing.closed_through + timedelta(days=1))
        later = Q(created_at__gt=closing.created_at)
        payments = Payment.objects.filter(later, received_at__lt=opens)
        events = InvoiceEvent.objects.filter(
            later, kind__in=[EventKind.ISSUED, EventKind.VOIDED], invoice__issue_date__lt=opens
        ).filter(Q(kind=EventKind.ISSUED) | ~Q(invoice__reg_number__startswith=DRAFT_PREFIX))
        yield from map(str, payments.order_by("pk").values_list("pk", flat=True).iterator())
        invoices = events.order_by("invoice_id").values_list("invoice_id", flat=True)
        yield from map(str, invoices.iterator())


def _closings_not_forward() -> Offenders:
    last = None
    for closing in BooksClosing.objects.order_by("created_at", "closed_through"):
        if (last is not None and closing.closed_through <= last) or closing.closed_through >= local_date(
            closing.created_at
        ):
            yield str(closing.pk)
        last = closing.closed_through


HISTORY = [
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
    Invariant(
        "closed_periods",
        _("Nothing was dated in a period that was closed when it was entered."),
        _dated_in_a_closed_period,
    ),
    Invariant(
        "closings", _("The closing date only ever moved forward, to a day that was over."), _closings_not_forward
    ),
]
