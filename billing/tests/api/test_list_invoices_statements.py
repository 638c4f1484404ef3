"""SQL statements of the list of invoices."""

import pytest
from django.db import connection

from billing.models import Invoice
from billing.tests.factories import InvoiceFactory, item
from patients.tests.factories import PatientFactory


class TestStatements:
    @pytest.mark.parametrize("number", [1, 20])
    def test_list_takes_the_same_statements_for_any_number_of_invoices(self, client, statements, number):
        for _ in range(number):
            InvoiceFactory(items=[item(), item()], tags=["a", "b"], corrected=True)

        with statements() as counted:
            answer = client.get("/invoice/")

        assert len(answer.json()["data"]) == 2 * number
        # the token, the page; the tags, and the patients of the drafts
        assert counted.number == 4, counted.sql

    @pytest.mark.parametrize("number", [1, 20])
    def test_list_takes_one_statement_and_that_of_the_token(self, client, statements, number):
        InvoiceFactory.create_batch(number, issued=True, items=[item(), item()])

        with statements() as counted:
            answer = client.get("/invoice/")

        assert len(answer.json()["data"]) == number
        assert counted.number == 2, counted.sql

    def test_list_takes_one_more_statement_if_there_is_a_next_page(self, client, statements):
        InvoiceFactory.create_batch(3, issued=True)

        with statements() as counted:
            answer = client.get("/invoice/", limit=2)

        assert answer.json()["total"] == 3
        assert counted.number == 3, counted.sql  # the count

    def test_list_by_a_tag_takes_one_more_statement_for_its_id(self, client, statements):
        InvoiceFactory.create_batch(3, issued=True, tags=["a"])

        with statements() as counted:
            client.get("/invoice/", tags="a", limit=2)

        # the token, the tag's id, the page, the count, the names of the tags
        assert counted.number == 5, counted.sql

    @pytest.mark.parametrize(
        ("search", "on_postgresql"),
        [
            ("INV-2026-00000", 2),  # the invoices with it, the patients
            ("Kim Ana", 3),  # the invoices with each, the patients with both
            ("nobody anywhere", 3),
        ],
    )
    def test_search_takes_few_statements(self, client, statements, search, on_postgresql):
        InvoiceFactory(issued=True, patient=PatientFactory(given_name="Ana", family_name="Kim"))

        with statements() as counted:
            client.get("/invoice/", search=search)

        asked = [sql for sql in counted.sql if "LIKE" in sql and "wire_document" not in sql]
        assert len(asked) == (on_postgresql if connection.vendor == "postgresql" else 0), counted.sql

    def test_list_takes_five_statements_for_representations_of_an_old_format(self, client, statements):
        InvoiceFactory.create_batch(3, issued=True, tags=["a"])
        Invoice.objects.update(wire_document=None)

        with statements() as counted:
            client.get("/invoice/")

        # the token, the page; the invoices, their items, their tags, and the names of these
        assert counted.number == 6, counted.sql
