"""POST /patient/"""

import pytest

from clinic.testing import codes_of
from patients.models import Patient
from patients.tests.factories import PatientFactory

WHOLE = {
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


class TestCreate:
    @pytest.mark.parametrize("path", ["/patient", "/patient/"])
    def test_answers_with_the_patient_and_where_it_is(self, client, path):
        answer = client.post(path, WHOLE)

        assert answer.status_code == 201
        assert WHOLE.items() <= answer.json().items()
        assert answer["Location"] == f"/patient/{answer.json()['id']}"
        assert client.get(answer["Location"]).json() == answer.json()

    def test_needs_a_name_and_draws_the_number(self, client):
        answer = client.post("/patient/", {"family_name": "Sukarno"}).json()

        assert (answer["full_name"], answer["record_number"], answer["active"]) == ("Sukarno", "P-000001", True)
        assert answer["birth_date"] is answer["merged_into"] is None

    def test_ignores_what_is_read_only(self, client):
        answer = client.post("/patient/", {"family_name": "Kim", "id": "mine", "merged_into": 1, "created_at": False})

        assert answer.status_code == 201
        assert answer.json()["merged_into"] is None

    def test_warns_of_a_likely_duplicate_once(self, client):
        other = PatientFactory(given_name="Maria", family_name="Nunez", email="m@example.org")

        answer = client.post("/patient/", {"given_name": "María", "family_name": "Núñez", "email": "m@example.org"})

        assert answer.status_code == 201
        [warning] = answer.json()["warnings"]
        assert warning["code"] == "likely_duplicate"
        assert str(other.pk) in warning["detail"]
        assert "warnings" not in client.get(answer["Location"]).json()

    def test_costs_what_it_costs(self, client, django_assert_num_queries):
        client.post("/patient/", {"family_name": "Kim"})

        # Token; number taken?; the patient; likely duplicates.
        with django_assert_num_queries(4):
            client.post("/patient/", {"family_name": "Kim", "record_number": "A-17"})
        # Token; begin, counter, number, free?, the patient, commit; likely duplicates.
        with django_assert_num_queries(8):
            client.post("/patient/", {"family_name": "Kim"})


class TestRefusal:
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
    def test_points_at_the_value(self, client, noon, value, pointer, code):
        answer = client.post("/patient/", {"family_name": "Kim", **value})

        assert answer.status_code == 400
        assert codes_of(answer) == {pointer: code}
        assert not Patient.objects.exists()

    def test_of_a_record_number_that_somebody_has(self, client):
        PatientFactory(record_number="a-17")

        answer = client.post("/patient/", {"family_name": "Kim", "record_number": "A-17"})

        assert (answer.status_code, answer.json()["code"]) == (409, "record_number_taken")
        assert codes_of(answer) == {"/record_number": "record_number_taken"}

    def test_of_a_record_number_in_letters_that_a_database_may_not_fold(self, client):
        PatientFactory(record_number="É-17")

        answer = client.post("/patient/", {"family_name": "Kim", "record_number": "É-17"})

        assert (answer.status_code, answer.json()["code"]) == (409, "record_number_taken")
        assert client.get("/patient/", record_number="É-17").json()["total"] == 1

    @pytest.mark.parametrize("body", [b"", {}])
    def test_of_nobody(self, client, body):
        assert client.post("/patient/", body).status_code == 400
