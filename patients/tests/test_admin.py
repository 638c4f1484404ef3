"""Admin of patients and appointments."""

import pytest
from django.contrib.admin import site
from django.test import RequestFactory

from clinic.testing import NOON
from patients.models import Appointment, Patient
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.neutral


FORM = {
    "given_name": "Ana",
    "family_name": "Kim",
    "active": "on",
    "merged_patients-TOTAL_FORMS": "0",
    "merged_patients-INITIAL_FORMS": "0",
}


def test_search_of_patients_matches_every_word(admin_client):
    PatientFactory(given_name="Łukasz", family_name="Müßig")
    PatientFactory(given_name="Ana", family_name="Kim")

    page = admin_client.get("/admin/patients/patient/", {"q": "MUSSIG lukasz"}).content.decode()

    assert "Müßig" in page
    assert "Kim" not in page


def test_new_patient_gets_a_record_number(admin_client):
    response = admin_client.post("/admin/patients/patient/add/", FORM)

    assert response.status_code == 302
    assert Patient.objects.get().record_number == "P-000001"


def test_saving_a_patient_leads_to_the_page_of_the_patient(admin_client):
    added = admin_client.post("/admin/patients/patient/add/", FORM)
    page = f"/admin/patients/patient/{Patient.objects.get().pk}/change/"

    changed = admin_client.post(page, {**FORM, "phone": "030 1"})

    assert (added["Location"], changed["Location"]) == (page, page)


@pytest.mark.parametrize(
    "wrong", [{"birth_date": "2999-01-01"}, {"given_name": "", "family_name": ""}, {"language": "!"}]
)
def test_patient_with_an_invalid_value_is_refused(admin_client, wrong):
    response = admin_client.post("/admin/patients/patient/add/", {**FORM, **wrong})

    assert response.status_code == 200
    assert not Patient.objects.exists()


def test_record_number_of_another_patient_is_refused(admin_client):
    PatientFactory(record_number="a-1")

    assert admin_client.post("/admin/patients/patient/add/", {**FORM, "record_number": "A-1"}).status_code == 200


def test_pages_of_merged_patients_name_each_other(admin_client):
    survivor = PatientFactory()
    twin = PatientFactory(merged__into=survivor)

    assert twin.record_number in admin_client.get(f"/admin/patients/patient/{survivor.pk}/change/").content.decode()
    assert survivor.record_number in admin_client.get(f"/admin/patients/patient/{twin.pk}/change/").content.decode()


def test_change_of_a_patient_keeps_what_others_changed_meanwhile(admin_user):
    survivor, twin = PatientFactory(), PatientFactory(phone="", address="")
    page, request = site.get_model_admin(Patient), RequestFactory().get("/")
    request.user = admin_user
    read_before = Patient.objects.get(pk=twin.pk)
    form = page.get_form(request, read_before)({**FORM, "phone": "030 1"}, instance=read_before)
    assert form.is_valid()
    twin.change(address="Moritzplatz 1")
    twin.merge_into(survivor, by=admin_user, at=NOON)

    page.save_model(request, form.save(commit=False), form, change=True)

    twin.refresh_from_db()
    assert (twin.phone, twin.address, twin.merged_into) == ("030 1", "Moritzplatz 1", survivor)


@pytest.mark.parametrize("merged", [True, False])
def test_list_of_merged_patients_appears_only_if_there_are_some(admin_client, merged):
    survivor = PatientFactory()
    if merged:
        PatientFactory(merged__into=survivor)

    page = admin_client.get(f"/admin/patients/patient/{survivor.pk}/change/").content.decode()
    assert ("merged into this patient" in page.lower()) is merged


@pytest.mark.parametrize("query", ["?active__exact=1", "?q=%00", "?q=a&o=1"])
def test_list_of_patients_accepts_filters(admin_client, query):
    assert admin_client.get(f"/admin/patients/patient/{query}").status_code == 200


@pytest.mark.parametrize(("merged", "listed"), [("no", False), ("yes", True)])
def test_list_of_patients_can_leave_out_merged_ones(admin_client, merged, listed):
    twin = PatientFactory(merged__into=PatientFactory())

    page = admin_client.get(f"/admin/patients/patient/?merged={merged}").content.decode()

    assert (twin.record_number in page) == listed


def test_patient_is_found_by_autocomplete(admin_client):
    PatientFactory(given_name="Łukasz")
    parameters = {"app_label": "patients", "model_name": "appointment", "field_name": "patient", "term": "lukasz"}

    assert len(admin_client.get("/admin/autocomplete/", parameters).json()["results"]) == 1


def test_search_of_appointments_matches_reason_and_patient(admin_client):
    AppointmentFactory(reason="Wisdom tooth")

    assert "Wisdom tooth" in admin_client.get("/admin/patients/appointment/", {"q": "TOOTH kovács"}).content.decode()


@pytest.mark.parametrize("day", ["0202-06-15", "9999-12-31"])
def test_year_of_an_appointment_that_is_a_typing_error_is_refused(admin_client, settings, day):
    settings.CLINIC_TIME_ZONE = "America/Los_Angeles"
    form = {"patient": PatientFactory().pk, "status": "scheduled", "starts_at_0": day, "starts_at_1": "23:00"}

    page = admin_client.post("/admin/patients/appointment/add/", form)

    assert page.context["adminform"].form.errors["starts_at"] == ["Choose a date between 1900 and 2200."]
    assert not Appointment.objects.exists()


def test_patient_of_an_appointment_cannot_change(admin_client):
    appointment = AppointmentFactory()
    form = {
        "patient": str(PatientFactory().pk),
        "starts_at_0": "2026-06-01",
        "starts_at_1": "10:00",
        "status": "completed",
    }

    response = admin_client.post(f"/admin/patients/appointment/{appointment.pk}/change/", form)

    assert response.status_code == 302
    changed = Appointment.objects.get()
    assert (changed.patient_id, changed.status) == (appointment.patient_id, "completed")


@pytest.mark.parametrize("make", [PatientFactory, AppointmentFactory])
def test_records_cannot_be_deleted(admin_client, make):
    record = make()

    response = admin_client.post(
        f"/admin/patients/{type(record)._meta.model_name}/{record.pk}/delete/", {"post": "yes"}
    )

    assert response.status_code == 403
