"""POST /patient/{id}/merge"""

from uuid import uuid4

import pytest

from clinic.testing import codes_of
from patients.models import Patient
from patients.tests.factories import AppointmentFactory, PatientFactory


@pytest.fixture
def client(api, supervisor):
    return api(supervisor)


@pytest.mark.parametrize("slash", ["", "/"])
def test_merge_returns_the_merged_patient(client, supervisor, slash):
    duplicate, survivor = PatientFactory(), PatientFactory()

    response = client.post(f"/patient/{duplicate.pk}/merge{slash}", {"into": str(survivor.pk)})

    assert response.status_code == 200
    assert response.json()["merged_into"] == str(survivor.pk)
    assert Patient.objects.get(pk=duplicate.pk).merged_by == supervisor


def test_merge_joins_the_appointments_of_both_in_lists(client):
    theirs, its = AppointmentFactory(), AppointmentFactory()
    AppointmentFactory()
    client.post(f"/patient/{its.patient_id}/merge", {"into": str(theirs.patient_id)})

    lists = [client.get("/appointment/", patient_id=key).json() for key in (its.patient_id, theirs.patient_id)]

    assert [found["total"] for found in lists] == [2, 2]


def test_merge_in_a_circle_is_a_conflict(client):
    survivor = PatientFactory()
    duplicate = PatientFactory(merged__into=survivor)

    response = client.post(f"/patient/{survivor.pk}/merge", {"into": str(duplicate.pk)})

    assert (response.status_code, response.json()["code"]) == (409, "merge_refused")
    assert response.json()["merged_into"] == str(survivor.pk)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"", "/into", "required"),
        ({"into": None}, "/into", "null"),
        ({"into": True}, "/into", "invalid"),
        ({"into": "x"}, "/into", "invalid"),
        ({"into": str(uuid4())}, "/into", "unknown_patient"),
    ],
)
def test_merge_with_an_invalid_body_is_refused_with_its_pointer(client, body, pointer, code):
    response = client.post(f"/patient/{PatientFactory().pk}/merge", body)

    assert response.status_code == 400
    assert codes_of(response) == {pointer: code}


def test_merge_of_an_unknown_patient_is_not_found(client):
    assert client.post(f"/patient/{uuid4()}/merge", b"[[[").status_code == 404


def test_merge_with_a_stale_etag_is_refused(client):
    response = client.post(f"/patient/{PatientFactory().pk}/merge", b"[[[", headers={"If-Match": '"0"'})

    assert response.status_code == 412


def test_merge_by_a_clerk_is_forbidden(api, clerk):
    duplicate, survivor = PatientFactory(), PatientFactory()

    response = api(clerk).post(f"/patient/{duplicate.pk}/merge", {"into": survivor.pk})

    assert response.status_code == 403
    assert Patient.objects.get(pk=duplicate.pk).merged_into is None
