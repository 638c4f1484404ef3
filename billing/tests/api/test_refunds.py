"""POST and GET /invoice/{id}/refunds: money of an invoice is handed out again."""

import pytest

from billing.models import Refund
from billing.tests.api.bodies import ENVELOPE, the_books
from billing.tests.factories import InvoiceFactory
from clinic.testing import codes_of


def refund(client, invoice, amount, **more):
    body = {"amount": amount, "method": "cash", "reason": "Paid twice"} | more
    return client.post(f"/invoice/{invoice.pk}/refunds", body)


class TestRefund:
    def test_refund_returns_201_with_the_refund(self, noon, client):
        invoice = InvoiceFactory(paid=True)

        answer = refund(client, invoice, "30.00", method="TRANSFER", reference="T-9")

        assert answer.status_code == 201
        assert answer.json() == {
            "id": str(Refund.objects.get().pk),
            "patient_id": str(invoice.patient_id),
            "invoice_id": str(invoice.pk),
            "amount": 30,
            "method": "transfer",
            "reason": "Paid twice",
            "reference": "T-9",
            "currency": "EUR",
            "created_at": "2026-06-15T12:00:00.000000+00:00",
            "created_by": "supervisor",
        }

    @pytest.mark.parametrize(("amount", "status"), [(30, "PARTIALY_PAID"), (100, "ISSUED")])
    def test_refund_reopens_the_invoice(self, client, amount, status):
        invoice = InvoiceFactory(paid=True)

        refund(client, invoice, amount)

        reopened = client.get(f"/invoice/{invoice.pk}").json()
        assert (reopened["status"], reopened["remaining_amount"]) == (status, amount)

    def test_refund_warns_that_a_written_off_debt_is_due_again(self, client):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        answer = refund(client, invoice, 60)

        assert [warning["code"] for warning in answer.json()["warnings"]] == ["debt_lives_again"]
        assert "60.00" in answer.json()["warnings"][0]["detail"]
        assert client.get(f"/invoice/{invoice.pk}").json()["status"] == "ISSUED"

    def test_refund_does_not_warn_if_the_debt_was_never_written_off(self, client):
        assert "warnings" not in refund(client, InvoiceFactory(paid=True), 60).json()

    def test_refund_above_the_amount_paid_is_refused(self, client):
        invoice = InvoiceFactory(part_paid="40.00")
        before = the_books()

        answer = refund(client, invoice, "40.01")

        assert answer.status_code == 409
        assert (answer.json()["code"], answer.json()["room"]) == ("over_refund", 40)
        assert the_books() == before

    def test_refund_of_a_void_invoice_is_refused(self, client):
        assert refund(client, InvoiceFactory(void=True), 1).status_code == 409

    def test_refund_needs_amount_method_and_reason(self, client):
        answer = client.post(f"/invoice/{InvoiceFactory(paid=True).pk}/refunds")

        assert codes_of(answer) == {"/amount": "required", "/method": "required", "/reason": "required"}


class TestList:
    def test_list_contains_each_refund(self, client):
        invoice = InvoiceFactory(paid=True)
        first, second = refund(client, invoice, 1).json(), refund(client, invoice, 2).json()

        answer = client.get(f"/invoice/{invoice.pk}/refunds")

        assert answer.json().keys() == ENVELOPE
        assert answer.json()["data"] == [first, second]

    def test_list_takes_three_statements(self, client, statements):
        invoice = InvoiceFactory(paid=True)
        for _ in range(3):
            refund(client, invoice, 1)

        with statements() as counted:
            client.get(f"/invoice/{invoice.pk}/refunds")

        assert counted.number == 3, counted.sql  # the token, the invoice, the refunds
