"""POST /patient/{id}/merge"""

from uuid import uuid4

import pytest

from clinic.testing import codes_of
from patients.models import Patient
from patients.tests.factories import AppointmentFactory, PatientFactory


@pytest.fixture
def client(api, supervisor):
    return api(supervisor)


class TestMerge:
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_answers_with_the_patient_who_was_merged(self, client, supervisor, slash):
        twin, survivor = PatientFactory(), PatientFactory()

        answer = client.post(f"/patient/{twin.pk}/merge{slash}", {"into": str(survivor.pk)})

        assert answer.status_code == 200
        assert answer.json()["merged_into"] == str(survivor.pk)
        assert Patient.objects.get(pk=twin.pk).merged_by == supervisor

    def test_joins_the_appointments_of_both(self, client):
        theirs, its = AppointmentFactory(), AppointmentFactory()
        AppointmentFactory()
        client.post(f"/patient/{its.patient_id}/merge", {"into": str(theirs.patient_id)})

        lists = [client.get("/appointment/", patient_id=key).json() for key in (its.patient_id, theirs.patient_id)]

        assert [found["total"] for found in lists] == [2, 2]


class TestRefusal:
    def test_of_a_circle_is_a_409(self, client):
        survivor = PatientFactory()
        twin = PatientFactory(merged__into=survivor)

        answer = client.post(f"/patient/{survivor.pk}/merge", {"into": str(twin.pk)})

        assert (answer.status_code, answer.json()["code"]) == (409, "merge_refused")
        assert answer.json()["merged_into"] == str(survivor.pk)

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
    def test_of_nobody_is_a_400(self, client, body, pointer, code):
        answer = client.post(f"/patient/{PatientFactory().pk}/merge", body)

        assert answer.status_code == 400
        assert codes_of(answer) == {pointer: code}

    def test_of_an_unknown_patient_is_a_404(self, client):
        assert client.post(f"/patient/{uuid4()}/merge", b"[[[").status_code == 404

    def test_under_a_stale_version_is_a_412(self, client):
        answer = client.post(f"/patient/{PatientFactory().pk}/merge", b"[[[", headers={"If-Match": '"0"'})

        assert answer.status_code == 412

    def test_to_a_clerk_for_it_cannot_be_undone(self, api, clerk):
        twin, survivor = PatientFactory(), PatientFactory()

        answer = api(clerk).post(f"/patient/{twin.pk}/merge", {"into": survivor.pk})

        assert answer.status_code == 403
        assert Patient.objects.get(pk=twin.pk).merged_into is None
