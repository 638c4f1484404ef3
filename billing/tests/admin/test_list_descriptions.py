"""The description of every list of the admin: the order of its rows, and the active filters."""

import pytest

from billing.models import Invoice, Payment, Service
from billing.tests.admin.model_admins import model_admins
from billing.tests.factories import InvoiceFactory, ServiceFactory
from clinic.admin import list_url
from patients.models import Appointment, Patient
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

ALPHABETICAL = {"Patient", "Service", "Tag", "User", "Group", "Application"}


def change_list(client, model, **query):
    response = client.get(list_url(model), query)
    assert response.status_code == 200
    return response.context["cl"]


def active_filters(client, model, **query):
    return {each.title: each.value for each in change_list(client, model, **query).active_filters}


class TestOrder:
    def test_every_list_that_is_no_directory_begins_with_the_newest(self, admin_client):
        orders = {
            model.__name__: change_list(admin_client, model).order_text
            for model in model_admins()
            if model.__name__ not in ALPHABETICAL
        }

        assert {name: text for name, text in orders.items() if "newest first" not in text} == {
            "NumberSeries": "Year (highest first), Document (A to Z)"
        }

    def test_every_directory_is_in_alphabetical_order(self, admin_client):
        orders = [
            change_list(admin_client, model).order_text for model in model_admins() if model.__name__ in ALPHABETICAL
        ]

        assert [text for text in orders if "A to Z" not in text] == []

    @pytest.mark.parametrize(
        ("model", "order", "text"),
        [
            (Payment, "1", "Receipt number (lowest first)"),
            (Payment, "-3.2", "Amount (highest first), Patient (A to Z)"),
            (Invoice, "-6", "Total (highest first)"),
            (Patient, "6", "Active (No first)"),
            (Appointment, "0", "Starts at (oldest first)"),
            (Appointment, "99", "Starts at (newest first)"),
        ],
    )
    def test_chosen_order_is_described(self, admin_client, model, order, text):
        assert change_list(admin_client, model, o=order).order_text == text

    def test_order_is_on_the_page(self, admin_client):
        page = admin_client.get(list_url(Payment)).content.decode()

        assert "Received at (newest first)" in page

    def test_names_and_codes_are_in_the_order_of_their_comparison_keys(self, admin_client):
        names = [PatientFactory(family_name=name).family_name for name in ("Adler", "Äpfel", "Zorn")]
        codes = [ServiceFactory(code=code).code for code in ("a1", "B1", "c1")]

        by_name = change_list(admin_client, Patient, o="1").result_list
        by_code = change_list(admin_client, Service, o="0").result_list

        assert [patient.family_name for patient in by_name] == names
        assert [service.code for service in by_code] == codes


class TestActiveFilters:
    def test_list_without_filters_names_none(self, admin_client):
        assert active_filters(admin_client, Invoice) == {}

    def test_every_kind_of_filter_is_described_with_its_value(self, admin_client):
        patient = PatientFactory(given_name="Ana", family_name="Kim", record_number="P-1")
        query = {
            "q": "kim",
            "queue": "overdue",
            "status__exact": ["ISSUED", "PAID"],
            "age": "overdue",
            "patient__id__exact": str(patient.pk),
            "tag": ["Recall", "Insurance"],
            "due_date_from": "2026-06-01",
            "due_date_to": "2026-06-30",
            "total_amount_from": "10",
        }

        assert active_filters(admin_client, Invoice, **query) == {
            "Work queue": "Overdue",
            "Search": "kim",
            "Status": "Issued, Paid",
            "Age of the debt": "Overdue",
            "Patient": "Ana Kim (P-1)",
            "Tags": "Recall, Insurance",
            "Due date": "from 1 Jun 2026 to 30 Jun 2026",
            "Total amount": "from 10.00",
        }

    def test_boolean_filters_are_described(self, admin_client):
        assert active_filters(admin_client, Patient, active__exact="0", merged="no") == {
            "Active": "No",
            "Merged": "Not merged",
        }

    def test_link_removes_only_its_filter(self, admin_client):
        shown = change_list(admin_client, Invoice, q="kim", due_date_from="2026-06-01", o="1")

        assert [each.remove_link for each in shown.active_filters] == [
            "?due_date_from=2026-06-01&o=1",
            "?o=1&q=kim",
        ]

    def test_active_filters_are_on_the_page(self, admin_client):
        InvoiceFactory()

        page = admin_client.get(list_url(Invoice), {"status__exact": "PAID", "q": "<kim>"}).content.decode()

        assert "Status: Paid" in page
        assert "Search: &lt;kim&gt;" in page
        assert "Remove the filter “Status”" in page
