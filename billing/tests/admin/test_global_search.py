"""Search of the admin: invoices, receipts, references, credit notes and amounts."""

import pytest

from billing.models import CreditNote, Payment, Refund
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import change_url

pytestmark = pytest.mark.neutral


@pytest.fixture
def search(clerk_client):
    return lambda text: clerk_client.get("/admin/search/", {"s": text}).content.decode()


def test_search_finds_a_payment_by_receipt_reference_and_amount(search, patient):
    payment = PaymentFactory(patient=patient, amount="49.50", reference="Transfer 4711")

    for text in (payment.receipt_number, "4711", "49.50", "49,50"):
        assert change_url(payment) in search(text)
    assert change_url(payment) not in search("49.51")


def test_search_finds_an_invoice_by_its_total_and_by_what_remains(search, patient):
    invoice = InvoiceFactory(patient=patient, total="100.00", part_paid=True)

    assert change_url(invoice) in search("100.00")
    assert change_url(invoice) in search(str(invoice.remaining_amount))


def test_search_finds_a_credit_note_by_its_number_and_a_refund_by_its_amount(search, patient):
    InvoiceFactory(patient=patient, credited=True)
    InvoiceFactory(patient=patient, refunded="30.25")

    assert change_url(CreditNote.objects.get()) in search(CreditNote.objects.get().number)
    assert change_url(Refund.objects.get()) in search("30.25")


def test_search_shows_the_patient_before_their_receipts(search, patient):
    PaymentFactory(patient=patient)

    page = search(patient.record_number)

    assert change_url(patient) in page
    assert change_url(Payment.objects.get()) not in page
