"""PATCH: the same as PUT, but no value has to be sent."""

import pytest

from billing.models import Invoice
from billing.tests.api.bodies import kinds
from billing.tests.factories import InvoiceFactory, ServiceFactory, TagFactory, item
from clinic.testing import codes_of
from patients.tests.factories import AppointmentFactory, PatientFactory


@pytest.mark.parametrize(
    ("path", "factory", "body"),
    [
        ("invoice", InvoiceFactory, {"notes": "Thank you"}),
        ("service", ServiceFactory, {"description": "First visit"}),
        ("tag", TagFactory, {"name": "Call again"}),
        ("patient", PatientFactory, {"address": "Calle 1"}),
        ("appointment", AppointmentFactory, {"practitioner": "Dr. Adeyemi"}),
    ],
)
class TestEveryResource:
    def test_patch_changes_what_is_sent_and_keeps_the_rest(self, client, path, factory, body):
        address = f"/{path}/{factory().pk}"
        before = client.get(address).json()

        answer = client.patch(address, body)

        assert answer.status_code == 200, answer.content
        assert answer.json() == client.get(address).json()
        assert {name for name, value in answer.json().items() if before[name] != value} <= {*body, "updated_at"}
        assert body.items() <= answer.json().items()

    def test_empty_patch_changes_nothing(self, client, path, factory, body):
        address = f"/{path}/{factory().pk}"
        before = client.get(address)

        answer = client.patch(address, {})

        assert (answer.status_code, answer.json()) == (200, before.json())
        assert answer.headers["ETag"] == before.headers["ETag"]

    def test_patch_with_a_stale_etag_is_refused(self, client, path, factory, body):
        answer = client.patch(f"/{path}/{factory().pk}", body, headers={"If-Match": '"other"'})

        assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")

    def test_patch_is_carried_out_once_for_each_key(self, client, path, factory, body):
        address, key = f"/{path}/{factory().pk}", {"Idempotency-Key": "patch-1"}

        first, second = (client.patch(address, body, headers=key) for _ in range(2))

        assert first.content == second.content
        assert second.headers["Idempotent-Replayed"] == "true"
        assert client.put(address, body, headers=key).json()["code"] == "idempotency_key_reused"


class TestInvoice:
    def test_patch_moves_a_draft_to_another_patient(self, client):
        invoice, right = InvoiceFactory(), PatientFactory()

        assert client.patch(f"/invoice/{invoice.pk}", {"patient_id": right.pk}).json()["patient_id"] == str(right.pk)

    def test_patch_replaces_the_items(self, client):
        invoice = InvoiceFactory(items=[item(), item()])

        answer = client.patch(f"/invoice/{invoice.pk}", {"items": [{"description": "Visit", "unit_price": 5}]})

        assert [each["line_total"] for each in answer.json()["items"]] == [5]

    def test_patch_takes_the_appointment_off_a_draft(self, client):
        patient = PatientFactory()
        invoice = InvoiceFactory(patient=patient, appointment=AppointmentFactory(patient=patient))

        assert client.patch(f"/invoice/{invoice.pk}", {"appointment_id": None}).json()["appointment_id"] is None

    def test_patch_pays_and_issues_as_put_does(self, client):
        invoice = InvoiceFactory()

        assert client.patch(f"/invoice/{invoice.pk}", {"status": "PAID"}).json()["status"] == "PAID"

    def test_patch_changes_nothing_frozen(self, client):
        invoice = InvoiceFactory(issued=True)

        answer = client.patch(f"/invoice/{invoice.pk}", {"discount_amount": 5, "notes": "x"})

        assert (answer.status_code, codes_of(answer)) == (409, {"/discount_amount": "invoice_immutable"})
        assert kinds(Invoice.objects.get()) == kinds(invoice)
