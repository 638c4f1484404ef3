"""POST /payment/{id}/reverse: a payment never came; whole, once."""

import pytest

from billing.tests.api.bodies import NOBODY, kinds, the_books
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.testing import codes_of


def reverse(client, payment, **body):
    return client.post(f"/payment/{payment.pk}/reverse", {"reason": "Bounced"} | body)


class TestReverse:
    def test_reverse_returns_the_reversing_payment(self, client):
        invoice = InvoiceFactory(paid=True)
        payment = invoice.allocations.get().payment

        answer = reverse(client, payment)

        assert answer.status_code == 201
        reversal = answer.json()
        assert answer.headers["Location"] == f"/payment/{reversal['id']}"
        assert (reversal["amount"], reversal["reason"]) == (-100, "Bounced")
        assert reversal["reverses_id"] == str(payment.pk)
        assert reversal["unallocated_amount"] == 0
        reversed_one = client.get(f"/payment/{payment.pk}").json()
        assert reversed_one["reversed_by_id"] == reversal["id"]
        assert (reversed_one["allocations"], reversed_one["unallocated_amount"]) == ([], 0)

    def test_reverse_reopens_the_invoice(self, client):
        invoice = InvoiceFactory(paid=True)

        answer = reverse(client, invoice.allocations.get().payment)

        assert "warnings" not in answer.json()
        reopened = client.get(f"/invoice/{invoice.pk}").json()
        assert (reopened["status"], reopened["remaining_amount"]) == ("ISSUED", 100)
        assert kinds(invoice)[-1] == "reversed"

    def test_reverse_warns_that_a_written_off_debt_is_due_again(self, client):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        answer = reverse(client, invoice.allocations.get().payment)

        assert [warning["code"] for warning in answer.json()["warnings"]] == ["debt_lives_again"]
        assert invoice.reg_number in answer.json()["warnings"][0]["detail"]

    def test_second_reverse_and_reverse_of_a_reversal_are_refused(self, client):
        payment = PaymentFactory()
        reversal = reverse(client, payment).json()["id"]
        before = the_books()

        again = reverse(client, payment)
        of_reversal = client.post(f"/payment/{reversal}/reverse", {"reason": "Bounced"})

        assert [each.json()["code"] for each in (again, of_reversal)] == ["already_reversed"] * 2
        assert the_books() == before

    def test_reverse_is_refused_after_a_refund(self, client):
        payment = PaymentFactory()
        client.post(f"/payment/{payment.pk}/refund", {"amount": 1, "method": "cash", "reason": "Not needed"})

        assert reverse(client, payment).json()["code"] == "payment_refunded"

    @pytest.mark.parametrize("reason", ["", " ", None, 7, "x" * 501])
    def test_reverse_needs_a_reason(self, client, reason):
        answer = reverse(client, PaymentFactory(), reason=reason)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/reason"]

    def test_reverse_of_an_unknown_payment_returns_404(self, client):
        assert client.post(f"/payment/{NOBODY}/reverse", b"{").status_code == 404
