"""POST /invoice/{id}/void: an invoice is cancelled; money on it is refunded or kept as credit."""

import pytest

from billing.models import Payment, Refund
from billing.tests.api.bodies import the_books
from billing.tests.factories import InvoiceFactory
from clinic.testing import codes_of


def void(client, invoice, **body):
    return client.post(f"/invoice/{invoice.pk}/void", body)


class TestVoid:
    def test_void_keeps_number_and_amounts(self, client):
        invoice = InvoiceFactory(issued=True)

        answer = void(client, invoice, reason="Wrong patient")

        assert answer.status_code == 200
        voided = answer.json()
        assert (voided["status"], voided["reg_number"]) == ("VOID", invoice.reg_number)
        assert (voided["total_amount"], voided["remaining_amount"]) == (100, 0)

    def test_void_of_a_draft_needs_no_reason_and_uses_no_number(self, client):
        answer = void(client, InvoiceFactory())

        assert answer.status_code == 200
        assert answer.json()["reg_number"].startswith("DRAFT-")

    @pytest.mark.parametrize("reason", [{}, {"reason": ""}, {"reason": "  "}])
    def test_void_of_an_issued_invoice_needs_a_reason(self, client, reason):
        answer = void(client, InvoiceFactory(issued=True), **reason)

        assert answer.status_code == 400
        assert codes_of(answer) == {"/reason": "required"}

    def test_void_of_a_written_off_invoice_reverses_the_write_off(self, client):
        voided = void(client, InvoiceFactory(written_off=True), reason="Wrong patient").json()

        assert (voided["status"], voided["written_off_amount"]) == ("VOID", 0)


class TestVoidWithMoney:
    def test_money_needs_a_decision_between_refund_and_credit(self, client):
        invoice = InvoiceFactory(part_paid=True)
        before = the_books()

        answer = void(client, invoice, reason="Wrong patient")

        assert answer.status_code == 409
        assert answer.json()["code"] == "invoice_has_payments"
        assert the_books() == before

    def test_void_keeps_the_money_as_credit_of_the_patient(self, client):
        invoice = InvoiceFactory(part_paid="40.00")

        answer = void(client, invoice, reason="Wrong patient", payments="credit")

        assert (answer.json()["status"], answer.json()["paid_amount"]) == ("VOID", 0)
        assert Payment.objects.unallocated_credit() == 40
        movements = client.get(f"/invoice/{invoice.pk}/payments").json()["data"]
        assert [(move["kind"], move["amount"]) for move in movements] == [("payment", 40), ("release", -40)]

    def test_void_refunds_the_money(self, client):
        invoice = InvoiceFactory(part_paid="40.00")

        answer = void(client, invoice, reason="Wrong patient", payments="refund", method="Card")

        assert answer.status_code == 200
        refund = Refund.objects.get(invoice=invoice)
        assert (refund.amount, refund.method, refund.reason) == (40, "card", "Wrong patient")
        assert Payment.objects.unallocated_credit() == 0


class TestConditions:
    @pytest.mark.parametrize(
        ("state", "code"),
        [
            ({"paid": True}, "invalid_transition"),
            ({"void": True}, "invalid_transition"),
            ({"part_written_off": True}, "invoice_has_adjustments"),
            ({"credited": True}, "invoice_has_adjustments"),
        ],
    )
    def test_void_of_a_paid_void_or_adjusted_invoice_is_refused(self, client, state, code):
        answer = void(client, InvoiceFactory(**state), reason="Wrong patient", payments="credit")

        assert answer.status_code == 409
        assert answer.json()["code"] == code

    def test_paid_invoice_with_a_total_of_zero_is_voided(self, client):
        invoice = InvoiceFactory(issued=True, discount_percent=100)

        answer = void(client, invoice, reason="Wrong patient")

        assert (invoice.status, answer.json()["status"]) == ("PAID", "VOID")

    @pytest.mark.parametrize(
        "body", [{"payments": "keep"}, {"payments": None}, {"method": "shells"}, {"reason": 7}, {"reason": "x" * 501}]
    )
    def test_void_with_an_invalid_body_is_refused(self, client, body):
        answer = void(client, InvoiceFactory(part_paid=True), **({"reason": "x"} | body))

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [f"/{next(iter(body))}"]
