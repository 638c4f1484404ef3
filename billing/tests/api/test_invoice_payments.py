"""POST and GET /invoice/{id}/payments: money is taken for an invoice; its movements add up to what is paid."""

from datetime import timedelta

import pytest
from django.db import connection

from billing.models import Payment
from billing.tests.api.bodies import ENVELOPE, NOBODY, kinds, the_books
from billing.tests.factories import InvoiceFactory, item
from clinic.testing import NOON, codes_of

# A receipt's number: a sequence on PostgreSQL, a counter that is stepped and read on SQLite.
RECEIPT = 1 if connection.vendor == "postgresql" else 3  # with the closing date


def pay(client, invoice, amount, **more):
    return client.post(f"/invoice/{invoice.pk}/payments", {"amount": amount, "method": "cash"} | more)


def movements(client, invoice):
    return client.get(f"/invoice/{invoice.pk}/payments").json()["data"]


class TestPayment:
    def test_payment_returns_201_with_its_receipt(self, noon, client):
        invoice = InvoiceFactory(issued=True)

        answer = pay(client, invoice, 40, method="Cash", reference="T-1", received_at="2026-06-14", tendered=50)

        assert answer.status_code == 201
        payment = answer.json()
        assert answer.headers["Location"] == f"/payment/{payment['id']}"
        assert client.get(answer.headers["Location"]).json() == payment
        assert payment == {
            "id": payment["id"],
            "receipt_number": Payment.objects.get().receipt_number,
            "patient_id": str(invoice.patient_id),
            "amount": 40,
            "method": "cash",
            "reference": "T-1",
            "received_at": "2026-06-14T00:00:00.000000+00:00",
            "tendered": 50,
            "change_amount": 10,
            "reverses_id": None,
            "reversed_by_id": None,
            "reason": "",
            "currency": "EUR",
            "unallocated_amount": 0,
            "allocations": [{"invoice_id": str(invoice.pk), "reg_number": invoice.reg_number, "amount": 40}],
            "created_at": "2026-06-15T12:00:00.000000+00:00",
            "created_by": "supervisor",
        }

    def test_payment_settles_the_invoice(self, client):
        invoice = InvoiceFactory(issued=True, total="154.99")

        pay(client, invoice, 100)
        partly = client.get(f"/invoice/{invoice.pk}").json()
        pay(client, invoice, 54.99)
        wholly = client.get(f"/invoice/{invoice.pk}").json()

        assert (partly["status"], partly["remaining_amount"]) == ("PARTIALY_PAID", 54.99)
        assert (wholly["status"], wholly["remaining_amount"]) == ("PAID", 0)

    def test_payment_of_a_draft_is_a_deposit(self, client):
        invoice = InvoiceFactory()

        pay(client, invoice, 40)

        assert client.get(f"/invoice/{invoice.pk}").json()["status"] == "DRAFT"
        assert client.get(f"/invoice/{invoice.pk}").json()["paid_amount"] == 40

    def test_payment_above_the_amount_due_is_refused(self, client):
        invoice = InvoiceFactory(part_paid="40.00")
        before = the_books()

        answer = pay(client, invoice, "60.01")

        assert answer.status_code == 409
        assert (answer.json()["code"], answer.json()["room"]) == ("overpayment", 60)
        assert the_books() == before

    def test_payment_above_the_amount_due_may_be_kept_as_credit(self, client):
        invoice = InvoiceFactory(issued=True)

        answer = pay(client, invoice, 130, excess="credit")

        assert answer.status_code == 201
        assert answer.json()["unallocated_amount"] == 30
        assert answer.json()["allocations"][0]["amount"] == 100

    @pytest.mark.parametrize("state", ["void"])
    def test_payment_of_a_void_invoice_is_refused(self, client, state):
        answer = pay(client, InvoiceFactory(**{state: True}), 1)

        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"amount": 0}, "/amount"),
            ({"amount": -5}, "/amount"),
            ({"amount": None}, "/amount"),
            ({"amount": "0.001"}, "/amount"),
            ({"amount": 10**10}, "/amount"),
            ({"method": "shells"}, "/method"),
            ({"method": None}, "/method"),
            ({"tendered": 39.99, "method": "cash"}, "/tendered"),
            ({"tendered": 50, "method": "transfer"}, "/tendered"),
            ({"excess": "keep"}, "/excess"),
            ({"reference": "x" * 101}, "/reference"),
            ({"received_at": "2026-06-15T12:02:01Z"}, "/received_at"),
            ({"received_at": "then"}, "/received_at"),
            ({"allocations": []}, "/allocations"),
            ({"patient_id": NOBODY}, "/patient_id"),
        ],
    )
    def test_invalid_payment_returns_400(self, noon, client, body, pointer):
        invoice = InvoiceFactory(issued=True)
        before = the_books()

        answer = pay(client, invoice, **({"amount": 40} | body))

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [pointer]
        assert the_books() == before

    def test_payment_needs_an_amount_and_a_method(self, client):
        answer = client.post(f"/invoice/{InvoiceFactory(issued=True).pk}/payments")

        assert codes_of(answer) == {"/amount": "required", "/method": "required"}

    @pytest.mark.parametrize("absent", ["received_at", "tendered"])
    def test_optional_fields_may_be_null(self, client, absent):
        assert pay(client, InvoiceFactory(issued=True), 40, **{absent: None}).status_code == 201

    @pytest.mark.parametrize("number", [1, 50])
    def test_payment_takes_the_same_statements_for_any_number_of_items(self, client, statements, number):
        invoice = InvoiceFactory(issued=True, items=[item()] * number)
        pay(client, invoice, 1)  # the series of receipts has begun

        with statements() as counted:
            pay(client, invoice, 1)

        # the token; the invoice under its lock, the payment, the allocation, the event, the invoice again; nothing is
        # read to tell it
        assert counted.number == 6 + RECEIPT, counted.sql

    def test_payment_is_returned_as_it_is_read(self, client):
        invoice = InvoiceFactory(issued=True)

        answer = pay(client, invoice, 40, tendered=50, reference="Till 2")

        assert answer.json() == client.get(answer["Location"]).json()


class TestMovements:
    @pytest.mark.parametrize(
        ("state", "row"),
        [
            ({"part_paid": "40.00"}, [("payment", 40)]),
            ({"deposit": "10.00", "paid": True}, [("payment", 10), ("payment", 90)]),
            ({"refunded": "30.00"}, [("payment", 100), ("refund", -30)]),
            ({"reversed": True}, [("payment", 100), ("reversal", -100)]),
            ({"paid": True, "credited": True}, [("payment", 100), ("credit_note", -100)]),
        ],
    )
    def test_movements_are_signed_and_add_up_to_the_paid_amount(self, noon, client, state, row):
        invoice = InvoiceFactory(**state)

        rows = movements(client, invoice)

        assert sorted((row["kind"], row["amount"]) for row in rows) == sorted(row)
        assert sum(row["amount"] for row in rows) == invoice.paid_amount
        assert {row["receipt_number"] for row in rows} <= set(Payment.objects.values_list("receipt_number", flat=True))

    def test_movements_are_in_the_envelope_oldest_first(self, client):
        invoice = InvoiceFactory(issued=True, at=NOON - timedelta(days=300))
        for amount in (1, 2, 3):
            pay(client, invoice, amount)

        answer = client.get(f"/invoice/{invoice.pk}/payments", limit=2)

        assert answer.json().keys() == ENVELOPE
        assert [row["amount"] for row in answer.json()["data"]] == [1, 2]
        assert answer.json()["total"] == 3
        assert "Link" in answer.headers

    def test_movements_take_three_statements(self, client, statements):
        invoice = InvoiceFactory(refunded="30.00")

        with statements() as counted:
            movements(client, invoice)

        assert counted.number == 3, counted.sql  # the token, the invoice, the movements

    def test_movements_of_an_unknown_invoice_return_404(self, client):
        assert client.get(f"/invoice/{NOBODY}/payments").status_code == 404
        assert client.post(f"/invoice/{NOBODY}/payments", b"{").status_code == 404

    def test_movements_refuse_an_unknown_parameter(self, client):
        assert client.get(f"/invoice/{InvoiceFactory().pk}/payments", method="cash").status_code == 400

    def test_payments_are_in_the_history(self, client):
        invoice = InvoiceFactory(issued=True)

        pay(client, invoice, 40)

        assert kinds(invoice) == ["created", "issued", "paid"]
