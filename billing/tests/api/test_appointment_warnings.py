"""Warnings about the appointment of an invoice, and about the invoices of an appointment."""

import pytest

from billing.tests.api.put_invoice import put
from billing.tests.factories import InvoiceFactory
from patients.models import AppointmentStatus
from patients.tests.factories import AppointmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def appointment(db):
    return AppointmentFactory()


@pytest.fixture
def invoice(appointment):
    return InvoiceFactory(patient=appointment.patient, appointment=appointment, issued=True)


def warnings(answer):
    assert answer.status_code < 300, answer.content
    return [warning["code"] for warning in answer.json().get("warnings", [])]


def body_for(appointment, **fields):
    return {"patient_id": str(appointment.patient_id), "appointment_id": str(appointment.pk), **fields}


def cancel(client, appointment):
    fields = {"patient_id": str(appointment.patient_id), "starts_at": appointment.starts_at.isoformat()}
    return client.put(f"/appointment/{appointment.pk}", {**fields, "status": "cancelled"})


def test_second_invoice_of_an_appointment_is_warned_of(client, appointment, invoice):
    answer = client.post("/invoice/", body_for(appointment))

    assert warnings(answer) == ["appointment_has_invoice"]
    assert invoice.reg_number in answer.json()["warnings"][0]["detail"]
    assert "warnings" not in client.get(f"/invoice/{answer.json()['id']}").json()


def test_first_invoice_of_an_appointment_is_not_warned_of(client, appointment):
    InvoiceFactory(patient=appointment.patient, appointment=appointment, void=True)

    assert warnings(client.post("/invoice/", body_for(appointment))) == []


def test_draft_that_gets_such_an_appointment_is_warned_of_once(client, appointment, invoice):
    draft = InvoiceFactory(patient=appointment.patient)

    assert warnings(put(client, draft, {"appointment_id": str(appointment.pk)})) == ["appointment_has_invoice"]
    assert warnings(put(client, draft, {"appointment_id": str(appointment.pk)})) == []
    assert warnings(put(client, draft, {"notes": "Printed"})) == []


def test_invoice_of_a_cancelled_appointment_is_warned_of(client):
    appointment = AppointmentFactory(status=AppointmentStatus.CANCELLED)

    assert warnings(client.post("/invoice/", body_for(appointment))) == ["appointment_cancelled"]


def test_cancelling_an_appointment_with_an_invoice_is_warned_of(client, appointment, invoice):
    answer = cancel(client, appointment)

    assert warnings(answer) == ["appointment_has_invoice"]
    assert invoice.reg_number in answer.json()["warnings"][0]["detail"]
    assert warnings(cancel(client, appointment)) == []
    assert "warnings" not in client.get(f"/appointment/{appointment.pk}").json()


def test_cancelling_an_appointment_without_an_invoice_is_not_warned_of(client, appointment):
    assert warnings(cancel(client, appointment)) == []
