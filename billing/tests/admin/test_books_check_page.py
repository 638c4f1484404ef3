"""The check of the books is asked from the desk by a supervisor, and names what to open."""

import pytest
from django.db import OperationalError
from django.urls import reverse

from billing.admin import books_check_page as books_page
from billing.models import Invoice
from billing.models.triggers import create, drop
from billing.tests.factories import InvoiceFactory

ADDRESS = "/admin/billing/books-check/"


@pytest.fixture
def desk(client, supervisor):
    client.force_login(supervisor)
    return client


@pytest.fixture
def broken(noon):
    """An invoice whose paid sum is not that of its ledger, as only somebody past the triggers can make it."""
    from django.db import connection

    invoice = InvoiceFactory(part_paid="40.00", at=noon)
    drop(connection)
    Invoice.objects.filter(pk=invoice.pk).update(paid_amount="50.00", remaining_amount="50.00")
    create(connection)
    return invoice


class TestTheCheck:
    def test_is_offered_and_not_run_by_looking(self, desk, broken, monkeypatch):
        monkeypatch.setattr(books_page, "books_result", lambda: pytest.fail("it was run"))

        answer = desk.get(ADDRESS)

        assert answer.status_code == 200
        assert "Check now" in answer.content.decode()
        assert "result" not in answer.context

    def test_says_that_sound_books_agree(self, desk, noon):
        InvoiceFactory(paid=True, at=noon)

        shown = desk.post(ADDRESS).content.decode()

        assert "The books agree: all" in shown
        assert "Check again" in shown

    def test_names_what_is_wrong_with_what_to_open(self, desk, broken):
        answer = desk.post(ADDRESS)

        shown = answer.content.decode()
        assert not answer.context["result"].is_consistent
        assert f'href="{reverse("admin:billing_invoice_change", args=[broken.pk])}"' in shown
        assert "The books agree" not in shown

    def test_changes_nothing(self, desk, broken):
        before = Invoice.objects.values().get()

        desk.post(ADDRESS)

        assert Invoice.objects.values().get() == before

    def test_is_not_run_where_it_would_take_too_long(self, desk, noon, monkeypatch):
        InvoiceFactory.create_batch(3, at=noon)
        monkeypatch.setattr(books_page, "MAX_INVOICES", 2)
        monkeypatch.setattr(books_page, "books_result", lambda: pytest.fail("it was run"))

        for answer in (desk.get(ADDRESS), desk.post(ADDRESS)):
            assert "more than 2 invoices" in answer.content.decode()
            assert "Check now" not in answer.content.decode()

    def test_that_the_database_gave_up_says_so(self, desk, noon, monkeypatch):
        def give_up():
            raise OperationalError("canceling statement due to statement timeout")

        monkeypatch.setattr(books_page, "books_result", give_up)

        answer = desk.post(ADDRESS)

        assert answer.status_code == 200
        assert "given up" in answer.content.decode()
        assert "The books agree" not in answer.content.decode()

    @pytest.mark.parametrize("role", ["clerk", "auditor"])
    def test_is_a_supervisors(self, request, client, role):
        client.force_login(request.getfixturevalue(role))

        assert client.get(ADDRESS).status_code == 403
        assert client.post(ADDRESS).status_code == 403
        assert ADDRESS not in client.get("/admin/").content.decode()
