"""PUT /invoice/{id} with a status: what is wished for, and what it leads to."""

import pytest

from billing.models import Invoice, InvoiceItem
from billing.tests.api.bodies import the_books
from billing.tests.api.put_invoice import put
from billing.tests.factories import InvoiceFactory
from clinic.testing import codes_of


class TestRequestedStatus:
    @pytest.mark.parametrize(
        ("state", "requested", "status"),
        [
            ("draft", {"status": "ISSUED"}, "ISSUED"),
            ("draft", {"status": "PAID"}, "PAID"),
            ("draft", {"status": "PARTIALY_PAID", "paid_amount": 10}, "PARTIALY_PAID"),
            ("draft", {"status": "VOID"}, "VOID"),
            ("deposit", {"status": "ISSUED"}, "PARTIALY_PAID"),
            ("issued", {"status": "PAID"}, "PAID"),
            ("issued", {"status": "VOID", "reason": "Wrong patient"}, "VOID"),
            ("issued", {"status": "WRITTEN_OFF", "reason": "Moved abroad"}, "WRITTEN_OFF"),
            ("part_paid", {"status": "PAID"}, "PAID"),
            ("part_paid", {"status": "WRITTEN_OFF", "reason": "Moved abroad"}, "WRITTEN_OFF"),
            ("written_off", {"status": "WRITTEN_OFF"}, "WRITTEN_OFF"),
        ],
    )
    def test_requested_status_is_reached(self, client, state, requested, status):
        invoice = InvoiceFactory(**({} if state == "draft" else {state: True}))

        answer = put(client, invoice, requested)

        assert answer.status_code == 200
        assert answer.json()["status"] == status

    @pytest.mark.parametrize(
        ("state", "requested"),
        [
            ("issued", "DRAFT"),
            ("issued", "PARTIALY_PAID"),
            ("part_paid", "ISSUED"),
            ("paid", "ISSUED"),
            ("paid", "WRITTEN_OFF"),
            ("void", "ISSUED"),
            ("void", "DRAFT"),
            ("written_off", "ISSUED"),
            ("written_off", "PAID"),
            ("written_off", "VOID"),
            ("draft", "WRITTEN_OFF"),
        ],
    )
    def test_impossible_status_returns_409_with_the_allowed_ones(self, client, state, requested):
        invoice = InvoiceFactory(**({} if state == "draft" else {state: True}))
        before = the_books()

        answer = put(client, invoice, {"status": requested, "reason": "Because"})

        assert answer.status_code == 409
        assert answer.json()["code"] == "invalid_transition"
        assert isinstance(answer.json()["allowed"], list)
        assert the_books() == before

    def test_void_of_a_paid_invoice_is_refused(self, client):
        assert put(client, InvoiceFactory(paid=True), {"status": "VOID", "reason": "x"}).status_code == 409

    def test_void_of_an_invoice_with_money_is_refused(self, client):
        answer = put(client, InvoiceFactory(part_paid=True), {"status": "VOID", "reason": "x"})

        assert (answer.status_code, answer.json()["code"]) == (409, "invoice_has_payments")

    @pytest.mark.parametrize("requested", ["VOID", "WRITTEN_OFF"])
    def test_requested_status_needs_its_reason(self, client, requested):
        answer = put(client, InvoiceFactory(issued=True), {"status": requested})

        assert answer.status_code == 400
        assert codes_of(answer) == {"/reason": "required"}

    def test_refused_status_leaves_the_invoice_unchanged(self, client):
        invoice = InvoiceFactory()

        answer = put(client, invoice, {"notes": "Thank you", "items": [], "status": "ISSUED"})

        assert answer.status_code == 400
        assert Invoice.objects.get(pk=invoice.pk).notes == ""
        assert InvoiceItem.objects.filter(invoice=invoice).count() == 1
