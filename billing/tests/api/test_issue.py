"""POST /invoice/{id}/issue: a draft gets its number."""

from datetime import timedelta

import pytest

from billing.models import NumberSeries
from billing.tests.api.bodies import NOBODY, kinds, the_books
from billing.tests.factories import InvoiceFactory
from clinic.testing import NOON, codes_of


class TestIssue:
    def test_issue_assigns_the_number_and_sets_the_dates(self, noon, client):
        invoice = InvoiceFactory()

        answer = client.post(f"/invoice/{invoice.pk}/issue")

        assert answer.status_code == 200
        assert answer.json()["status"] == "ISSUED"
        assert answer.json()["reg_number"] == "INV-2026-000001"
        assert answer.json()["issue_date"] == "2026-06-15T12:00:00.000000+00:00"
        assert answer.json()["due_date"] == "2026-07-15T00:00:00.000000+00:00"
        assert "warnings" not in answer.json()

    def test_issue_leads_to_the_status_that_follows_from_the_deposit(self, client):
        assert client.post(f"/invoice/{InvoiceFactory(deposit='100.00').pk}/issue").json()["status"] == "PAID"
        assert client.post(f"/invoice/{InvoiceFactory(deposit='1.00').pk}/issue").json()["status"] == "PARTIALY_PAID"

    def test_issue_needs_an_item(self, client):
        answer = client.post(f"/invoice/{InvoiceFactory(items=[]).pk}/issue")

        assert answer.status_code == 400
        assert codes_of(answer) == {"/items": "empty_invoice"}
        assert NumberSeries.objects.filter(document="INV").count() == 0

    @pytest.mark.parametrize("state", ["issued", "part_paid", "paid", "void", "written_off"])
    def test_second_issue_is_refused(self, client, state):
        invoice = InvoiceFactory(**{state: True})
        before = the_books()

        answer = client.post(f"/invoice/{invoice.pk}/issue")

        assert answer.status_code == 409
        assert answer.json()["code"] == "invalid_transition"
        assert the_books() == before

    def test_issue_backdated_beyond_the_limit_needs_a_supervisor(self, noon, client, api, clerk):
        invoice = InvoiceFactory(issue_date=NOON - timedelta(days=366))

        refused = api(clerk).post(f"/invoice/{invoice.pk}/issue")
        allowed = client.post(f"/invoice/{invoice.pk}/issue")

        assert (refused.status_code, refused.json()["code"]) == (403, "backdate_not_allowed")
        assert allowed.status_code == 200
        assert kinds(invoice) == ["created", "issued"]

    def test_issue_takes_no_fields(self, client):
        answer = client.post(f"/invoice/{InvoiceFactory().pk}/issue", {"date": "2026-06-01"})

        assert answer.status_code == 400
        assert codes_of(answer) == {"/date": "unknown_key"}

    def test_issue_of_an_unknown_invoice_returns_404(self, client):
        assert client.post(f"/invoice/{NOBODY}/issue").status_code == 404
