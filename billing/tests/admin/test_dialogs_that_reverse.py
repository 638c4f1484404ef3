"""Dialogs to void, write off, reinstate, refund, credit and correct an invoice, each with its preview."""

from decimal import Decimal

import pytest
from django.urls import reverse

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import CreditNote, Invoice, Payment, Refund
from billing.operations.payments import Share, take_payment
from billing.tests.admin.dialog_requests import messages_of, open_dialog, preview_text, submit
from billing.tests.factories import InvoiceFactory

pytestmark = pytest.mark.neutral


class TestVoid:
    def test_void_of_a_draft_needs_no_reason(self, clerk_client):
        draft = InvoiceFactory()

        assert submit(clerk_client, draft, "void").status_code == 302
        assert Invoice.objects.get(pk=draft.pk).status == InvoiceStatus.VOID

    def test_void_of_an_issued_invoice_requires_a_reason(self, clerk_client):
        invoice = InvoiceFactory(issued=True)

        assert "reason" in submit(clerk_client, invoice, "void").context["form"].errors
        assert submit(clerk_client, invoice, "void", reason="Wrong patient").status_code == 302
        assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.VOID

    def test_void_of_a_paid_invoice_requires_a_choice_for_the_money(self, supervisor_client):
        invoice = InvoiceFactory(part_paid="40.00")

        assert "payments" in submit(supervisor_client, invoice, "void", reason="Wrong").context["form"].errors
        preview = preview_text(supervisor_client, invoice, "void", payments="credit")
        response = submit(supervisor_client, invoice, "void", reason="Wrong patient", payments="refund", method="cash")

        assert "Kept as the patient’s credit 40.00 EUR" in preview
        assert response.status_code == 302
        assert Refund.objects.get().amount == Decimal("40.00")


class TestReverse:
    def test_preview_names_the_invoices_on_which_the_payment_is_now(self, supervisor_client):
        void_by_now, paid = InvoiceFactory(part_paid="40.00"), InvoiceFactory(part_paid="30.00")
        submit(supervisor_client, void_by_now, "void", reason="Wrong patient", payments="credit")

        assert f"Removed from {paid}" in preview_text(supervisor_client, Payment.objects.get(amount=30), "reverse")
        assert "Removed from" not in preview_text(supervisor_client, Payment.objects.get(amount=40), "reverse")

    def test_preview_counts_the_invoices_that_it_does_not_name(self, supervisor_client, patient, actor):
        invoices = [InvoiceFactory(patient=patient, total="1.00", issued=True) for _ in range(22)]
        shares = [Share(invoice.pk, Decimal("1.00")) for invoice in invoices]
        payment = take_payment(
            patient,
            amount=Decimal("22.00"),
            method=PaymentMethod.CARD,
            allocations=shares,
            by=actor["by"],
            at=actor["at"],
        )

        assert "Removed from and 2 more" in preview_text(supervisor_client, payment, "reverse")


class TestWriteOffAndReinstate:
    def test_written_off_debt_can_be_reinstated(self, supervisor_client):
        invoice = InvoiceFactory(part_paid="40.00")
        assert "Remaining after this 10.00 EUR" in preview_text(supervisor_client, invoice, "write-off", amount="50.00")

        submit(supervisor_client, invoice, "write-off", amount="60.00", reason="Moved abroad")
        invoice.refresh_from_db()
        assert invoice.status == InvoiceStatus.WRITTEN_OFF

        submit(supervisor_client, invoice, "reinstate", reason="Found again")
        invoice.refresh_from_db()
        assert (invoice.status, invoice.remaining_amount) == (InvoiceStatus.PARTIALY_PAID, Decimal("60.00"))

    @pytest.mark.parametrize("action", ["write-off", "reinstate"])
    def test_write_off_and_reinstatement_require_a_reason(self, supervisor_client, action):
        invoice = InvoiceFactory(part_written_off=True)

        response = submit(supervisor_client, invoice, action, amount="1.00", reason="  ")

        assert "reason" in response.context["form"].errors
        assert Invoice.objects.get(pk=invoice.pk).version == invoice.version

    def test_write_off_above_the_remaining_amount_is_refused_at_the_field(self, supervisor_client):
        invoice = InvoiceFactory(issued=True)

        response = submit(supervisor_client, invoice, "write-off", amount="100.01", reason="Moved abroad")

        assert "amount" in response.context["form"].errors


class TestRefund:
    def test_refund_is_recorded_after_a_preview_of_the_amount_due(self, supervisor_client):
        invoice = InvoiceFactory(paid=True)

        assert "Remaining after this 30.00 EUR" in preview_text(supervisor_client, invoice, "refund", amount="30.00")
        response = submit(supervisor_client, invoice, "refund", amount="30.00", method="cash", reason="Paid twice")

        assert Refund.objects.get().amount == Decimal("30.00")
        assert "30.00" in messages_of(response)[0]

    def test_refund_that_reinstates_a_debt_is_reported(self, supervisor_client):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        response = submit(supervisor_client, invoice, "refund", amount="60.00", method="cash", reason="Paid twice")

        assert "was written off and is now due again" in messages_of(response)[0]

    def test_refund_above_the_paid_amount_is_refused_at_the_field(self, supervisor_client):
        invoice = InvoiceFactory(part_paid="40.00")

        response = submit(supervisor_client, invoice, "refund", amount="40.01", method="cash", reason="Paid twice")

        assert "amount" in response.context["form"].errors
        assert not Refund.objects.exists()


class TestCreditNote:
    def test_credit_note_without_input_credits_the_whole_invoice(self, supervisor_client):
        invoice = InvoiceFactory(paid=True)

        assert "This credit note 100.00 EUR" in preview_text(supervisor_client, invoice, "credit-note")
        submit(supervisor_client, invoice, "credit-note", reason="Not rendered")

        assert CreditNote.objects.get().total_amount == Decimal("100.00")

    def test_credit_note_credits_a_quantity_or_an_amount_of_an_item(self, supervisor_client):
        items = [
            {"description": "Visit", "unit_price": Decimal("50.00"), "quantity": Decimal(2)},
            {"description": "Dressing", "unit_price": Decimal("20.00")},
        ]
        invoice = InvoiceFactory(items=items, issued=True)

        submit(supervisor_client, invoice, "credit-note", quantity_0="1", amount_1="5.50", reason="Not rendered")

        assert CreditNote.objects.get().total_amount == Decimal("55.50")

    def test_credit_note_refuses_quantity_and_amount_for_one_item(self, supervisor_client):
        invoice = InvoiceFactory(issued=True)

        response = submit(
            supervisor_client, invoice, "credit-note", quantity_0="1", amount_0="5.00", reason="Not rendered"
        )

        assert "amount_0" in response.context["form"].errors
        assert not CreditNote.objects.exists()

    def test_credit_note_above_the_creditable_amount_is_refused(self, supervisor_client):
        invoice = InvoiceFactory(issued=True)

        response = submit(supervisor_client, invoice, "credit-note", amount_0="100.01", reason="Not rendered")

        assert "more than can be credited" in response.content.decode()
        assert not CreditNote.objects.exists()


class TestCorrection:
    def test_correction_opens_the_new_draft_with_its_deposit(self, supervisor_client):
        invoice = InvoiceFactory(part_paid="40.00")
        assert "Deposit of the new draft" in open_dialog(supervisor_client, invoice, "correct")

        response = submit(supervisor_client, invoice, "correct", reason="Wrong price")

        draft = Invoice.objects.get(corrects=invoice)
        assert response.headers["Location"] == reverse("admin:billing_invoice_change", args=[draft.pk])
        assert draft.paid_amount == Decimal("40.00")
        assert CreditNote.objects.get().invoice == invoice

    def test_invoice_is_corrected_only_once(self, supervisor_client):
        invoice = InvoiceFactory(corrected=True)

        assert "has already been corrected" in open_dialog(supervisor_client, invoice, "correct")
        submit(supervisor_client, invoice, "correct", reason="Wrong price")

        assert Invoice.objects.filter(corrects=invoice).count() == 1
