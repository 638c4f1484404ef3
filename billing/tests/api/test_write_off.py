"""POST /invoice/{id}/write-off: a debt is given up, whole or in part."""

import pytest

from billing.models import WriteOff
from billing.tests.api.bodies import kinds, the_books
from billing.tests.factories import InvoiceFactory
from clinic.testing import codes_of


def write_off(client, invoice, **body):
    return client.post(f"/invoice/{invoice.pk}/write-off", body)


class TestWriteOff:
    def test_write_off_covers_the_remaining_amount(self, client):
        invoice = InvoiceFactory(part_paid="40.00")

        answer = write_off(client, invoice, reason="Moved abroad")

        assert answer.status_code == 200
        given_up = answer.json()
        assert (given_up["status"], given_up["written_off_amount"]) == ("WRITTEN_OFF", 60)
        assert (given_up["total_amount"], given_up["paid_amount"], given_up["remaining_amount"]) == (100, 40, 0)
        assert WriteOff.objects.get(invoice=invoice).reason == "Moved abroad"

    def test_write_off_of_a_part_leaves_the_rest_due(self, client):
        answer = write_off(client, InvoiceFactory(issued=True), reason="Goodwill", amount="50.00")

        assert (answer.json()["status"], answer.json()["remaining_amount"]) == ("ISSUED", 50)

    @pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": None}])
    def test_write_off_needs_a_reason(self, client, body):
        answer = write_off(client, InvoiceFactory(issued=True), **body)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/reason"]

    @pytest.mark.parametrize("amount", [0, -1, "0.001", None, True, "much"])
    def test_write_off_of_an_invalid_amount_returns_400(self, client, amount):
        answer = write_off(client, InvoiceFactory(issued=True), reason="Goodwill", amount=amount)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/amount"]

    def test_write_off_of_more_than_remains_names_the_limit(self, client):
        answer = write_off(client, InvoiceFactory(part_paid="40.00"), reason="Goodwill", amount="60.01")

        assert answer.status_code == 409
        assert (answer.json()["code"], answer.json()["room"]) == ("over_write_off", 60)

    @pytest.mark.parametrize("state", ["paid", "void", "written_off"])
    def test_write_off_needs_an_amount_due(self, client, state):
        invoice = InvoiceFactory(**{state: True})
        before = the_books()

        assert write_off(client, invoice, reason="Moved abroad").status_code == 409
        assert the_books() == before

    def test_write_off_of_a_draft_is_refused(self, client):
        assert write_off(client, InvoiceFactory(), reason="Moved abroad").status_code == 409


class TestRecovery:
    @pytest.mark.parametrize(
        ("written_off", "recovered", "status", "left"),
        [("50.00", 80, "WRITTEN_OFF", 20), ("50.00", 100, "PAID", 0), ("100.00", 30, "WRITTEN_OFF", 70)],
    )
    def test_payment_reverses_write_offs_after_the_remaining_amount(self, client, written_off, recovered, status, left):
        invoice = InvoiceFactory(part_written_off=written_off)

        client.post(f"/invoice/{invoice.pk}/payments", {"amount": recovered, "method": "transfer"})

        settled = client.get(f"/invoice/{invoice.pk}").json()
        assert (settled["status"], settled["paid_amount"]) == (status, recovered)
        assert (settled["written_off_amount"], settled["remaining_amount"]) == (left, 0)
        assert kinds(invoice)[-1] == "paid"
