"""A printed credit note and the slip of a refund: their figures, on one sheet, accessible, in both languages."""

import os
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Refund
from billing.models.invoice.payer import Payer
from billing.operations.credit_notes import issue_credit_note
from billing.rules.crediting import CreditRequest
from billing.tests.browser.conftest import overflows
from billing.tests.factories import ClerkFactory, InvoiceFactory, item

pytestmark = pytest.mark.skipif(
    os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="looks the same on every database"
)

SHEET = 794  # pixels: the width of A4
PAYER = Payer("Erste Rheinische Krankenversicherung auf Gegenseitigkeit", "Lindenstraße 1\n10969 Berlin")


@pytest.fixture
def note(live_database):
    """A credit note of one of two units taxed at 19 %, and of 10.00 of an untaxed item with a long description."""
    visit = item("1830.00", description="Consultation with a full examination and a written report " * 3)
    items = [item("50.00", description="Massage", quantity=Decimal(2), tax_rate=Decimal(19)), visit]
    invoice = InvoiceFactory(items=items, issued=True, bill_to=PAYER)
    massage, visit = invoice.ordered_items
    requests = [CreditRequest(massage.pk, quantity=Decimal(1)), CreditRequest(visit.pk, amount=Decimal("1000.00"))]
    reason = "Not rendered: the patient left before the second half"
    return issue_credit_note(invoice=invoice, reason=reason, items=requests, by=ClerkFactory(), at=timezone.now())


@pytest.fixture
def refund(live_database):
    invoice = InvoiceFactory(total="1234.50", refunded="1234.50", bill_to=PAYER)
    return Refund.objects.get(invoice=invoice)


def print_view(open_page, record, language):
    page = open_page("auditor", language=language)
    page.goto(reverse(f"admin:billing_{record._meta.model_name}_print", args=[record.pk]))
    return page


def assert_printable(page, axe, screenshot, name):
    """The page is accessible; what is printed has no buttons and is no wider than the sheet."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert axe(page) == []
        assert not overflows(page), width
    page.set_viewport_size({"width": SHEET, "height": 1123})
    page.emulate_media(media="print")
    assert not page.get_by_role("button").is_visible()
    assert not overflows(page)
    screenshot(page, name)


@pytest.mark.parametrize(
    ("language", "title", "figures"),
    [
        ("en-GB", "Credit note", ["Net 1,050.00", "Tax 19 % on 50.00 9.50", "Credited in total 1,059.50 EUR"]),
        ("de-DE", "Rechnungskorrektur", ["Netto 1.050,00", "Steuer 19 % auf 50,00 9,50", "1.059,50 EUR"]),
    ],
)
def test_credit_note_is_printed(open_page, note, axe, screenshot, language, title, figures):
    page = print_view(open_page, note, language)

    words = " ".join(page.get_by_role("main").inner_text().split())
    for text in [f"{title} {note.number}", note.invoice.reg_number, PAYER.name, note.reason, *figures]:
        assert text in words
    assert_printable(page, axe, screenshot, f"credit-note-printed-{language}")


@pytest.mark.parametrize(
    ("language", "title", "figures"),
    [
        ("en-GB", "Refund slip", ["Refunded 1,234.50 EUR", "Method Cash", "Received: date and signature"]),
        ("de-DE", "Rückzahlungsbeleg", ["1.234,50 EUR", "Bar"]),
    ],
)
def test_refund_slip_is_printed(open_page, refund, axe, screenshot, language, title, figures):
    page = print_view(open_page, refund, language)

    words = " ".join(page.get_by_role("main").inner_text().split())
    for text in [title, refund.invoice.reg_number, PAYER.name, refund.reason, *figures]:
        assert text in words
    assert_printable(page, axe, screenshot, f"refund-slip-printed-{language}")
