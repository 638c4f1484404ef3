"""Invariants of each invoice by itself: what the rules, in Python, make of what is stored."""

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from billing.choices import InvoiceStatus, NumberedDocument
from billing.models import CreditNote, Invoice, InvoiceItem
from billing.models.invoice import stored_representation
from billing.operations.credit_notes import creditable_items
from billing.reports.books_check.invariant import Invariant, Offenders, PerInvoice, batched, streamed
from billing.rules.register_numbers import is_draft_name, parse_number
from billing.rules.settlement import settled_status
from billing.rules.totals import InvalidTotals, calculate_totals
from clinic.domain.dates import local_date


def has_the_calculators_totals(invoice: Invoice, items: list[InvoiceItem]) -> bool:
    """Whether every figure is what the calculator makes of the items."""
    try:
        totals = calculate_totals(
            [item.line for item in items],
            discount_amount=invoice.discount_amount,
            discount_percent=invoice.discount_percent,
        )
        taxes = invoice.tax_lines
    except (InvalidTotals, ValueError):  # what the rules refuse, and what they hold impossible
        return False
    except (ArithmeticError, KeyError, TypeError):  # what is no list of taxes
        return False
    return (
        totals.line_totals == tuple(item.line_total for item in items)
        and list(totals.taxes) == taxes
        and (totals.subtotal, totals.discount_total, totals.tax_amount, totals.total_amount)
        == (invoice.subtotal, invoice.discount_total, invoice.tax_amount, invoice.total_amount)
    )


def has_the_status_of_its_amounts(invoice: Invoice, _: list[InvoiceItem]) -> bool:
    """Whether an issued invoice has the status that its amounts ask for."""
    if invoice.status in (InvoiceStatus.DRAFT, InvoiceStatus.VOID):
        return True
    return settled_status(**invoice.amounts()) == invoice.status


def has_the_number_of_its_year(invoice: Invoice, _: list[InvoiceItem]) -> bool:
    """Whether the number is a draft's, or one of the year of issue."""
    if is_draft_name(invoice.reg_number):
        return invoice.status in (InvoiceStatus.DRAFT, InvoiceStatus.VOID)
    if invoice.status == InvoiceStatus.DRAFT or invoice.issue_date is None:
        return False
    return is_of_year(invoice.reg_number, NumberedDocument.INVOICE, local_date(invoice.issue_date).year)


def has_what_it_was_issued_with(invoice: Invoice, items: list[InvoiceItem]) -> bool:
    """Whether an issued invoice has items, a due date, a payer and the particulars of its issue."""
    if not invoice.is_issued:
        return True
    return bool(items and invoice.due_date and invoice.bill_to_name and invoice.particulars)


def has_positions(_: Invoice, items: list[InvoiceItem]) -> bool:
    """Whether every item stands at a place of its own, from 1 on."""
    positions = {item.position for item in items}
    return len(positions) == len(items) and 0 not in positions


def is_found_by_its_words(invoice: Invoice, items: list[InvoiceItem]) -> bool:
    """Whether the text that a search reads is that of the number and the items."""
    return invoice.search_text == invoice.build_search_text(items)


def is_of_year(number: str, document: NumberedDocument, year: int) -> bool:
    """Whether a number is spelled as those of a document and year are."""
    parsed = parse_number(number)
    return parsed is not None and (parsed.document, parsed.year) == (document, year)


def is_told_by_its_document(invoice: Invoice, _: list[InvoiceItem]) -> bool:
    """Whether the stored document says what one says that is made anew; one of an old format is not read."""
    stored = stored_representation.read(invoice.wire_document)
    if stored is None:
        return True
    try:
        return stored == stored_representation.read(invoice.render_representation())
    except (ArithmeticError, KeyError, TypeError):  # what is no list of taxes
        return False


PER_INVOICE = [
    PerInvoice(
        "totals", _("Line totals, subtotal, discount, tax and total are the calculator's."), has_the_calculators_totals
    ),
    PerInvoice("status", _("The status follows from the amounts."), has_the_status_of_its_amounts),
    PerInvoice(
        "invoice_numbers", _("An issued invoice has a number of its issue date's year."), has_the_number_of_its_year
    ),
    PerInvoice(
        "issued_whole",
        _("An issued invoice has items, a due date, a payer, and the particulars of its issue."),
        has_what_it_was_issued_with,
    ),
    PerInvoice("item_positions", _("Every item stands at a place of its own."), has_positions),
    PerInvoice("search_text", _("A search reads the number and the items."), is_found_by_its_words),
    PerInvoice("wire_document", _("An invoice's stored document says what the invoice says."), is_told_by_its_document),
]


def _credited_beyond() -> Offenders:
    """Where neither a discount nor a tax is shared out, an item contributes its line; elsewhere the rules tell."""
    to_examine = (
        "SELECT note.invoice_id FROM billing_creditnote note JOIN billing_invoice invoice "
        "ON invoice.id = note.invoice_id WHERE invoice.discount_total <> 0 OR invoice.tax_amount <> 0 "
        "UNION SELECT item.invoice_id FROM billing_invoiceitem item JOIN (SELECT item_id, SUM(total_amount) AS total "
        "FROM billing_creditnoteline GROUP BY item_id) credited ON credited.item_id = item.id "
        "WHERE credited.total > item.line_total"
    )
    for keys in batched(streamed(to_examine)):
        credited = Invoice.objects.filter(pk__in=[key for (key,) in keys])
        for invoice in credited.order_by("pk").prefetch_related("items"):
            yield from _items_credited_beyond(invoice)


def _items_credited_beyond(invoice: Invoice) -> Offenders:
    try:
        items = creditable_items(invoice)
    except ValueError:  # figures that the rules hold impossible
        yield str(invoice.pk)
    else:
        yield from (str(item.key) for item in items if item.remaining < 0)


def _misnumbered_notes() -> Iterator[str]:
    notes = CreditNote.objects.order_by("pk").values_list("number", "created_at")
    for number, created_at in notes.iterator():
        if not is_of_year(number, NumberedDocument.CREDIT_NOTE, local_date(created_at).year):
            yield number


CREDITS = [
    Invariant("credited_items", _("No item is credited beyond what it contributed to the total."), _credited_beyond),
    Invariant("credit_note_numbers", _("A credit note has a number of its year."), _misnumbered_notes),
]
