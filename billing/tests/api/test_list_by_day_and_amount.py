"""GET /invoice/, narrowed by days, by what is overdue, and by what remains."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.tests.api.list_queries import found, names
from billing.tests.factories import InvoiceFactory
from clinic.testing import NOON, codes_of


class TestDates:
    def test_date_filters_use_the_days_of_the_clinic(self, client, settings):
        settings.CLINIC_TIME_ZONE = "Asia/Tokyo"
        late = InvoiceFactory(issue_date="2026-05-31T14:59:59Z", due_date="2026-06-30T14:59:59Z")
        next_day = InvoiceFactory(issue_date="2026-05-31T15:00:00Z", due_date="2026-06-30T15:00:00Z")

        assert found(client, issue_date_to="2026-05-31") == names(late)
        assert found(client, issue_date_from="2026-06-01") == names(next_day)
        assert found(client, due_date_from="2026-06-30", due_date_to="2026-06-30") == names(late)
        assert found(client, due_date_from="2026-07-01") == names(next_day)

    def test_creation_date_filters_narrow_the_list(self, client):
        old = InvoiceFactory(at=NOON - timedelta(days=400))
        new = InvoiceFactory(at=NOON)

        assert found(client, created_to="2026-06-14") == names(old)
        assert found(client, created_from="2026-06-15") == names(new)
        assert found(client, created_from="2026-06-15T12:00:00Z", created_to="2026-06-15T12:00:00Z") == names(new)

    @pytest.mark.parametrize(
        "name", ["issue_date_from", "issue_date_to", "due_date_from", "due_date_to", "created_from"]
    )
    @pytest.mark.parametrize("text", ["0000-01-01", "99999-01-01", "2026-02-30", "2026-6-1", "now", "2026-06-01\0"])
    def test_invalid_date_filters_are_refused(self, client, name, text):
        assert list(codes_of(client.get("/invoice/", **{name: text}))) == [f"?{name}"]


class TestOverdue:
    @pytest.fixture
    def invoices(self, noon, db):
        day = timedelta(days=1)
        return {
            "yesterday": InvoiceFactory(issued=True, at=NOON - 40 * day, due_date=NOON - day),
            "today": InvoiceFactory(issued=True, at=NOON - 40 * day, due_date=NOON),
            "issued today": InvoiceFactory(issued=True, due_date=NOON - 400 * day),
            "paid": InvoiceFactory(paid=True, at=NOON - 40 * day, due_date=NOON - day),
            "void": InvoiceFactory(void=True, at=NOON - 40 * day, due_date=NOON - day),
            "draft": InvoiceFactory(due_date=NOON - day),
        }

    def test_overdue_filter_returns_invoices_owed_since_before_today(self, client, invoices):
        assert found(client, overdue="true") == names(invoices["yesterday"])
        assert found(client, overdue="1") == names(invoices["yesterday"])

    def test_overdue_false_returns_every_other_invoice(self, client, invoices):
        late = invoices.pop("yesterday")

        assert found(client, overdue="false") == names(*invoices.values())
        assert str(late.pk) not in found(client, overdue="0")

    @pytest.mark.parametrize("text", ["yes", "2", "null"])
    def test_overdue_filter_must_be_a_boolean(self, client, text):
        assert list(codes_of(client.get("/invoice/", overdue=text))) == ["?overdue"]


class TestRemaining:
    def test_remaining_filter_takes_two_amounts(self, client):
        small, large = InvoiceFactory(issued=True, total="10.00"), InvoiceFactory(issued=True, total="10.01")

        assert found(client, min_remaining="10.01") == names(large)
        assert found(client, max_remaining="10") == names(small)
        assert found(client, min_remaining=10, max_remaining=Decimal("10.01")) == names(small, large)

    @pytest.mark.parametrize("text", ["ten", "1e3", "NaN", "10.001", "1e400", "99999999999"])
    def test_remaining_filter_refuses_an_invalid_amount(self, client, text):
        assert list(codes_of(client.get("/invoice/", min_remaining=text))) == ["?min_remaining"]
