"""Per-invoice invariants, checked in Python by the same rules that write invoices."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_noop as _

from billing.choices import InvoiceStatus, NumberedDocument
from billing.models import Invoice, InvoiceItem
from billing.models.invoice import stored_representation
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.operations.credit_notes import creditable_items
from billing.reports.books_check.invariant import CHUNK, Check, Violations
from billing.rules.register_numbers import is_draft_name, parse_number
from billing.rules.settlement import settled_status
from billing.rules.totals import InvalidTotals, calculate_totals
from clinic.domain.dates import local_date

BATCH = 500  # invoices that are read at once, with their items and tags


def has_computed_totals(invoice: Invoice, items: list[InvoiceItem]) -> bool:
    """Return whether every figure is what the calculator computes from the items."""
    try:
        totals = calculate_totals(
            [item.line for item in items],
            discount_amount=invoice.discount_amount,
            discount_percent=invoice.discount_percent,
        )
        taxes = invoice.tax_lines
    except (InvalidTotals, ValueError):  # the rules refuse these figures
        return False
    except (ArithmeticError, KeyError, TypeError):  # `taxes` is not a list of taxes
        return False
    return (
        totals.line_totals == tuple(item.line_total for item in items)
        and list(totals.taxes) == taxes
        and (totals.subtotal, totals.discount_total, totals.tax_amount, totals.total_amount)
        == (invoice.subtotal, invoice.discount_total, invoice.tax_amount, invoice.total_amount)
    )


def has_settled_status(invoice: Invoice, _items: list[InvoiceItem]) -> bool:
    """Return whether an issued invoice has the status that follows from its amounts."""
    if invoice.status in (InvoiceStatus.DRAFT, InvoiceStatus.VOID):
        return True
    return settled_status(**invoice.amounts()) == invoice.status


def has_number_of_its_year(invoice: Invoice, _items: list[InvoiceItem]) -> bool:
    """Return whether the number is a draft's, or one of the year of issue."""
    if is_draft_name(invoice.reg_number):
        return invoice.status in (InvoiceStatus.DRAFT, InvoiceStatus.VOID)
    if invoice.status == InvoiceStatus.DRAFT or invoice.issue_date is None:
        return False
    parsed = parse_number(invoice.reg_number)
    return parsed is not None and parsed[:2] == (NumberedDocument.INVOICE, local_date(invoice.issue_date).year)


def has_issue_details(invoice: Invoice, items: list[InvoiceItem]) -> bool:
    """Return whether an issued invoice has items, a due date, a payer and the particulars of its issue."""
    if not invoice.is_issued:
        return True
    return bool(items and invoice.due_date and invoice.bill_to_name and invoice.particulars)


def has_distinct_positions(_invoice: Invoice, items: list[InvoiceItem]) -> bool:
    """Return whether every item has a position of its own, from 1 on."""
    positions = {item.position for item in items}
    return len(positions) == len(items) and 0 not in positions


def has_current_search_text(invoice: Invoice, items: list[InvoiceItem]) -> bool:
    """Return whether the text that a search reads is that of the number and the items."""
    return invoice.search_text == invoice.build_search_text(items)


def is_credited_within_items(invoice: Invoice, _items: list[InvoiceItem]) -> bool:
    """Return whether no item is credited beyond its share of the total."""
    if not invoice.credited_amount:
        return True
    try:
        return all(item.remaining >= 0 for item in creditable_items(invoice))
    except (ValueError, ArithmeticError, KeyError, TypeError):  # the rules refuse these figures, or no list of taxes
        return False


def has_current_representation(invoice: Invoice, _items: list[InvoiceItem]) -> bool:
    """Return whether the stored representation is what the serializer renders; one of an old format is not read."""
    stored = stored_representation.read(invoice.wire_document)
    if stored is None:
        return True
    try:
        return stored == stored_representation.read(invoice.render_representation())
    except (ArithmeticError, KeyError, TypeError):  # `taxes` is not a list of taxes
        return False


class Rule(NamedTuple):
    """An invariant of one invoice with its items."""

    name: str
    sentence: str
    passes: Callable[[Invoice, list[InvoiceItem]], bool]


RULES = [
    Rule("totals", _("Line totals, subtotal, discount, tax and total are calculated correctly."), has_computed_totals),
    Rule("status", _("The status follows from the amounts."), has_settled_status),
    Rule(
        "invoice_numbers", _("The number of an issued invoice has the year of its issue date."), has_number_of_its_year
    ),
    Rule(
        "issued_whole",
        _("An issued invoice has items, a due date, a payer, and the details at issue."),
        has_issue_details,
    ),
    Rule("item_positions", _("Every item of an invoice has its own position."), has_distinct_positions),
    Rule("search_text", _("The search text of an invoice has its number and items."), has_current_search_text),
    Rule(
        "credited_items",
        _("No item is credited by more than its share of the total."),
        is_credited_within_items,
    ),
    Rule("wire_document", _("The stored document of an invoice matches the invoice."), has_current_representation),
]


def invoices_check(invoices: InvoiceQuerySet, on_progress: Callable[[int], None] = lambda _count: None) -> Check:
    """Return the check of these invoices; `on_progress` is called with the number of invoices of each batch."""
    return Check({rule.name: rule.sentence for rule in RULES}, lambda: _violations(invoices, on_progress))


def _violations(invoices: InvoiceQuerySet, on_progress: Callable[[int], None]) -> Violations:
    for keys in _batches(invoices):
        for invoice in Invoice.objects.filter(pk__in=keys).for_rendering():
            items = list(invoice.items.all())
            for rule in RULES:
                if not rule.passes(invoice, items):
                    yield rule.name, str(invoice.pk)
        on_progress(len(keys))


def _batches(invoices: InvoiceQuerySet) -> Iterator[list[UUID]]:
    """Yield the ids of the invoices in the order of the table: in any other, PostgreSQL reads its pages many times."""
    keys = invoices.order_by().values_list("pk", flat=True).iterator(CHUNK)
    while batch := list(islice(keys, BATCH)):
        yield batch
