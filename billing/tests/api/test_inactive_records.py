"""Warnings where an inactive service or patient is charged."""

import pytest

from billing.operations.catalogue import change_service
from billing.tests.api.bodies import visit
from billing.tests.api.put_invoice import put
from billing.tests.factories import InvoiceFactory, ServiceFactory
from patients.tests.factories import PatientFactory


@pytest.fixture
def inactive(db):
    return ServiceFactory(active=False)


def warnings(answer):
    assert answer.status_code in {200, 201}, answer.content
    return [warning["code"] for warning in answer.json().get("warnings", [])]


def test_charging_an_inactive_service_warns_once(client, inactive):
    items = [{"service_id": str(inactive.pk)}, {"service_id": str(inactive.pk)}, visit()]

    answer = client.post("/invoice/", {"patient_id": PatientFactory().pk, "items": items})

    assert warnings(answer) == ["inactive_service"]
    assert inactive.code in answer.json()["warnings"][0]["detail"]
    assert "warnings" not in client.get(f"/invoice/{answer.json()['id']}").json()


def test_charging_an_inactive_patient_warns(client):
    assert warnings(client.post("/invoice/", {"patient_id": PatientFactory(active=False).pk})) == ["inactive_patient"]


def test_adding_an_inactive_service_to_a_draft_warns(client, inactive):
    answer = put(client, InvoiceFactory(), {"items": [{"service_id": str(inactive.pk)}]})

    assert warnings(answer) == ["inactive_service"]


def test_issuing_warns_of_what_became_inactive_since(client, noon):
    service = ServiceFactory()
    patient = PatientFactory()
    draft = client.post("/invoice/", {"patient_id": patient.pk, "items": [{"service_id": str(service.pk)}]}).json()
    patient.change(active=False)
    change_service(service, active=False, at=service.created_at)

    assert warnings(client.post(f"/invoice/{draft['id']}/issue")) == ["inactive_patient", "inactive_service"]


def test_active_records_and_changes_after_issue_do_not_warn(client):
    answer = client.post(
        "/invoice/", {"patient_id": PatientFactory().pk, "items": [{"service_id": str(ServiceFactory().pk)}]}
    )
    issued = InvoiceFactory(issued=True)
    issued.patient.change(active=False)

    assert warnings(answer) == []
    assert warnings(put(client, issued, {"notes": "Paid at the door"})) == []
