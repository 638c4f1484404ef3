"""Page of the check of the books: the job, its result, links to the records, permissions."""

import pytest
from django.db import connection
from django.urls import reverse

from billing.models import Invoice
from billing.models.triggers import create, drop
from billing.tests.factories import InvoiceFactory
from clinic.models import Job
from clinic.testing import run_jobs

URL = "/admin/billing/books-check/"


@pytest.fixture
def violating_invoice(noon):
    """An invoice whose paid amount differs from its ledger; made with the triggers dropped."""
    invoice = InvoiceFactory(part_paid="40.00", at=noon)
    drop(connection)
    Invoice.objects.filter(pk=invoice.pk).update(paid_amount="50.00", remaining_amount="50.00")
    create(connection)
    return invoice


def checked(client):
    """Start the check, run it, and return the page of its job."""
    page = client.post(URL).url
    run_jobs()
    return client.get(page)


class TestBooksCheckPage:
    def test_get_shows_the_button_and_starts_no_check(self, supervisor_client):
        response = supervisor_client.get(URL)

        assert response.status_code == 200
        assert "Check now" in response.content.decode()
        assert not Job.objects.exists()

    def test_check_that_runs_is_not_started_again(self, supervisor_client):
        assert supervisor_client.post(URL).url == supervisor_client.post(URL).url

    def test_consistent_books_are_reported_as_consistent(self, supervisor_client, noon):
        InvoiceFactory(paid=True, at=noon)

        shown = checked(supervisor_client).content.decode()

        assert "The books are consistent: all" in shown
        assert "Check again" in shown

    def test_progress_counts_the_invoices(self, supervisor_client, noon):
        InvoiceFactory.create_batch(3, at=noon)

        checked(supervisor_client)

        assert (Job.objects.get().steps_done, Job.objects.get().steps_total) == (3, 3)

    def test_violations_are_listed_with_links_to_the_records(self, supervisor_client, violating_invoice):
        response = checked(supervisor_client)

        shown = response.content.decode()
        assert not response.context["result"].is_consistent
        assert f'href="{reverse("admin:billing_invoice_change", args=[violating_invoice.pk])}"' in shown
        assert "The books are consistent" not in shown

    def test_check_changes_nothing(self, supervisor_client, violating_invoice):
        before = Invoice.objects.values().get()

        checked(supervisor_client)

        assert Invoice.objects.values().get() == before

    @pytest.mark.parametrize("role", ["clerk", "auditor"])
    def test_check_is_for_supervisors_only(self, request, client, role):
        client.force_login(request.getfixturevalue(role))

        assert client.get(URL).status_code == 403
        assert client.post(URL).status_code == 403
        assert URL not in client.get("/admin/").content.decode()

    def test_result_is_not_shown_to_a_user_who_lost_the_role(self, supervisor_client, supervisor):
        page = supervisor_client.post(URL).url
        run_jobs()
        supervisor.groups.clear()

        assert "The books are consistent" not in supervisor_client.get(page).content.decode()

    def test_check_of_a_user_who_lost_the_role_is_not_run(self, supervisor_client, supervisor):
        supervisor_client.post(URL)
        supervisor.groups.clear()
        run_jobs()

        assert (Job.objects.get().state, Job.objects.get().error) == ("failed", "permission_denied")
