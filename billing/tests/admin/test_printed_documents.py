"""Print view of a credit note, and slip of a refund."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from billing.models import Refund
from billing.models.invoice.payer import Payer
from billing.operations.credit_notes import issue_credit_note
from billing.operations.issuing import issue
from billing.operations.refunds import refund_credit
from billing.rules.crediting import CreditRequest
from billing.tests.factories import InvoiceFactory, PaymentFactory, item
from clinic.admin import change_url
from clinic.testing import compact_html

pytestmark = pytest.mark.neutral


def print_url(record):
    return reverse(f"admin:billing_{record._meta.model_name}_print", args=[record.pk])


def shown(client, record, language="en"):
    return compact_html(client.get(print_url(record), headers={"Accept-Language": language}))


@pytest.fixture
def note(actor):
    """A credit note of one of two units taxed at 19 %, and of 10.00 of an untaxed item."""
    taxed = item("50.00", description="Massage", quantity=Decimal(2), tax_rate=Decimal(19))
    invoice = InvoiceFactory(
        items=[taxed, item("30.00", description="Visit")], issued=True, bill_to=Payer("Insurer", "1 High Street")
    )
    massage, visit = invoice.ordered_items
    requests = [CreditRequest(massage.pk, quantity=Decimal(1)), CreditRequest(visit.pk, amount=Decimal("10.00"))]
    return issue_credit_note(invoice=invoice, reason="Not rendered", items=requests, **actor)


@pytest.fixture
def invoice_refund(db):
    InvoiceFactory(refunded="30.00", patient__given_name="Ana", patient__family_name="Kim")
    return Refund.objects.get()


@pytest.fixture
def deposit_refund(db):
    InvoiceFactory(deposit="30.00", refunded="10.00", paid=False)
    return Refund.objects.get()


@pytest.fixture
def credit_refund(actor):
    payment = PaymentFactory(amount="50.00")
    return refund_credit(payment=payment, amount=Decimal("20.00"), method="cash", reason="Moved", **actor)


class TestCreditNote:
    def test_credit_note_has_number_invoice_items_and_sums(self, auditor_client, note):
        page = shown(auditor_client, note)

        assert f"Credit note<br>{note.number}" in page
        assert f"<dt>For invoice</dt><dd>{note.invoice.reg_number}</dd>" in page
        assert "<dt>Invoice date</dt><dd>15 Jun 2026</dd>" in page
        assert "<dt>Net</dt><dd>60.00</dd>" in page
        assert "Tax 19 % on 50.00</dt><dd>9.50</dd>" in page
        assert "<dt>Credited in total</dt><dd>69.50 EUR</dd>" in page
        assert "Massage" in page
        assert "Not rendered" in page

    def test_credit_note_is_for_the_payer_of_the_invoice(self, auditor_client, note):
        assert "Insurer<br>1 High Street" in shown(auditor_client, note)

    def test_credit_note_keeps_what_the_invoice_froze(self, auditor_client, actor):
        invoice = InvoiceFactory(issued=True, patient__given_name="Ana", patient__family_name="Kim")
        note = issue_credit_note(invoice=invoice, reason="Not rendered", **actor)
        invoice.patient.change(family_name="Renamed")

        page = shown(auditor_client, note)

        assert "Ana Kim" in page
        assert "Renamed" not in page

    def test_german_credit_note_is_called_rechnungskorrektur(self, auditor_client, note):
        page = shown(auditor_client, note, "de")

        assert f"Rechnungskorrektur<br>{note.number}" in page
        assert "Gutschrift" not in page
        assert "<dd>69,50 EUR</dd>" in page


class TestRefundSlip:
    def test_slip_has_amount_method_reason_and_invoice(self, auditor_client, invoice_refund):
        page = shown(auditor_client, invoice_refund)

        assert "<dt>Refunded</dt><dd>30.00 EUR</dd>" in page
        assert "<dt>Method</dt><dd>Cash</dd>" in page
        assert "<dt>Reason</dt><dd>Paid twice</dd>" in page
        assert f"<dt>For invoice</dt><dd>{invoice_refund.invoice.reg_number}</dd>" in page
        assert "Ana Kim" in page

    @pytest.mark.parametrize("kind", ["invoice_refund", "credit_refund", "deposit_refund"])
    def test_slip_keeps_patient_clinic_and_author(self, request, auditor_client, settings, kind):
        refund = request.getfixturevalue(kind)
        before = shown(auditor_client, refund)

        refund.patient.change(family_name="Renamed", address="Elsewhere", record_number="P-NEW")
        User.objects.filter(pk=refund.created_by_id).update(first_name="Renamed")
        settings.CLINIC_NAME = settings.CLINIC_ADDRESS = "Elsewhere"

        assert shown(auditor_client, refund) == before

    def test_slip_of_a_deposit_stays_when_the_draft_is_issued(self, auditor_client, actor, deposit_refund):
        before = shown(auditor_client, deposit_refund)

        issue(deposit_refund.invoice, by=actor["by"], at=deposit_refund.created_at + timedelta(days=1))

        assert shown(auditor_client, deposit_refund) == before
        assert "<dt>For invoice</dt><dd>Deposit on a draft</dd>" in before

    def test_slip_of_refunded_credit_names_no_invoice(self, auditor_client, credit_refund):
        page = shown(auditor_client, credit_refund)

        assert "none: of the patient’s credit" in page
        assert "<dd>20.00 EUR</dd>" in page


@pytest.mark.parametrize("kind", ["note", "invoice_refund"])
class TestAccess:
    def test_page_of_the_record_links_to_its_printed_document(self, request, auditor_client, kind):
        record = request.getfixturevalue(kind)

        assert print_url(record) in auditor_client.get(change_url(record)).content.decode()

    def test_printed_document_requires_permission_to_read_it(self, request, kind):
        url, client = print_url(request.getfixturevalue(kind)), Client()
        client.force_login(User.objects.create_user("without_role", is_staff=True))

        assert client.get(url).status_code == 403

    def test_unknown_record_is_not_found(self, request, auditor_client, kind):
        url = print_url(request.getfixturevalue(kind))
        key = url.split("/")[-3]

        assert auditor_client.get(url.replace(key, "00000000-0000-0000-0000-000000000000")).status_code == 404
