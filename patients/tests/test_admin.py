"""The front desk's pages."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from patients.models import Appointment, Patient
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.neutral


@pytest.fixture
def desk(db):
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


FORM = {
    "given_name": "Ana",
    "family_name": "Kim",
    "active": "on",
    "merged_patients-TOTAL_FORMS": "0",
    "merged_patients-INITIAL_FORMS": "0",
}


class TestPatients:
    def test_are_found_by_every_word(self, desk):
        PatientFactory(given_name="Łukasz", family_name="Müßig")
        PatientFactory(given_name="Ana", family_name="Kim")

        page = desk.get("/admin/patients/patient/", {"q": "MUSSIG lukasz"}).content.decode()

        assert "Müßig" in page
        assert "Kim" not in page

    def test_are_added_and_get_a_number(self, desk):
        answer = desk.post("/admin/patients/patient/add/", FORM)

        assert answer.status_code == 302
        assert Patient.objects.get().record_number == "P-000001"

    @pytest.mark.parametrize(
        "wrong", [{"birth_date": "2999-01-01"}, {"given_name": "", "family_name": ""}, {"language": "!"}]
    )
    def test_are_not_added_with_what_cannot_be(self, desk, wrong):
        answer = desk.post("/admin/patients/patient/add/", {**FORM, **wrong})

        assert answer.status_code == 200
        assert not Patient.objects.exists()

    def test_do_not_share_a_record_number(self, desk):
        PatientFactory(record_number="a-1")

        assert desk.post("/admin/patients/patient/add/", {**FORM, "record_number": "A-1"}).status_code == 200

    def test_show_who_was_merged_into_them(self, desk):
        survivor = PatientFactory()
        twin = PatientFactory(merged__into=survivor)

        assert twin.record_number in desk.get(f"/admin/patients/patient/{survivor.pk}/change/").content.decode()
        assert survivor.record_number in desk.get(f"/admin/patients/patient/{twin.pk}/change/").content.decode()

    @pytest.mark.parametrize("merged", [True, False])
    def test_speak_of_merged_records_where_there_are_some(self, desk, merged):
        survivor = PatientFactory()
        if merged:
            PatientFactory(merged__into=survivor)

        page = desk.get(f"/admin/patients/patient/{survivor.pk}/change/").content.decode()
        assert ("merged into this patient" in page.lower()) is merged

    @pytest.mark.parametrize("query", ["?active__exact=1", "?q=%00", "?q=a&o=1"])
    def test_can_be_narrowed(self, desk, query):
        assert desk.get(f"/admin/patients/patient/{query}").status_code == 200

    @pytest.mark.parametrize(("merged", "listed"), [("no", False), ("yes", True), ("perhaps", True)])
    def test_that_were_merged_can_be_left_out(self, desk, merged, listed):
        twin = PatientFactory(merged__into=PatientFactory())

        page = desk.get(f"/admin/patients/patient/?merged={merged}").content.decode()

        assert (twin.record_number in page) == listed

    def test_can_be_picked(self, desk):
        PatientFactory(given_name="Łukasz")
        parameters = {"app_label": "patients", "model_name": "appointment", "field_name": "patient", "term": "lukasz"}

        assert len(desk.get("/admin/autocomplete/", parameters).json()["results"]) == 1


class TestAppointments:
    def test_are_listed_and_found(self, desk):
        AppointmentFactory(reason="Wisdom tooth")

        assert "Wisdom tooth" in desk.get("/admin/patients/appointment/", {"q": "TOOTH kovács"}).content.decode()

    def test_keep_their_patient(self, desk):
        appointment = AppointmentFactory()
        form = {
            "patient": str(PatientFactory().pk),
            "starts_at_0": "2026-06-01",
            "starts_at_1": "10:00",
            "status": "completed",
        }

        answer = desk.post(f"/admin/patients/appointment/{appointment.pk}/change/", form)

        assert answer.status_code == 302
        changed = Appointment.objects.get()
        assert (changed.patient_id, changed.status) == (appointment.patient_id, "completed")


class TestDeletion:
    @pytest.mark.parametrize("make", [PatientFactory, AppointmentFactory])
    def test_does_not_exist(self, desk, make):
        record = make()

        answer = desk.post(f"/admin/patients/{type(record)._meta.model_name}/{record.pk}/delete/", {"post": "yes"})

        assert answer.status_code == 403
