"""JSON endpoints of the draft editor: totals and choices."""

from decimal import Decimal

import pytest

from billing.models import Invoice
from billing.operations.invoice_input import InvoiceInput
from billing.operations.revision import revise
from billing.tests.admin.draft_requests import TOTALS_URL, choices_url, draft_data, item_data
from billing.tests.factories import InvoiceFactory, ServiceFactory
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.neutral


class TestDraftTotals:
    def test_totals_are_calculated_and_not_stored(self, clerk_client):
        data = item_data(
            {"description": "Visit", "unit_price": "199.99"},
            {"description": "half", "unit_price": "x"},
            {"unit_price": "1", "quantity": "3"},
        )

        result = clerk_client.post(TOTALS_URL, data | {"discount_percent": "12.5", "discount_amount": "20"}).json()

        assert result["line_totals"] == {"r0": "199.99", "r1": "", "r2": ""}
        assert result["total"] == "154.99"
        assert "45.00" in result["html"]
        assert not Invoice.objects.exists()

    def test_totals_of_a_draft_include_its_deposit(self, clerk_client):
        draft = InvoiceFactory(deposit="40.00")

        result = clerk_client.post(TOTALS_URL, draft_data(draft)).json()

        assert "60.00" in result["html"]
        assert result["stale"] == ""

    @pytest.mark.parametrize("version", ["²", "9" * 5000, ""])
    def test_totals_are_calculated_for_a_version_that_is_no_number(self, clerk_client, version):
        draft = InvoiceFactory()

        assert clerk_client.post(TOTALS_URL, draft_data(draft) | {"version": version}).json()["stale"] == ""

    def test_discount_that_needs_a_supervisor_is_reported_to_clerks(self, clerk_client, client, supervisor):
        data = item_data({"description": "Visit", "unit_price": "100"}) | {"discount_percent": "30"}

        assert "need a supervisor" in clerk_client.post(TOTALS_URL, data).json()["html"]
        client.force_login(supervisor)
        assert "need a supervisor" not in client.post(TOTALS_URL, data).json()["html"]

    def test_totals_report_a_draft_changed_by_somebody_else(self, clerk_client, supervisor):
        draft = InvoiceFactory()
        data = draft_data(draft)
        revise(draft, InvoiceInput(fields={"notes": "Theirs"}), by=supervisor, at=draft.created_at)

        assert clerk_client.post(TOTALS_URL, data).json()["stale"]

    def test_discount_above_the_subtotal_is_reported(self, clerk_client):
        result = clerk_client.post(
            TOTALS_URL, item_data({"description": "Visit", "unit_price": "10"}) | {"discount_amount": "11"}
        ).json()

        assert result["total"] == ""
        assert "discount" in result["html"]

    def test_totals_require_post_and_permission(self, clerk_client, client, outsider):
        assert clerk_client.get(TOTALS_URL).status_code == 405
        outsider.is_staff = True
        outsider.save()
        client.force_login(outsider)
        assert client.post(TOTALS_URL, {}).status_code == 403


class TestChoices:
    def test_service_choices_have_text_and_price(self, clerk_client):
        ServiceFactory(code="K12", description="Check-up", unit_price=Decimal("80.5000"), tax_rate=Decimal("19.0000"))
        ServiceFactory(code="K13", description="Check-up, long", active=False)

        found = clerk_client.get(choices_url("services"), {"q": "check"}).json()["choices"]

        assert [choice["text"] for choice in found] == ["Check-up"]
        assert found[0]["fill"] == {
            "code": "K12",
            "description": "Check-up",
            "unit_price": "80.50",
            "tax_rate": "19",
        }

    def test_patient_choices_leave_out_merged_patients(self, clerk_client, supervisor, noon):
        survivor, other = PatientFactory(family_name="Łukasz"), PatientFactory(family_name="Łukasz")
        other.merge_into(survivor, by=supervisor, at=noon)

        found = clerk_client.get(choices_url("patients"), {"q": "lukasz"}).json()["choices"]

        assert [choice["value"] for choice in found if choice["value"]] == [str(survivor.pk)]

    def test_new_patient_is_offered_after_the_patients_who_are_found(self, clerk_client):
        PatientFactory(family_name="Łukasz")

        found = clerk_client.get(choices_url("patients"), {"q": "Łukasz"}).json()["choices"]
        unknown = clerk_client.get(choices_url("patients"), {"q": "Nobody & Co"}).json()["choices"]

        assert [bool(choice.get("dialog")) for choice in found] == [False, True]
        assert [choice["text"] for choice in unknown] == ["New patient “Nobody & Co”"]
        assert clerk_client.get(unknown[0]["dialog"]).context["form"]["family_name"].value() == "Co"

    def test_new_patient_is_not_offered_without_the_permission_or_a_text(self, auditor_client, clerk_client):
        assert auditor_client.get(choices_url("patients"), {"q": "Nobody"}).json()["choices"] == []
        assert clerk_client.get(choices_url("patients"), {"q": " "}).json()["choices"] == []

    def test_appointment_choices_are_those_of_the_patient(self, clerk_client, patient):
        own = AppointmentFactory(patient=patient)
        AppointmentFactory()

        found = clerk_client.get(choices_url("appointments"), {"q": patient.pk}).json()["choices"]

        assert [choice["value"] for choice in found] == [str(own.pk)]
        assert clerk_client.get(choices_url("appointments"), {"q": "x"}).json() == {"choices": []}

    def test_unknown_kind_of_choices_is_not_found(self, clerk_client):
        assert clerk_client.get(choices_url("secrets")).status_code == 404

    def test_choices_require_permission(self, client, outsider):
        outsider.is_staff = True
        outsider.save()
        client.force_login(outsider)

        assert client.get(choices_url("patients"), {"q": "a"}).status_code == 403
