"""GET /patient/"""

import pytest

from clinic.testing import codes_of
from patients.tests.factories import PatientFactory


def names(answer):
    return [patient["given_name"] for patient in answer.json()["data"]]


class TestList:
    @pytest.mark.parametrize("path", ["/patient", "/patient/"])
    def test_shows_what_a_single_patient_shows(self, client, path):
        patient = PatientFactory()

        assert client.get(path).json()["data"] == [client.get(f"/patient/{patient.pk}").json()]


class TestFilters:
    @pytest.mark.parametrize(
        ("active", "found"), [("true", ["here"]), ("false", ["gone"]), ("1", ["here"]), ("FALSE", ["gone"])]
    )
    def test_by_activity(self, client, active, found):
        PatientFactory(given_name="here")
        PatientFactory(given_name="gone", active=False)

        assert names(client.get("/patient/", active=active)) == found

    @pytest.mark.parametrize("active", ["", "maybe", "2", "null"])
    def test_by_activity_that_is_no_word_are_refused(self, client, active):
        assert codes_of(client.get("/patient/", active=active)) == {"?active": "invalid"}

    @pytest.mark.parametrize(("merged", "found"), [("true", ["twin"]), ("false", ["survivor"])])
    def test_by_merge(self, client, merged, found):
        PatientFactory(given_name="twin", merged__into=PatientFactory(given_name="survivor"))

        assert names(client.get("/patient/", merged=merged)) == found

    def test_by_record_number(self, client):
        PatientFactory(given_name="this", record_number="A-17")
        PatientFactory(given_name="that", record_number="A-171")

        assert names(client.get("/patient/", record_number="a-17")) == ["this"]
        assert names(client.get("/patient/", record_number="A-1")) == []

    def test_by_the_day_at_the_clinic_on_which_they_came(self, client, settings):
        settings.CLINIC_TIME_ZONE = "Europe/Berlin"
        for name, moment in (
            ("before", "2026-05-31T21:59Z"),
            ("first", "2026-05-31T22:00Z"),
            ("last", "2026-06-01T21:59Z"),
        ):
            PatientFactory(given_name=name, created_at=moment)

        assert names(client.get("/patient/", created_from="2026-06-01", created_to="2026-06-01")) == ["first", "last"]
        assert names(client.get("/patient/", created_to="2026-05-31")) == ["before"]

    def test_by_moments(self, client):
        PatientFactory(given_name="noon", created_at="2026-06-01T12:00Z")

        assert names(client.get("/patient/", created_to="2026-06-01T12:00:00Z")) == ["noon"]
        assert names(client.get("/patient/", created_from="2026-06-01T12:00:01Z")) == []

    @pytest.mark.parametrize(
        "day", ["", "today", "2026-02-30", "0000-01-01", "99999-01-01", "1899-12-31", "2201-01-01"]
    )
    def test_by_no_day_are_refused(self, client, day):
        answer = client.get("/patient/", created_from=day, created_to=day)

        assert codes_of(answer) == {"?created_from": "invalid", "?created_to": "invalid"}

    def test_go_together_with_a_search(self, client):
        PatientFactory(given_name="Ana", active=False)
        PatientFactory(given_name="Anna")

        assert names(client.get("/patient/", search="AN kovacs", active="true")) == ["Anna"]
