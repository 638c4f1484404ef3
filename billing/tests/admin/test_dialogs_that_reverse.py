"""The verbs by which a claim or money is taken back: each says beforehand what will be left, and does it once."""

from decimal import Decimal

import pytest
from django.urls import reverse

from billing.choices import InvoiceStatus
from billing.models import CreditNote, Invoice, Refund
from billing.tests.admin.dialog_requests import ask, foretold, said, send
from billing.tests.factories import InvoiceFactory


class TestVoid:
    def test_of_a_draft_needs_no_reason(self, clerks):
        draft = InvoiceFactory()

        assert send(clerks, draft, "void").status_code == 302
        assert Invoice.objects.get(pk=draft.pk).status == InvoiceStatus.VOID

    def test_of_an_issued_one_asks_why(self, clerks):
        invoice = InvoiceFactory(issued=True)

        assert "reason" in send(clerks, invoice, "void").context["form"].errors
        assert send(clerks, invoice, "void", reason="Wrong patient").status_code == 302
        assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.VOID

    def test_with_money_on_it_asks_what_becomes_of_it(self, supervisors):
        invoice = InvoiceFactory(part_paid="40.00")

        assert "payments" in send(supervisors, invoice, "void", reason="Wrong").context["form"].errors
        told = foretold(supervisors, invoice, "void", payments="credit")
        answer = send(supervisors, invoice, "void", reason="Wrong patient", payments="refund", method="cash")

        assert "Kept as the patient’s credit 40.00 EUR" in told
        assert answer.status_code == 302
        assert Refund.objects.get().amount == Decimal("40.00")


class TestWriteOffAndReinstate:
    def test_give_up_the_rest_and_claim_it_again(self, supervisors):
        invoice = InvoiceFactory(part_paid="40.00")
        assert "Remaining after this 10.00 EUR" in foretold(supervisors, invoice, "write-off", amount="50.00")

        send(supervisors, invoice, "write-off", amount="60.00", reason="Moved abroad")
        invoice.refresh_from_db()
        assert invoice.status == InvoiceStatus.WRITTEN_OFF

        send(supervisors, invoice, "reinstate", reason="Found again")
        invoice.refresh_from_db()
        assert (invoice.status, invoice.remaining_amount) == (InvoiceStatus.PARTIALY_PAID, Decimal("60.00"))

    @pytest.mark.parametrize("verb", ["write-off", "reinstate"])
    def test_ask_why(self, supervisors, verb):
        invoice = InvoiceFactory(part_written_off=True)

        answer = send(supervisors, invoice, verb, amount="1.00", reason="  ")

        assert "reason" in answer.context["form"].errors
        assert Invoice.objects.get(pk=invoice.pk).version == invoice.version

    def test_of_more_than_remains_is_refused_at_the_amount(self, supervisors):
        invoice = InvoiceFactory(issued=True)

        answer = send(supervisors, invoice, "write-off", amount="100.01", reason="Moved abroad")

        assert "amount" in answer.context["form"].errors


class TestRefund:
    def test_hands_money_out_and_says_what_is_owed_again(self, supervisors):
        invoice = InvoiceFactory(paid=True)

        assert "Remaining after this 30.00 EUR" in foretold(supervisors, invoice, "refund", amount="30.00")
        answer = send(supervisors, invoice, "refund", amount="30.00", method="cash", reason="Paid twice")

        assert Refund.objects.get().amount == Decimal("30.00")
        assert "30.00" in said(answer)[0]

    def test_says_when_a_debt_lives_again(self, supervisors):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        answer = send(supervisors, invoice, "refund", amount="60.00", method="cash", reason="Paid twice")

        assert "was written off, and is owed again" in said(answer)[0]

    def test_of_more_than_was_paid_is_refused_at_the_amount(self, supervisors):
        invoice = InvoiceFactory(part_paid="40.00")

        answer = send(supervisors, invoice, "refund", amount="40.01", method="cash", reason="Paid twice")

        assert "amount" in answer.context["form"].errors
        assert not Refund.objects.exists()


class TestCreditNote:
    def test_with_nothing_said_gives_all_of_it_back(self, supervisors):
        invoice = InvoiceFactory(paid=True)

        assert "This credit note 100.00 EUR" in foretold(supervisors, invoice, "credit-note")
        send(supervisors, invoice, "credit-note", reason="Not rendered")

        assert CreditNote.objects.get().total_amount == Decimal("100.00")

    def test_gives_back_a_quantity_or_an_amount_of_an_item(self, supervisors):
        items = [
            {"description": "Visit", "unit_price": Decimal("50.00"), "quantity": Decimal(2)},
            {"description": "Dressing", "unit_price": Decimal("20.00")},
        ]
        invoice = InvoiceFactory(items=items, issued=True)

        send(supervisors, invoice, "credit-note", quantity_0="1", amount_1="5.50", reason="Not rendered")

        assert CreditNote.objects.get().total_amount == Decimal("55.50")

    def test_refuses_both_for_one_item(self, supervisors):
        invoice = InvoiceFactory(issued=True)

        answer = send(supervisors, invoice, "credit-note", quantity_0="1", amount_0="5.00", reason="Not rendered")

        assert "amount_0" in answer.context["form"].errors
        assert not CreditNote.objects.exists()

    def test_of_more_than_is_left_is_refused(self, supervisors):
        invoice = InvoiceFactory(issued=True)

        answer = send(supervisors, invoice, "credit-note", amount_0="100.01", reason="Not rendered")

        assert "more than can be credited" in answer.content.decode()
        assert not CreditNote.objects.exists()


class TestCorrect:
    def test_goes_to_the_new_draft_with_its_deposit(self, supervisors):
        invoice = InvoiceFactory(part_paid="40.00")
        assert "Deposit of the new draft" in ask(supervisors, invoice, "correct")

        answer = send(supervisors, invoice, "correct", reason="Wrong price")

        draft = Invoice.objects.get(corrects=invoice)
        assert answer.headers["Location"] == reverse("admin:billing_invoice_change", args=[draft.pk])
        assert draft.paid_amount == Decimal("40.00")
        assert CreditNote.objects.get().invoice == invoice

    def test_is_done_once(self, supervisors):
        invoice = InvoiceFactory(corrected=True)

        assert "corrects this invoice already" in ask(supervisors, invoice, "correct")
        send(supervisors, invoice, "correct", reason="Wrong price")

        assert Invoice.objects.filter(corrects=invoice).count() == 1
