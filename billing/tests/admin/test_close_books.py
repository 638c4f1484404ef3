"""The dialog that closes the books: what it shows beforehand, who may, and that it happens once."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.models import BooksClosing
from billing.operations.closing import close_books
from billing.tests.admin.dialog_requests import messages_of
from billing.tests.admin.page_elements import misplaced_errors, wrong_forms
from billing.tests.factories import InvoiceFactory
from clinic.admin import list_url
from clinic.testing import compact_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

URL = reverse("admin:billing_booksclosing_close_books")
MARCH = datetime(2026, 3, 10, 10, tzinfo=UTC)


@pytest.fixture
def march():
    """An open invoice, a paid one and a draft of March."""
    InvoiceFactory(issued=True, at=MARCH)
    InvoiceFactory(paid=True, at=MARCH)
    InvoiceFactory(at=MARCH, issue_date=MARCH)


def close(client, **fields):
    form = {"through": "2026-03-31", "reason": "Q1 handed over", "confirmed": "on", "once": str(uuid4())}
    return client.post(URL, {name: value for name, value in {**form, **fields}.items() if value is not None})


def preview(client, **fields):
    return compact_html(close(client, _preview="1", **fields)).partition('id="dialog-preview"')[2]


class TestPreview:
    def test_preview_counts_what_is_dated_in_the_period(self, supervisor_client, march):
        shown = preview(supervisor_client)

        assert "<dt>Invoices in the period</dt><dd>2</dd>" in shown
        assert "<dt>of which still open</dt><dd>1</dd>" in shown
        assert "<dt>Drafts in the period, which will need another date</dt><dd>1</dd>" in shown
        assert "<dt>Closed through</dt><dd>not closed yet</dd>" in shown
        assert "<dt>Closed through after this</dt><dd>31 Mar 2026</dd>" in shown
        assert not BooksClosing.objects.exists()

    def test_year_that_is_a_typing_error_is_refused(self, supervisor_client, march):
        assert "Choose a date between 1900 and 2200." in compact_html(close(supervisor_client, through="0202-03-31"))
        assert not BooksClosing.objects.exists()

    def test_dialog_begins_with_the_end_of_last_month(self, supervisor_client):
        page = compact_html(supervisor_client.get(URL))

        assert 'value="2026-05-31"' in page
        assert "this cannot be undone" in page
        assert "<dd>31 May 2026</dd>" in page

    def test_preview_of_a_day_that_cannot_be_closed_gives_the_reason(self, supervisor_client):
        assert "2026-06-15 is not over yet" in preview(supervisor_client, through="2026-06-15")


class TestClose:
    def test_supervisor_closes_the_books(self, supervisor_client, supervisor):
        response = close(supervisor_client)

        closing = BooksClosing.objects.get()
        assert (closing.closed_through, closing.reason) == (date(2026, 3, 31), "Q1 handed over")
        assert (closing.created_by, closing.client) == (supervisor, "admin")
        assert messages_of(response) == ["The books are closed through 31 Mar 2026."]

    def test_form_that_is_sent_twice_closes_once(self, supervisor_client):
        token = str(uuid4())

        responses = [close(supervisor_client, once=token) for _ in range(2)]

        assert [response.status_code for response in responses] == [302, 302]
        assert BooksClosing.objects.count() == 1

    @pytest.mark.parametrize("field", ["through", "reason", "confirmed"])
    def test_every_field_is_required(self, supervisor_client, field):
        response = close(supervisor_client, **{field: None})

        assert [list(form.errors) for form in wrong_forms(response)] == [[field]]
        assert list(misplaced_errors(response)) == []
        assert not BooksClosing.objects.exists()

    @pytest.mark.parametrize("through", ["2026-06-15", "2026-03-31", "2026-01-31"])
    def test_closing_date_is_in_the_past_and_moves_forward(self, supervisor_client, supervisor, noon, through):
        close_books(through=date(2026, 3, 31), reason="Q1", by=supervisor, at=noon)

        response = close(supervisor_client, through=through)

        assert response.status_code == 200
        assert BooksClosing.objects.count() == 1


class TestPermissions:
    @pytest.mark.parametrize("role", ["clerk", "auditor", "integration"])
    def test_others_can_neither_open_nor_send_the_dialog(self, login_as, role):
        client = login_as(role)

        assert client.get(URL).status_code == 403
        assert close(client).status_code == 403
        assert URL not in client.get(list_url(BooksClosing)).content.decode()
        assert not BooksClosing.objects.exists()

    def test_list_of_closings_has_the_button_for_supervisors(self, supervisor_client):
        assert URL in supervisor_client.get(list_url(BooksClosing)).content.decode()
