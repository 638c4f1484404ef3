"""Warnings where an inactive patient or service is charged: draft editor, issue dialog, preview of a bulk issue."""

import pytest

from billing.operations.catalogue import change_service
from billing.tests.admin.dialog_requests import open_dialog
from billing.tests.admin.draft_requests import NEW_URL, TOTALS_URL, header_data, item_data, page_url
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

PATIENT, SERVICE = "is marked as inactive", "is no longer on the price list"


@pytest.fixture
def draft(noon):
    """A draft whose patient and service have become inactive."""
    service = ServiceFactory(code="X1", description="Old massage")
    draft = InvoiceFactory(items=[item(service=service), item(service=service)])
    draft.patient.change(active=False)
    change_service(service, active=False, at=noon)
    return draft


@pytest.fixture
def active_draft(db):
    return InvoiceFactory(items=[item(service=ServiceFactory())])


def totals_html(client, patient, service):
    data = header_data(patient) | item_data({"service": service.pk, "description": "Visit", "unit_price": "10"})
    return client.post(TOTALS_URL, data).json()["html"]


def bulk_preview(client, invoice):
    chosen = {"action": "issue_chosen", "_selected_action": [invoice.pk]}
    return client.post("/admin/billing/invoice/", chosen).content.decode()


class TestDraftEditor:
    def test_inactive_patient_and_service_are_named_while_they_are_entered(self, clerk_client):
        patient, service = PatientFactory(active=False), ServiceFactory(active=False, code="X1")

        html = totals_html(clerk_client, patient, service)

        assert f"The patient {patient.full_name} {PATIENT}." in html
        assert f"“{service.description}” (X1) {SERVICE}." in html

    def test_active_patient_and_service_are_entered_without_a_warning(self, clerk_client):
        assert "draft-warning" not in totals_html(clerk_client, PatientFactory(), ServiceFactory())

    def test_stored_draft_names_what_became_inactive_once(self, clerk_client, draft):
        page = clerk_client.get(page_url(draft)).content.decode()

        assert (page.count(PATIENT), page.count(SERVICE)) == (1, 1)

    def test_stored_draft_of_active_records_has_no_warning(self, clerk_client, active_draft):
        assert "draft-warning" not in clerk_client.get(page_url(active_draft)).content.decode()

    def test_new_draft_for_an_inactive_patient_has_a_warning(self, clerk_client):
        patient = PatientFactory(active=False)

        assert PATIENT in clerk_client.get(NEW_URL, {"patient": patient.pk}).content.decode()


@pytest.mark.parametrize("shown", [lambda client, draft: open_dialog(client, draft, "issue"), bulk_preview])
class TestIssuing:
    def test_what_became_inactive_is_named_before_the_draft_is_issued(self, clerk_client, draft, shown):
        page = shown(clerk_client, draft)

        assert (page.count(PATIENT), page.count(SERVICE)) == (1, 1)

    def test_active_records_have_no_warning(self, clerk_client, active_draft, shown):
        page = shown(clerk_client, active_draft)

        assert (page.count(PATIENT), page.count(SERVICE)) == (0, 0)


def test_warning_is_in_german_for_a_german_browser(clerk_client, draft):
    page = clerk_client.get(page_url(draft), headers={"Accept-Language": "de"}).content.decode()

    assert "steht nicht mehr in der Preisliste" in page
