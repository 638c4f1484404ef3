"""Fields of related records that are found by typing: a value that cannot be a key is an error of the field."""

import pytest

from billing.tests.admin.page_elements import misplaced_errors, wrong_forms
from patients.models import Appointment, Patient
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

APPOINTMENT, PATIENT = "/admin/patients/appointment/add/", "/admin/patients/patient/add/"
NO_KEYS = ["abc", "-1", "1" * 30, "\x00", "'", "00000000-0000-0000-0000-000000000000"]


@pytest.mark.parametrize("value", NO_KEYS)
@pytest.mark.parametrize(("path", "field"), [(APPOINTMENT, "patient"), (PATIENT, "login")])
def test_value_that_cannot_be_a_key_is_an_error_of_the_field(admin_client, path, field, value):
    response = admin_client.post(path, {field: value, "given_name": "Ana", "starts_at_0": "", "status": "scheduled"})

    assert response.status_code == 200
    assert [field in form.errors for form in wrong_forms(response)] == [True]
    assert list(misplaced_errors(response)) == []
    assert Patient.objects.count() == Appointment.objects.count() == 0


def test_chosen_record_stays_chosen_when_another_field_is_wrong(admin_client):
    patient = PatientFactory()

    page = admin_client.post(APPOINTMENT, {"patient": str(patient.pk), "starts_at_0": "soon"}).content.decode()

    assert f'<option value="{patient.pk}" selected' in page


@pytest.mark.parametrize("value", NO_KEYS)
def test_filter_by_what_cannot_be_a_key_is_refused_or_empty(admin_client, value):
    PatientFactory()

    response = admin_client.get("/admin/patients/appointment/", {"patient__id__exact": value})

    assert response.status_code in {200, 302}


@pytest.mark.parametrize("value", ["abc", "1" * 30, "\x00"])
@pytest.mark.parametrize("path", ["/admin/billing/invoice/", "/admin/billing/payment/", "/admin/axes/accessattempt/"])
def test_selected_row_with_an_id_that_cannot_be_one_is_refused_with_a_message(admin_client, path, value):
    action = "let_all_in" if "axes" in path else "export_csv"

    page = admin_client.post(path, {"action": action, "_selected_action": value}, follow=True)

    assert page.redirect_chain == [(path, 302)]
    assert "A selected row cannot be found" in page.content.decode()
