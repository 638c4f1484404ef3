"""GET /patient/{id}"""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from patients.tests.factories import PatientFactory


class TestGet:
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_answers_with_the_patient(self, client, slash):
        patient = PatientFactory()

        answer = client.get(f"/patient/{patient.pk}{slash}")

        assert answer.status_code == 200
        assert answer.json()["record_number"] == patient.record_number

    def test_takes_the_id_in_any_spelling_of_a_uuid(self, client):
        patient = PatientFactory()

        assert client.get(f"/patient/{patient.pk.hex.upper()}").json()["id"] == str(patient.pk)

    def test_says_moments_in_the_zone_of_the_clinic(self, client, settings):
        settings.CLINIC_TIME_ZONE = "Asia/Kolkata"
        patient = PatientFactory(created_at=datetime(2026, 6, 1, 12, tzinfo=UTC))

        assert client.get(f"/patient/{patient.pk}").json()["created_at"] == "2026-06-01T17:30:00+05:30"

    def test_is_kept_by_no_cache(self, client):
        assert client.get(f"/patient/{PatientFactory().pk}")["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("key", [str(uuid4()), "x", "1", "None", "%00", "%ed%a0%80", "a" * 5000, "..%2f", "🙂"])
    def test_of_nobody_is_a_404(self, client, key):
        answer = client.get(f"/patient/{key}")

        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"

    def test_costs_one_statement_beside_the_token(self, client, django_assert_num_queries):
        patient = PatientFactory(merged__into=PatientFactory())

        with django_assert_num_queries(2):
            client.get(f"/patient/{patient.pk}")
