"""PUT /patient/{id}"""

from uuid import uuid4

import pytest

from clinic.testing import codes_of
from patients.models import Patient
from patients.tests.factories import PatientFactory


@pytest.fixture
def patient(db):
    return PatientFactory(given_name="Ana", family_name="Kim", birth_date="1980-02-01")


class TestUpdate:
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_changes_what_was_sent_and_keeps_the_rest(self, client, patient, slash):
        answer = client.put(f"/patient/{patient.pk}{slash}", {"family_name": "Nowak", "birth_date": None})

        assert answer.status_code == 200
        changed = client.get(f"/patient/{patient.pk}").json()
        assert (changed["full_name"], changed["birth_date"], changed["phone"]) == ("Ana Nowak", None, patient.phone)

    def test_with_its_own_answer_changes_nothing(self, client, patient):
        read = client.get(f"/patient/{patient.pk}")

        answer = client.put(f"/patient/{patient.pk}", read.json())

        assert (answer.status_code, answer.json(), answer["ETag"]) == (200, read.json(), read["ETag"])
        assert client.get(f"/patient/{patient.pk}").json() == read.json()

    def test_is_known_by_a_new_version(self, client, patient):
        before = client.get(f"/patient/{patient.pk}")["ETag"]

        after = client.put(f"/patient/{patient.pk}", {"phone": "1"})["ETag"]

        assert before != after == client.get(f"/patient/{patient.pk}")["ETag"]

    def test_warns_of_a_likely_duplicate_that_it_made(self, client, patient):
        PatientFactory(given_name="Ana", family_name="Kim", birth_date=None, email="ana@example.org")

        causing = client.put(f"/patient/{patient.pk}", {"email": "ana@example.org"}).json()
        another = client.put(f"/patient/{patient.pk}", {"address": "elsewhere"}).json()

        assert [warning["code"] for warning in causing["warnings"]] == ["likely_duplicate"]
        assert "warnings" not in another

    def test_costs_what_it_costs(self, client, patient, django_assert_num_queries):
        # Token; the patient; begin, the patient locked, changed, commit.
        with django_assert_num_queries(6):
            client.put(f"/patient/{patient.pk}", {"address": "elsewhere"})


class TestRefusal:
    @pytest.mark.parametrize(
        ("sent", "pointer", "code"),
        [
            ({"given_name": "", "family_name": ""}, "/family_name", "required"),
            ({"record_number": " "}, "/record_number", "blank"),
            ({"birth_date": "2200-01-01"}, "/birth_date", "in_the_future"),
            ({"activ": True}, "/activ", "unknown_key"),
        ],
    )
    def test_leaves_the_patient_as_it_was(self, client, patient, sent, pointer, code):
        before = Patient.objects.filter(pk=patient.pk).values().get()

        answer = client.put(f"/patient/{patient.pk}", {"phone": "changed", **sent})

        assert answer.status_code == 400
        assert codes_of(answer) == {pointer: code}
        assert Patient.objects.filter(pk=patient.pk).values().get() == before

    def test_of_a_record_number_that_somebody_has(self, client, patient):
        other = PatientFactory()

        answer = client.put(f"/patient/{patient.pk}", {"record_number": other.record_number})

        assert answer.json()["code"] == "record_number_taken"

    def test_comes_in_the_order_404_412_400(self, client, patient):
        stale = {"If-Match": '"stale"'}

        missing = client.put(f"/patient/{uuid4()}", b"[[[", headers=stale)
        changed = client.put(f"/patient/{patient.pk}", b"[[[", headers=stale)
        broken = client.put(f"/patient/{patient.pk}", b"[[[")

        assert [answer.status_code for answer in (missing, changed, broken)] == [404, 412, 400]


class TestIfMatch:
    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*", " {} "])
    def test_of_this_version_is_obeyed(self, client, patient, form):
        tag = client.get(f"/patient/{patient.pk}")["ETag"]

        answer = client.put(f"/patient/{patient.pk}", {"phone": "1"}, headers={"If-Match": form.format(tag)})

        assert answer.status_code == 200

    @pytest.mark.parametrize("header", ['"0"', "", "nonsense", 'W/"0", "1"', "\0", "ü"])
    def test_of_another_version_is_a_412(self, client, patient, header):
        answer = client.put(f"/patient/{patient.pk}", {"phone": "1"}, headers={"If-Match": header})

        assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")
        patient.refresh_from_db()
        assert patient.phone != "1"
