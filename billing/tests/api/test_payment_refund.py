"""POST /payment/{id}/refund: a patient's credit is handed out."""

import pytest

from billing.models import Refund
from billing.tests.api.bodies import NOBODY
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.testing import codes_of


def refund(client, payment, amount, **more):
    body = {"amount": amount, "method": "cash", "reason": "Not needed"} | more
    return client.post(f"/payment/{payment.pk}/refund", body)


class TestRefundOfCredit:
    def test_refund_of_credit_returns_201_with_the_refund(self, client):
        payment = PaymentFactory()

        answer = refund(client, payment, 20)

        assert answer.status_code == 201
        assert answer.json()["id"] == str(Refund.objects.get().pk)
        assert (answer.json()["amount"], answer.json()["invoice_id"]) == (20, None)
        assert client.get(f"/payment/{payment.pk}").json()["unallocated_amount"] == 30

    def test_refund_above_the_credit_is_refused(self, client):
        payment = InvoiceFactory(paid=True).allocations.get().payment

        answer = refund(client, payment, "0.01")

        assert answer.status_code == 409
        assert (answer.json()["code"], answer.json()["room"]) == ("credit_exceeded", 0)
        assert Refund.objects.count() == 0

    @pytest.mark.parametrize("wrong", [{"amount": 0}, {"method": "iou"}, {"reason": ""}, {"reference": "x" * 101}])
    def test_invalid_refund_of_credit_returns_400(self, client, wrong):
        answer = refund(client, PaymentFactory(), **({"amount": 10} | wrong))

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [f"/{next(iter(wrong))}"]

    def test_refund_of_an_unknown_payment_returns_404(self, client):
        assert client.post(f"/payment/{NOBODY}/refund", b"{").status_code == 404
