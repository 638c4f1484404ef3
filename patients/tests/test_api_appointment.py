"""/appointment/ and /appointment/{id}"""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from clinic.testing import codes_of
from patients.models import Appointment
from patients.tests.factories import AppointmentFactory, PatientFactory


@pytest.fixture
def patient(db):
    return PatientFactory()


def booked(patient, **values):
    return {"patient_id": str(patient.pk), "starts_at": "2026-06-01T10:00:00+02:00", **values}


class TestCreate:
    @pytest.mark.parametrize("path", ["/appointment", "/appointment/"])
    def test_answers_with_the_appointment_and_where_it_is(self, client, patient, path):
        answer = client.post(path, booked(patient, ends_at="2026-06-01T10:30:00+02:00", practitioner=" Dr. Kim "))

        assert answer.status_code == 201
        assert answer.json()["practitioner"] == "Dr. Kim"
        assert answer.json()["status"] == "scheduled"
        assert client.get(answer["Location"]).json() == answer.json()

    def test_needs_a_patient_and_a_beginning(self, client):
        assert codes_of(client.post("/appointment/", {})) == {"/patient_id": "required", "/starts_at": "required"}

    def test_takes_the_zone_of_the_clinic_when_none_is_named(self, client, patient, settings):
        settings.CLINIC_TIME_ZONE = "Europe/Berlin"

        answer = client.post("/appointment/", booked(patient, starts_at="2026-06-01T10:00"))

        assert answer.json()["starts_at"] == "2026-06-01T10:00:00+02:00"
        assert Appointment.objects.get().starts_at == datetime(2026, 6, 1, 8, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("value", "pointer", "code"),
        [
            ({"patient_id": str(uuid4())}, "/patient_id", "unknown_patient"),
            ({"patient_id": True}, "/patient_id", "invalid"),
            ({"patient_id": None}, "/patient_id", "null"),
            ({"ends_at": "2026-06-01T10:00:00+02:00"}, "/ends_at", "out_of_range"),
            ({"starts_at": "tomorrow"}, "/starts_at", "invalid"),
            ({"starts_at": "99999-01-01"}, "/starts_at", "invalid"),
            ({"status": "SCHEDULED"}, "/status", "unknown_choice"),
            ({"status": []}, "/status", "unknown_choice"),
            ({"practitioner": "a" * 121}, "/practitioner", "too_long"),
            ({"reason": "a" * 501}, "/reason", "too_long"),
            ({"room": 5}, "/room", "unknown_key"),
        ],
    )
    def test_refuses_and_points_at_the_value(self, client, patient, value, pointer, code):
        answer = client.post("/appointment/", booked(patient, **value))

        assert answer.status_code == 400
        assert codes_of(answer) == {pointer: code}
        assert not Appointment.objects.exists()


class TestUpdate:
    def test_changes_what_was_sent(self, client):
        appointment = AppointmentFactory()

        answer = client.put(
            f"/appointment/{appointment.pk}", {"patient_id": str(appointment.patient_id), "status": "completed"}
        )

        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["reason"]) == ("completed", "Check-up")

    def test_with_its_own_answer_changes_nothing(self, client):
        read = client.get(f"/appointment/{AppointmentFactory().pk}").json()

        answer = client.put(f"/appointment/{read['id']}", read)

        assert (answer.status_code, answer.json()) == (200, read)

    def test_must_name_the_patient(self, client):
        assert codes_of(client.put(f"/appointment/{AppointmentFactory().pk}", {})) == {"/patient_id": "required"}

    def test_to_another_patient_is_refused(self, client, patient):
        answer = client.put(f"/appointment/{AppointmentFactory().pk}", {"patient_id": str(patient.pk)})

        assert (answer.status_code, answer.json()["code"]) == (409, "appointment_patient_fixed")

    def test_to_an_end_before_the_beginning_is_refused(self, client):
        appointment = AppointmentFactory()

        answer = client.put(
            f"/appointment/{appointment.pk}", {"patient_id": str(appointment.patient_id), "ends_at": "2020-01-01"}
        )

        assert codes_of(answer) == {"/ends_at": "out_of_range"}

    def test_under_a_stale_version_is_refused(self, client):
        answer = client.put(f"/appointment/{AppointmentFactory().pk}", {}, headers={"If-Match": '"0"'})

        assert answer.status_code == 412


class TestList:
    def found(self, client, query):
        answer = client.get(f"/appointment/?{query}")
        assert answer.status_code == 200
        return {appointment["reason"] for appointment in answer.json()["data"]}

    @pytest.fixture
    def three(self, patient):
        AppointmentFactory(patient=patient, reason="a", starts_at=datetime(2026, 6, 1, 8, tzinfo=UTC), status="no_show")
        AppointmentFactory(patient=patient, reason="b", starts_at=datetime(2026, 6, 2, 8, tzinfo=UTC))
        AppointmentFactory(reason="c", starts_at=datetime(2026, 6, 3, 8, tzinfo=UTC), practitioner="Dr. Núñez")

    @pytest.mark.parametrize(
        ("query", "reasons"),
        [
            ("", "abc"),
            ("status=no_show", "a"),
            ("status=NO_SHOW,scheduled", "abc"),
            ("status=no_show&status=cancelled", "a"),
            ("starts_from=2026-06-02", "bc"),
            ("starts_to=2026-06-02", "ab"),
            ("starts_from=2026-06-02&starts_to=2026-06-02", "b"),
            ("practitioner=dr. adeyemi", "ab"),
            ("search=nunez", "c"),
            ("search=adeyemi kovacs", "ab"),
            (f"patient_id={uuid4()}", ""),
        ],
    )
    def test_can_be_narrowed(self, client, three, query, reasons):
        assert self.found(client, query) == set(reasons)

    def test_of_several_patients(self, client, three, patient):
        assert self.found(client, f"patient_id={patient.pk}") == set("ab")
        assert self.found(client, f"patient_id={patient.pk}&patient_id={uuid4()}") == set("ab")
        assert self.found(client, f"patient_id[]={patient.pk}") == set("ab")

    @pytest.mark.parametrize(
        ("query", "pointer", "code"),
        [
            ("patient_id=", "?patient_id", "invalid"),
            ("patient_id=true", "?patient_id", "invalid"),
            ("patient_id=%00", "?patient_id", "bad_text"),
            ("status=", "?status", "invalid"),
            ("status=lost", "?status", "invalid"),
            ("status[]=no_show&active=true", "?active", "unknown_parameter"),
            ("starts_from[]=2026-06-01", "?starts_from[]", "unknown_parameter"),
            ("practitioner=a&practitioner=b", "?practitioner", "repeated_parameter"),
        ],
    )
    def test_refuses_what_it_cannot_read(self, client, query, pointer, code):
        answer = client.get(f"/appointment/?{query}")

        assert answer.status_code == 400
        assert codes_of(answer) == {pointer: code}

    def test_names_the_statuses_that_exist(self, client):
        assert "no_show" in client.get("/appointment/?status=lost").json()["detail"]

    @pytest.mark.parametrize(
        "order_by", ["patient", "-patient", "starts_at", "-ends_at", "status,-patient,practitioner"]
    )
    def test_walks_by_cursor_in_every_order(self, client, three, order_by):
        whole = [found["id"] for found in client.get("/appointment/", order_by=order_by).json()["data"]]
        page = client.get("/appointment/", order_by=order_by, limit=1)
        seen = [page.json()["data"][0]["id"]]

        while 'rel="next"' in page.get("Link", ""):
            page = client.get(page["Link"].split(">")[0][1:])
            seen.append(page.json()["data"][0]["id"])

        assert seen == whole

    def test_does_not_ask_for_each_patient(self, client, three, patient, django_assert_num_queries):
        with django_assert_num_queries(2):
            client.get("/appointment/", patient_id=patient.pk, search="kovacs", order_by="patient")
