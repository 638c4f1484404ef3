"""Appointments in the API: /appointment/ and /appointment/{id}."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from clinic.testing import codes_of
from patients.models import Appointment
from patients.tests.factories import AppointmentFactory, PatientFactory


@pytest.fixture
def patient(db):
    return PatientFactory()


def body_for(patient, **values):
    return {"patient_id": str(patient.pk), "starts_at": "2026-06-01T10:00:00+02:00", **values}


@pytest.mark.parametrize("path", ["/appointment", "/appointment/"])
def test_create_returns_the_appointment_and_its_location(client, patient, path):
    response = client.post(path, body_for(patient, ends_at="2026-06-01T10:30:00+02:00", practitioner=" Dr. Kim "))

    assert response.status_code == 201
    assert response.json()["practitioner"] == "Dr. Kim"
    assert response.json()["status"] == "scheduled"
    assert client.get(response["Location"]).json() == response.json()


def test_create_requires_patient_and_start(client):
    assert codes_of(client.post("/appointment/", {})) == {"/patient_id": "required", "/starts_at": "required"}


def test_datetime_without_offset_is_in_the_time_zone_of_the_clinic(client, patient, settings):
    settings.CLINIC_TIME_ZONE = "Europe/Berlin"

    response = client.post("/appointment/", body_for(patient, starts_at="2026-06-01T10:00"))

    assert response.json()["starts_at"] == "2026-06-01T10:00:00.000000+02:00"
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
def test_create_with_an_invalid_value_is_refused_with_its_pointer(client, patient, value, pointer, code):
    response = client.post("/appointment/", body_for(patient, **value))

    assert response.status_code == 400
    assert codes_of(response) == {pointer: code}
    assert not Appointment.objects.exists()


def test_update_changes_only_the_fields_of_the_body(client):
    appointment = AppointmentFactory()

    response = client.put(
        f"/appointment/{appointment.pk}", {"patient_id": str(appointment.patient_id), "status": "completed"}
    )

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["reason"]) == ("completed", "Check-up")


def test_update_with_the_own_representation_changes_nothing(client):
    read = client.get(f"/appointment/{AppointmentFactory().pk}").json()

    response = client.put(f"/appointment/{read['id']}", read)

    assert (response.status_code, response.json()) == (200, read)


def test_update_requires_the_patient(client):
    assert codes_of(client.put(f"/appointment/{AppointmentFactory().pk}", {})) == {"/patient_id": "required"}


def test_update_of_the_patient_is_refused(client, patient):
    response = client.put(f"/appointment/{AppointmentFactory().pk}", {"patient_id": str(patient.pk)})

    assert (response.status_code, response.json()["code"]) == (409, "appointment_patient_fixed")


def test_update_to_an_end_before_the_start_is_refused(client):
    appointment = AppointmentFactory()

    response = client.put(
        f"/appointment/{appointment.pk}", {"patient_id": str(appointment.patient_id), "ends_at": "2020-01-01"}
    )

    assert codes_of(response) == {"/ends_at": "out_of_range"}


def test_update_with_a_stale_etag_is_refused(client):
    response = client.put(f"/appointment/{AppointmentFactory().pk}", {}, headers={"If-Match": '"0"'})

    assert response.status_code == 412


def reasons_found(client, query):
    response = client.get(f"/appointment/?{query}")
    assert response.status_code == 200
    return {appointment["reason"] for appointment in response.json()["data"]}


@pytest.fixture
def three_appointments(patient):
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
def test_list_is_filtered(client, three_appointments, query, reasons):
    assert reasons_found(client, query) == set(reasons)


def test_list_is_filtered_by_one_or_more_patients(client, three_appointments, patient):
    assert reasons_found(client, f"patient_id={patient.pk}") == set("ab")
    assert reasons_found(client, f"patient_id={patient.pk}&patient_id={uuid4()}") == set("ab")
    assert reasons_found(client, f"patient_id[]={patient.pk}") == set("ab")


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("patient_id=true", "?patient_id", "invalid"),
        ("patient_id=%00", "?patient_id", "bad_text"),
        ("status=lost", "?status", "invalid"),
        ("status[]=no_show&active=true", "?active", "unknown_parameter"),
        ("starts_from[]=2026-06-01", "?starts_from[]", "unknown_parameter"),
        ("practitioner=a&practitioner=b", "?practitioner", "repeated_parameter"),
    ],
)
def test_list_with_an_invalid_parameter_is_refused(client, query, pointer, code):
    response = client.get(f"/appointment/?{query}")

    assert response.status_code == 400
    assert codes_of(response) == {pointer: code}


def test_unknown_status_is_refused_with_the_known_ones(client):
    assert "no_show" in client.get("/appointment/?status=lost").json()["detail"]


@pytest.mark.parametrize("order_by", ["patient", "-patient", "starts_at", "-ends_at", "status,-patient,practitioner"])
def test_cursor_pages_have_the_same_rows_in_every_order(client, three_appointments, order_by):
    whole = [found["id"] for found in client.get("/appointment/", order_by=order_by).json()["data"]]
    page = client.get("/appointment/", order_by=order_by, limit=1)
    seen = [page.json()["data"][0]["id"]]

    while 'rel="next"' in page.get("Link", ""):
        page = client.get(page["Link"].split(">")[0][1:])
        seen.append(page.json()["data"][0]["id"])

    assert seen == whole


def test_list_runs_no_query_per_patient(client, three_appointments, patient, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get("/appointment/", patient_id=patient.pk, search="kovacs", order_by="patient")
