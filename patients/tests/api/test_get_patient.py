"""GET /patient/{id}"""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from patients.tests.factories import PatientFactory


@pytest.mark.parametrize("slash", ["", "/"])
def test_get_returns_the_patient(client, slash):
    patient = PatientFactory()

    response = client.get(f"/patient/{patient.pk}{slash}")

    assert response.status_code == 200
    assert response.json()["record_number"] == patient.record_number


def test_get_accepts_any_format_of_the_uuid(client):
    patient = PatientFactory()

    assert client.get(f"/patient/{patient.pk.hex.upper()}").json()["id"] == str(patient.pk)


def test_datetimes_are_in_the_time_zone_of_the_clinic(client, settings):
    settings.CLINIC_TIME_ZONE = "Asia/Kolkata"
    patient = PatientFactory(created_at=datetime(2026, 6, 1, 12, tzinfo=UTC))

    assert client.get(f"/patient/{patient.pk}").json()["created_at"] == "2026-06-01T17:30:00.000000+05:30"


def test_response_is_not_cached(client):
    assert client.get(f"/patient/{PatientFactory().pk}")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("key", [str(uuid4()), "x", "1", "None", "%00", "%ed%a0%80", "a" * 5000, "..%2f", "🙂"])
def test_unknown_id_is_not_found(client, key):
    response = client.get(f"/patient/{key}")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_get_runs_one_query_after_that_of_the_token(client, django_assert_num_queries):
    patient = PatientFactory(merged__into=PatientFactory())

    with django_assert_num_queries(2):
        client.get(f"/patient/{patient.pk}")
