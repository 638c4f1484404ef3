"""Dialog of the draft editor that adds a patient."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from patients.models import Patient
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

URL = reverse("admin:billing_draft_patient")
FROM_SCRIPT = {"HX-Request": "true"}


def entered(**fields):
    return {"id": str(uuid4()), "given_name": "Anna", "family_name": "Meyer", **fields}


def test_new_patient_is_chosen_in_the_draft(clerk_client):
    response = clerk_client.post(URL, entered(), headers=FROM_SCRIPT)

    patient = Patient.objects.get()
    chosen = {"value": str(patient.pk), "text": str(patient)}
    assert (response.status_code, json.loads(response["HX-Trigger"])) == (204, {"patient-chosen": chosen})


def test_new_patient_leads_to_a_new_draft_without_scripts(clerk_client):
    response = clerk_client.post(URL, entered())

    patient = Patient.objects.get()
    assert response["Location"] == f"{reverse('admin:billing_invoice_add')}?patient={patient.pk}"


def test_form_that_is_sent_twice_adds_one_patient(clerk_client):
    data = entered(phone="+49 30 5550100")

    first, second = (clerk_client.post(URL, data, headers=FROM_SCRIPT) for _ in range(2))

    assert first["HX-Trigger"] == second["HX-Trigger"]
    assert Patient.objects.count() == 1


def test_likely_duplicate_is_saved_only_as_another_person(clerk_client):
    known = PatientFactory(given_name="Anna", family_name="Meyer", email="anna@example.org")
    data = entered(email="Anna@example.org")

    warned = clerk_client.post(URL, data, headers=FROM_SCRIPT)

    assert Patient.objects.get() == known
    assert known.record_number in warned.content.decode()
    assert clerk_client.post(URL, {**data, "another_person": "1"}, headers=FROM_SCRIPT).status_code == 204
    assert Patient.objects.count() == 2


def test_namesake_who_shares_nothing_else_is_saved_at_once(clerk_client):
    PatientFactory(given_name="Anna", family_name="Meyer", email="anna@example.org")

    assert clerk_client.post(URL, entered(email="other@example.org"), headers=FROM_SCRIPT).status_code == 204


def test_preview_names_likely_duplicates_and_saves_nothing(clerk_client):
    known = PatientFactory(given_name="Anna", family_name="Meyer", phone="+49 30 5550100")
    data = entered(phone="+49 30 5550100", another_person="1", _preview="1")

    page = clerk_client.post(URL, data, headers=FROM_SCRIPT).content.decode()

    assert known.record_number in page
    assert Patient.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"given_name": "", "family_name": ""},
        {"birth_date": "2999-01-01"},
        {"email": "nobody"},
        {"phone": "9" * 500},
        {"id": ""},
    ],
    ids=["no name", "birth date", "e-mail", "phone", "id"],
)
def test_invalid_patient_is_refused(clerk_client, wrong):
    response = clerk_client.post(URL, entered(**wrong), headers=FROM_SCRIPT)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert not Patient.objects.exists()


def test_auditor_may_not_add_a_patient(auditor_client):
    assert auditor_client.get(URL).status_code == 403
    assert auditor_client.post(URL, entered()).status_code == 403
