"""POST /invoice/{id}/reinstate: a debt that was given up is claimed again."""

import pytest

from billing.tests.api.bodies import kinds, the_books
from billing.tests.factories import InvoiceFactory
from clinic.testing import codes_of


class TestReinstate:
    @pytest.mark.parametrize(
        ("state", "status", "remaining"),
        [
            ({"written_off": True}, "ISSUED", 100),
            ({"part_paid": "40.00", "written_off": True}, "PARTIALY_PAID", 60),
            ({"part_written_off": "50.00"}, "ISSUED", 100),
        ],
    )
    def test_reinstate_restores_the_amount_written_off(self, client, state, status, remaining):
        invoice = InvoiceFactory(**state)

        answer = client.post(f"/invoice/{invoice.pk}/reinstate", {"reason": "Came back"})

        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["remaining_amount"]) == (status, remaining)
        assert answer.json()["written_off_amount"] == 0
        assert kinds(invoice)[-1] == "reinstated"

    @pytest.mark.parametrize("state", ["issued", "paid", "void"])
    def test_reinstate_needs_a_write_off(self, client, state):
        invoice = InvoiceFactory(**{state: True})
        before = the_books()

        answer = client.post(f"/invoice/{invoice.pk}/reinstate", {"reason": "Came back"})

        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")
        assert the_books() == before

    def test_reinstate_needs_a_reason(self, client):
        answer = client.post(f"/invoice/{InvoiceFactory(written_off=True).pk}/reinstate")

        assert codes_of(answer) == {"/reason": "required"}
