"""POST /payment/{id}/allocations: a patient's credit is put onto invoices."""

import pytest

from billing.tests.api.bodies import NOBODY, kinds, the_books
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.testing import codes_of


@pytest.fixture
def payment(db):
    """50.00 of credit."""
    return PaymentFactory()


@pytest.fixture
def invoice(payment):
    """100.00 owed by the patient who has the credit."""
    return InvoiceFactory(patient=payment.patient, issued=True)


def allocate(client, payment, *shares):
    body = {"allocations": [{"invoice_id": key, "amount": amount} for key, amount in shares]} if shares else {}
    return client.post(f"/payment/{payment.pk}/allocations", body)


class TestAllocations:
    def test_allocations_go_to_the_named_invoices(self, client, payment, invoice):
        answer = allocate(client, payment, (invoice.pk, 20))

        assert answer.status_code == 201
        assert answer.json()["id"] == str(payment.pk)
        assert answer.json()["unallocated_amount"] == 30
        assert [(share["invoice_id"], share["amount"]) for share in answer.json()["allocations"]] == [
            (str(invoice.pk), 20)
        ]
        assert kinds(invoice)[-1] == "allocated"

    def test_allocations_go_to_the_oldest_due_by_default(self, client, payment, invoice):
        answer = allocate(client, payment)

        assert answer.json()["unallocated_amount"] == 0
        assert client.get(f"/invoice/{invoice.pk}").json()["remaining_amount"] == 50

    def test_allocations_to_the_same_invoice_are_added_up(self, client, payment, invoice):
        allocate(client, payment, (invoice.pk, 20))

        answer = allocate(client, payment, (invoice.pk, 5))

        assert [share["amount"] for share in answer.json()["allocations"]] == [25]

    def test_allocations_above_the_credit_are_refused(self, client, payment, invoice):
        before = the_books()

        answer = allocate(client, payment, (invoice.pk, "50.01"))

        assert answer.status_code == 409
        assert (answer.json()["code"], answer.json()["room"]) == ("credit_exceeded", 50)
        assert the_books() == before

    def test_allocations_need_credit_and_an_open_invoice(self, client, payment):
        without_invoice = allocate(client, payment)
        InvoiceFactory(patient=payment.patient, issued=True)
        allocate(client, payment)
        without_credit = allocate(client, payment)

        assert (without_invoice.status_code, without_credit.status_code) == (409, 409)

    def test_allocations_of_a_reversed_payment_are_refused(self, client, invoice):
        reversed_one = PaymentFactory(patient=PaymentFactory().patient, reversed=True)

        assert allocate(client, reversed_one).json()["code"] == "credit_exceeded"

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"allocations": []}, "/allocations"),
            ({"allocations": [{"invoice_id": NOBODY, "amount": 1}]}, "/allocations/0/invoice_id"),
            ({"allocations": [{"invoice_id": NOBODY, "amount": -1}]}, "/allocations/0/amount"),
            ({"invoice_id": NOBODY}, "/invoice_id"),
        ],
    )
    def test_invalid_allocations_return_400(self, client, payment, body, pointer):
        answer = client.post(f"/payment/{payment.pk}/allocations", body)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [pointer]

    def test_allocations_of_an_unknown_payment_return_404(self, client):
        assert client.post(f"/payment/{NOBODY}/allocations", b"{").status_code == 404
