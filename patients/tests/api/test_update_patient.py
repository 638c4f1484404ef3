"""PUT /patient/{id}"""

from uuid import uuid4

import pytest

from clinic.testing import codes_of
from patients.models import Patient
from patients.tests.factories import PatientFactory


@pytest.fixture
def patient(db):
    return PatientFactory(given_name="Ana", family_name="Kim", birth_date="1980-02-01")


@pytest.mark.parametrize("slash", ["", "/"])
def test_update_changes_only_the_fields_of_the_body(client, patient, slash):
    response = client.put(f"/patient/{patient.pk}{slash}", {"family_name": "Nowak", "birth_date": None})

    assert response.status_code == 200
    changed = client.get(f"/patient/{patient.pk}").json()
    assert (changed["full_name"], changed["birth_date"], changed["phone"]) == ("Ana Nowak", None, patient.phone)


def test_update_with_the_own_representation_changes_nothing(client, patient):
    read = client.get(f"/patient/{patient.pk}")

    response = client.put(f"/patient/{patient.pk}", read.json())

    assert (response.status_code, response.json(), response["ETag"]) == (200, read.json(), read["ETag"])
    assert client.get(f"/patient/{patient.pk}").json() == read.json()


def test_update_changes_the_etag(client, patient):
    before = client.get(f"/patient/{patient.pk}")["ETag"]

    after = client.put(f"/patient/{patient.pk}", {"phone": "1"})["ETag"]

    assert before != after == client.get(f"/patient/{patient.pk}")["ETag"]


def test_update_warns_only_of_a_likely_duplicate_that_it_causes(client, patient):
    PatientFactory(given_name="Ana", family_name="Kim", birth_date=None, email="ana@example.org")

    causing = client.put(f"/patient/{patient.pk}", {"email": "ana@example.org"}).json()
    another = client.put(f"/patient/{patient.pk}", {"address": "elsewhere"}).json()

    assert [warning["code"] for warning in causing["warnings"]] == ["likely_duplicate"]
    assert "warnings" not in another


def test_update_runs_a_fixed_number_of_queries(client, patient, django_assert_num_queries):
    # Token; the patient; begin, the patient locked, changed, commit.
    with django_assert_num_queries(6):
        client.put(f"/patient/{patient.pk}", {"address": "elsewhere"})


@pytest.mark.parametrize(
    ("sent", "pointer", "code"),
    [
        ({"given_name": "", "family_name": ""}, "/family_name", "required"),
        ({"record_number": " "}, "/record_number", "blank"),
        ({"birth_date": "2200-01-01"}, "/birth_date", "in_the_future"),
        ({"activ": True}, "/activ", "unknown_key"),
    ],
)
def test_refused_update_leaves_the_patient_unchanged(client, patient, sent, pointer, code):
    before = Patient.objects.filter(pk=patient.pk).values().get()

    response = client.put(f"/patient/{patient.pk}", {"phone": "changed", **sent})

    assert response.status_code == 400
    assert codes_of(response) == {pointer: code}
    assert Patient.objects.filter(pk=patient.pk).values().get() == before


def test_update_to_a_record_number_in_use_is_refused(client, patient):
    other = PatientFactory()

    response = client.put(f"/patient/{patient.pk}", {"record_number": other.record_number})

    assert response.json()["code"] == "record_number_taken"


def test_update_is_refused_in_the_order_404_412_400(client, patient):
    stale = {"If-Match": '"stale"'}

    missing = client.put(f"/patient/{uuid4()}", b"[[[", headers=stale)
    changed = client.put(f"/patient/{patient.pk}", b"[[[", headers=stale)
    broken = client.put(f"/patient/{patient.pk}", b"[[[")

    assert [response.status_code for response in (missing, changed, broken)] == [404, 412, 400]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*", " {} "])
def test_update_with_the_current_etag_succeeds(client, patient, form):
    tag = client.get(f"/patient/{patient.pk}")["ETag"]

    response = client.put(f"/patient/{patient.pk}", {"phone": "1"}, headers={"If-Match": form.format(tag)})

    assert response.status_code == 200


@pytest.mark.parametrize("header", ["", "nonsense", "\0", "ü"])
def test_update_with_a_malformed_etag_is_refused(client, patient, header):
    response = client.put(f"/patient/{patient.pk}", {"phone": "1"}, headers={"If-Match": header})

    assert (response.status_code, response.json()["code"]) == (400, "malformed_if_match")
    patient.refresh_from_db()
    assert patient.phone != "1"


@pytest.mark.parametrize("header", ['"0"', 'W/"0", "1"'])
def test_update_with_another_etag_is_refused(client, patient, header):
    response = client.put(f"/patient/{patient.pk}", {"phone": "1"}, headers={"If-Match": header})

    assert (response.status_code, response.json()["code"]) == (412, "stale_version")
    patient.refresh_from_db()
    assert patient.phone != "1"
