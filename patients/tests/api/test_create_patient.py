"""POST /patient/"""

import pytest

from clinic.testing import codes_of
from patients.models import Patient
from patients.tests.factories import PatientFactory

ALL_FIELDS = {
    "record_number": "A-17",
    "given_name": "Łukasz",
    "family_name": "Müßig",
    "birth_date": "1980-02-29",
    "phone": "+49 40 12345",
    "email": "l@example.org",
    "address": "Lindenstraße 1\n10969 Berlin",
    "language": "pt-BR",
    "active": False,
}


@pytest.mark.parametrize("path", ["/patient", "/patient/"])
def test_create_returns_the_patient_and_its_location(client, path):
    response = client.post(path, ALL_FIELDS)

    assert response.status_code == 201
    assert ALL_FIELDS.items() <= response.json().items()
    assert response["Location"] == f"/patient/{response.json()['id']}"
    assert client.get(response["Location"]).json() == response.json()


def test_create_with_a_name_only_assigns_the_record_number(client):
    response = client.post("/patient/", {"family_name": "Sukarno"}).json()

    assert (response["full_name"], response["record_number"], response["active"]) == ("Sukarno", "P-000001", True)
    assert response["birth_date"] is response["merged_into"] is None


def test_create_ignores_read_only_fields(client):
    response = client.post("/patient/", {"family_name": "Kim", "id": "mine", "merged_into": 1, "created_at": False})

    assert response.status_code == 201
    assert response.json()["merged_into"] is None


def test_create_warns_of_a_likely_duplicate_once(client):
    other = PatientFactory(given_name="Maria", family_name="Nunez", email="m@example.org")

    response = client.post("/patient/", {"given_name": "María", "family_name": "Núñez", "email": "m@example.org"})

    assert response.status_code == 201
    [warning] = response.json()["warnings"]
    assert warning["code"] == "likely_duplicate"
    assert str(other.pk) in warning["detail"]
    assert "warnings" not in client.get(response["Location"]).json()


def test_create_runs_a_fixed_number_of_queries(client, django_assert_num_queries):
    client.post("/patient/", {"family_name": "Kim"})

    # Token; number taken?; the patient; likely duplicates.
    with django_assert_num_queries(4):
        client.post("/patient/", {"family_name": "Kim", "record_number": "A-17"})
    # Token; counter, number, free?, the patient; likely duplicates.
    with django_assert_num_queries(6):
        client.post("/patient/", {"family_name": "Kim"})


@pytest.mark.parametrize(
    ("value", "pointer", "code"),
    [
        ({"family_name": ""}, "/family_name", "required"),
        ({"family_name": "a" * 101}, "/family_name", "too_long"),
        ({"family_name": None}, "/family_name", "null"),
        ({"family_name": True}, "/family_name", "invalid"),
        ({"family_name": {"$ne": 1}}, "/family_name", "invalid"),
        ({"family_name": "nul\0"}, "/family_name", "bad_text"),
        ({"record_number": "a" * 41}, "/record_number", "too_long"),
        ({"birth_date": "2026-06-16"}, "/birth_date", "in_the_future"),
        ({"birth_date": "1899-12-31"}, "/birth_date", "invalid"),
        ({"birth_date": "0000-01-01"}, "/birth_date", "invalid"),
        ({"birth_date": "99999-01-01"}, "/birth_date", "invalid"),
        ({"birth_date": "1980-02-30"}, "/birth_date", "invalid"),
        ({"birth_date": "1980-02-01T00:00:00"}, "/birth_date", "invalid"),
        ({"birth_date": 0}, "/birth_date", "invalid"),
        ({"phone": "1" * 41}, "/phone", "too_long"),
        ({"email": "nowhere"}, "/email", "invalid"),
        ({"email": "a" * 250 + "@example.org"}, "/email", "too_long"),
        ({"address": "a" * 501}, "/address", "too_long"),
        ({"language": "german!"}, "/language", "invalid"),
        ({"active": "yes"}, "/active", "invalid"),
        ({"active": 1}, "/active", "invalid"),
        ({"surname": "Kim"}, "/surname", "unknown_key"),
        ({"login": 1}, "/login", "unknown_key"),
        ({"search_text": "x"}, "/search_text", "unknown_key"),
    ],
)
def test_create_with_an_invalid_value_is_refused_with_its_pointer(client, noon, value, pointer, code):
    response = client.post("/patient/", {"family_name": "Kim", **value})

    assert response.status_code == 400
    assert codes_of(response) == {pointer: code}
    assert not Patient.objects.exists()


def test_create_with_a_record_number_in_use_is_refused(client):
    PatientFactory(record_number="a-17")

    response = client.post("/patient/", {"family_name": "Kim", "record_number": "A-17"})

    assert (response.status_code, response.json()["code"]) == (409, "record_number_taken")
    assert codes_of(response) == {"/record_number": "record_number_taken"}


def test_create_with_a_non_ascii_record_number_in_use_is_refused(client):
    PatientFactory(record_number="É-17")

    response = client.post("/patient/", {"family_name": "Kim", "record_number": "É-17"})

    assert (response.status_code, response.json()["code"]) == (409, "record_number_taken")
    assert client.get("/patient/", record_number="É-17").json()["total"] == 1


@pytest.mark.parametrize("body", [b"", {}])
def test_create_without_a_name_is_refused(client, body):
    assert client.post("/patient/", body).status_code == 400
