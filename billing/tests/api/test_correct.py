"""POST /invoice/{id}/correct: a wrong invoice is credited whole, and a draft with the same items replaces it."""

import pytest

from billing.models import Invoice
from billing.tests.api.bodies import the_books
from billing.tests.factories import InvoiceFactory, item
from clinic.testing import codes_of


def correct(client, invoice, **body):
    return client.post(f"/invoice/{invoice.pk}/correct", {"reason": "Wrong price"} | body)


class TestCorrect:
    def test_correct_returns_the_new_draft(self, client):
        invoice = InvoiceFactory(issued=True, items=[item("60.00"), item("40.00", code="X1")], tags=["VIP"], notes="Hi")

        answer = correct(client, invoice)

        assert answer.status_code == 201
        draft = answer.json()
        assert answer.headers["Location"] == f"/invoice/{draft['id']}"
        assert client.get(answer.headers["Location"]).json() == draft
        assert (draft["status"], draft["corrects_id"]) == ("DRAFT", str(invoice.pk))
        assert [(line["unit_price"], line["code"]) for line in draft["items"]] == [(60, ""), (40, "X1")]
        assert (draft["tags"], draft["notes"]) == (["VIP"], "Hi")

    def test_correct_credits_the_wrong_invoice_and_links_both(self, client):
        invoice = InvoiceFactory(issued=True)

        draft = correct(client, invoice).json()

        wrong = client.get(f"/invoice/{invoice.pk}").json()
        assert (wrong["status"], wrong["credited_amount"]) == ("PAID", 100)
        assert wrong["corrected_by_id"] == draft["id"]

    def test_correct_carries_the_money_over_as_a_deposit(self, client):
        invoice = InvoiceFactory(part_paid="40.00")

        draft = correct(client, invoice).json()

        assert draft["paid_amount"] == 40
        assert client.get(f"/invoice/{invoice.pk}").json()["paid_amount"] == 0

    def test_second_correct_is_refused(self, client):
        invoice = InvoiceFactory(issued=True)
        correct(client, invoice)
        before = the_books()

        answer = correct(client, invoice)

        assert answer.status_code == 409
        assert answer.json()["code"] == "already_corrected"
        assert the_books() == before

    @pytest.mark.parametrize("state", [{}, {"void": True}])
    def test_correct_needs_an_issued_invoice(self, client, state):
        assert correct(client, InvoiceFactory(**state)).json()["code"] == "invalid_transition"

    def test_correct_needs_a_reason(self, client):
        answer = correct(client, InvoiceFactory(issued=True), reason=" ")

        assert codes_of(answer) == {"/reason": "blank"}
        assert Invoice.objects.count() == 1
