"""GET /patient/"""

import pytest

from clinic.testing import codes_of
from patients.tests.factories import PatientFactory


def names(response):
    return [patient["given_name"] for patient in response.json()["data"]]


@pytest.mark.parametrize("path", ["/patient", "/patient/"])
def test_list_has_the_same_representation_as_get(client, path):
    patient = PatientFactory()

    assert client.get(path).json()["data"] == [client.get(f"/patient/{patient.pk}").json()]


@pytest.mark.parametrize(
    ("active", "found"), [("true", ["here"]), ("false", ["gone"]), ("1", ["here"]), ("FALSE", ["gone"])]
)
def test_filter_by_active(client, active, found):
    PatientFactory(given_name="here")
    PatientFactory(given_name="gone", active=False)

    assert names(client.get("/patient/", active=active)) == found


@pytest.mark.parametrize("active", ["maybe", "2", "null"])
def test_invalid_value_of_active_is_refused(client, active):
    assert codes_of(client.get("/patient/", active=active)) == {"?active": "invalid"}


@pytest.mark.parametrize(("merged", "found"), [("true", ["duplicate"]), ("false", ["survivor"])])
def test_filter_by_merged(client, merged, found):
    PatientFactory(given_name="duplicate", merged__into=PatientFactory(given_name="survivor"))

    assert names(client.get("/patient/", merged=merged)) == found


def test_filter_by_record_number(client):
    PatientFactory(given_name="this", record_number="A-17")
    PatientFactory(given_name="that", record_number="A-171")

    assert names(client.get("/patient/", record_number="a-17")) == ["this"]
    assert names(client.get("/patient/", record_number="A-1")) == []


def test_filter_by_date_of_creation_in_the_time_zone_of_the_clinic(client, settings):
    settings.CLINIC_TIME_ZONE = "Europe/Berlin"
    for name, created_at in (
        ("before", "2026-05-31T21:59Z"),
        ("first", "2026-05-31T22:00Z"),
        ("last", "2026-06-01T21:59Z"),
    ):
        PatientFactory(given_name=name, created_at=created_at)

    assert names(client.get("/patient/", created_from="2026-06-01", created_to="2026-06-01")) == ["first", "last"]
    assert names(client.get("/patient/", created_to="2026-05-31")) == ["before"]


def test_filter_by_datetime_of_creation(client):
    PatientFactory(given_name="noon", created_at="2026-06-01T12:00Z")

    assert names(client.get("/patient/", created_to="2026-06-01T12:00:00Z")) == ["noon"]
    assert names(client.get("/patient/", created_from="2026-06-01T12:00:01Z")) == []


@pytest.mark.parametrize("day", ["today", "2026-02-30", "0000-01-01", "99999-01-01", "1899-12-31", "2201-01-01"])
def test_invalid_date_of_creation_is_refused(client, day):
    response = client.get("/patient/", created_from=day, created_to=day)

    assert codes_of(response) == {"?created_from": "invalid", "?created_to": "invalid"}


def test_filters_and_search_are_combined(client):
    PatientFactory(given_name="Ana", active=False)
    PatientFactory(given_name="Anna")

    assert names(client.get("/patient/", search="AN kovacs", active="true")) == ["Anna"]
