"""POST and GET /invoice/{id}/credit-notes: items are given back, in part or whole."""

import pytest

from billing.models import CreditNote, Payment
from billing.tests.api.bodies import ENVELOPE, NOBODY, the_books
from billing.tests.factories import InvoiceFactory, item
from clinic.testing import codes_of


@pytest.fixture
def invoice(db):
    """Two items, 60.00 and 40.00, issued."""
    return InvoiceFactory(issued=True, items=[item("20.00", quantity=3), item("40.00", description="X-ray")])


def credit(client, invoice, **body):
    return client.post(f"/invoice/{invoice.pk}/credit-notes", {"reason": "Not rendered"} | body)


class TestCreditNote:
    def test_credit_note_without_items_covers_all_that_is_left(self, noon, client, invoice):
        answer = credit(client, invoice)

        assert answer.status_code == 201
        note = answer.json()
        assert (note["number"], note["total_amount"]) == ("CN-2026-000001", 100)
        assert [line["total_amount"] for line in note["items"]] == [60, 40]
        assert (note["invoice_id"], note["reason"]) == (str(invoice.pk), "Not rendered")
        assert note["created_by"] == "supervisor"
        settled = client.get(f"/invoice/{invoice.pk}").json()
        assert (settled["status"], settled["credited_amount"], settled["paid_amount"]) == ("PAID", 100, 0)

    def test_credit_note_covers_a_quantity_or_an_amount(self, client, invoice):
        visits, xray = invoice.ordered_items

        note = credit(
            client, invoice, items=[{"id": visits.pk, "quantity": 1}, {"id": xray.pk, "amount": "5.50"}]
        ).json()

        lines = [(line["id"], line["description"], line["quantity"], line["total_amount"]) for line in note["items"]]
        assert lines == [(str(visits.pk), "Consultation", 1, 20), (str(xray.pk), "X-ray", None, 5.5)]
        assert note["total_amount"] == 25.5

    def test_credit_note_releases_money_to_the_patients_credit(self, client):
        invoice = InvoiceFactory(paid=True)

        credit(client, invoice, items=[{"id": invoice.ordered_items[0].pk, "amount": 30}])

        settled = client.get(f"/invoice/{invoice.pk}").json()
        assert (settled["status"], settled["paid_amount"], settled["credited_amount"]) == ("PAID", 70, 30)
        assert Payment.objects.unallocated_credit() == 30

    def test_credit_note_includes_the_tax_of_its_amount(self, client):
        invoice = InvoiceFactory(issued=True, items=[item("100.00", tax_rate=19)])

        note = credit(client, invoice).json()

        assert (note["total_amount"], note["tax_amount"]) == (119, 19)

    @pytest.mark.parametrize(("field", "value"), [("quantity", "3.001"), ("amount", "60.01")])
    def test_credit_note_above_what_is_left_is_refused(self, client, invoice, field, value):
        before = the_books()

        answer = credit(client, invoice, items=[{"id": invoice.ordered_items[0].pk, field: value}])

        assert answer.status_code == 409
        assert codes_of(answer) == {f"/items/0/{field}": "over_credit"}
        assert the_books() == before

    def test_credit_note_is_refused_if_nothing_is_left(self, client, invoice):
        credit(client, invoice)

        assert credit(client, invoice).json()["code"] == "over_credit"

    @pytest.mark.parametrize("state", [{}, {"void": True}])
    def test_credit_note_needs_an_issued_invoice(self, client, state):
        assert credit(client, InvoiceFactory(**state)).status_code == 409

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"reason": ""}, "/reason"),
            ({"items": []}, "/items"),
            ({"items": [{"id": NOBODY}]}, "/items/0/id"),
            ({"items": [{"amount": 1}]}, "/items/0/id"),
            ({"items": [{"id": NOBODY, "amount": 1, "quantity": 1}]}, "/items/0"),
            ({"items": [{"id": NOBODY, "amount": 0}]}, "/items/0/amount"),
            ({"items": [{"id": NOBODY, "price": 1}]}, "/items/0/price"),
            ({"items": "all"}, "/items"),
            ({"amount": 10}, "/amount"),
        ],
    )
    def test_invalid_credit_note_returns_400(self, client, invoice, body, pointer):
        answer = credit(client, invoice, **body)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [pointer]
        assert CreditNote.objects.count() == 0

    def test_credit_note_with_a_repeated_item_is_refused(self, client, invoice):
        key = invoice.ordered_items[0].pk

        answer = credit(client, invoice, items=[{"id": key, "amount": 1}, {"id": key, "amount": 1}])

        assert codes_of(answer) == {"/items/1/id": "repeated_id"}


class TestList:
    def test_list_contains_each_note_with_its_items(self, client, invoice):
        first = credit(client, invoice, items=[{"id": invoice.ordered_items[0].pk, "amount": 1}]).json()
        second = credit(client, invoice).json()

        answer = client.get(f"/invoice/{invoice.pk}/credit-notes")

        assert answer.json().keys() == ENVELOPE
        assert answer.json()["data"] == [first, second]

    def test_list_takes_the_same_statements_for_any_number_of_rows(self, client, statements, invoice):
        for line in [*invoice.ordered_items, *invoice.ordered_items]:
            credit(client, invoice, items=[{"id": line.pk, "amount": 1}])

        with statements() as counted:
            answer = client.get(f"/invoice/{invoice.pk}/credit-notes")

        assert answer.json()["total"] == 4
        assert counted.number == 5, counted.sql  # the token, the invoice; the notes, their lines, the lines' items
