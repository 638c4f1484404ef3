"""Page of the check of the books: result, links to the records, permissions."""

import pytest
from django.db import OperationalError
from django.urls import reverse

from billing.admin import books_check_page as books_page
from billing.models import Invoice
from billing.models.triggers import create, drop
from billing.tests.factories import InvoiceFactory

URL = "/admin/billing/books-check/"


@pytest.fixture
def violating_invoice(noon):
    """An invoice whose paid amount differs from its ledger; made with the triggers dropped."""
    from django.db import connection

    invoice = InvoiceFactory(part_paid="40.00", at=noon)
    drop(connection)
    Invoice.objects.filter(pk=invoice.pk).update(paid_amount="50.00", remaining_amount="50.00")
    create(connection)
    return invoice


class TestBooksCheckPage:
    def test_get_shows_the_button_and_runs_no_check(self, supervisor_client, violating_invoice, monkeypatch):
        monkeypatch.setattr(books_page, "books_result", lambda: pytest.fail("the check was run"))

        response = supervisor_client.get(URL)

        assert response.status_code == 200
        assert "Check now" in response.content.decode()
        assert "result" not in response.context

    def test_consistent_books_are_reported_as_consistent(self, supervisor_client, noon):
        InvoiceFactory(paid=True, at=noon)

        shown = supervisor_client.post(URL).content.decode()

        assert "The books are consistent: all" in shown
        assert "Check again" in shown

    def test_violations_are_listed_with_links_to_the_records(self, supervisor_client, violating_invoice):
        response = supervisor_client.post(URL)

        shown = response.content.decode()
        assert not response.context["result"].is_consistent
        assert f'href="{reverse("admin:billing_invoice_change", args=[violating_invoice.pk])}"' in shown
        assert "The books are consistent" not in shown

    def test_check_changes_nothing(self, supervisor_client, violating_invoice):
        before = Invoice.objects.values().get()

        supervisor_client.post(URL)

        assert Invoice.objects.values().get() == before

    def test_check_is_not_run_for_too_many_invoices(self, supervisor_client, noon, monkeypatch):
        InvoiceFactory.create_batch(3, at=noon)
        monkeypatch.setattr(books_page, "MAX_CHECKED_INVOICES", 2)
        monkeypatch.setattr(books_page, "books_result", lambda: pytest.fail("the check was run"))

        for response in (supervisor_client.get(URL), supervisor_client.post(URL)):
            assert "more than 2 invoices" in response.content.decode()
            assert "Check now" not in response.content.decode()

    def test_check_that_timed_out_is_reported(self, supervisor_client, noon, monkeypatch):
        def time_out():
            raise OperationalError("canceling statement due to statement timeout")

        monkeypatch.setattr(books_page, "books_result", time_out)

        response = supervisor_client.post(URL)

        assert response.status_code == 200
        assert "cancelled without a result" in response.content.decode()
        assert "The books are consistent" not in response.content.decode()

    @pytest.mark.parametrize("role", ["clerk", "auditor"])
    def test_check_is_for_supervisors_only(self, request, client, role):
        client.force_login(request.getfixturevalue(role))

        assert client.get(URL).status_code == 403
        assert client.post(URL).status_code == 403
        assert URL not in client.get("/admin/").content.decode()
