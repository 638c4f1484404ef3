"""GET /invoice/{id}/events: what happened to an invoice, by whom, through what, and why."""

from billing.models import InvoiceEvent
from billing.tests.api.bodies import ENVELOPE, NOBODY, visit
from billing.tests.factories import InvoiceFactory
from patients.tests.factories import PatientFactory


class TestEvents:
    def test_events_are_in_order_of_time(self, client):
        patient = PatientFactory()
        body = {"patient_id": patient.pk, "items": [visit(100)], "status": "PARTIALY_PAID", "paid_amount": 40}
        path = client.post("/invoice/", body).headers["Location"]
        client.put(path, {"patient_id": patient.pk, "due_date": "2030-01-01", "tags": ["VIP"]})
        client.post(f"{path}/write-off", {"reason": "Moved abroad"})

        events = client.get(f"{path}/events").json()

        assert events.keys() == ENVELOPE
        assert [event["kind"] for event in events["data"]] == ["created", "paid", "issued", "updated", "written_off"]
        assert [event["version"] for event in events["data"]] == [1, 2, 3, 4, 5]
        assert [event["status"] for event in events["data"]][-2:] == ["PARTIALY_PAID", "WRITTEN_OFF"]

    def test_event_has_user_time_client_and_reason(self, client):
        invoice = InvoiceFactory(issued=True)
        headers = {"X-Request-Id": "front-desk-0001"}
        client.post(f"/invoice/{invoice.pk}/void", {"reason": "Wrong patient"}, headers=headers)

        event = client.get(f"/invoice/{invoice.pk}/events").json()["data"][-1]

        stored = InvoiceEvent.objects.get(pk=event["id"])
        assert event == {
            "id": str(stored.pk),
            "kind": "voided",
            "at": stored.created_at.isoformat(timespec="microseconds"),
            "by": "supervisor",
            "client": "demo",
            "request_id": "front-desk-0001",
            "reason": "Wrong patient",
            "version": 3,
            "status": "VOID",
            "changes": {"status": ["ISSUED", "VOID"]},
        }

    def test_event_has_amounts_as_numbers_and_datetimes_in_the_clinics_zone(self, client, settings):
        settings.CLINIC_TIME_ZONE = "Asia/Tokyo"
        invoice = InvoiceFactory(items=[])
        body = {"patient_id": invoice.patient_id, "items": [visit(12.5)], "due_date": "2030-01-01"}
        client.put(f"/invoice/{invoice.pk}", body)

        changes = client.get(f"/invoice/{invoice.pk}/events").json()["data"][-1]["changes"]

        assert changes["total_amount"] == [0, 12.5]
        assert changes["due_date"] == [None, "2030-01-01T00:00:00.000000+09:00"]
        assert changes["items"][0] == []
        assert (changes["items"][1][0]["unit_price"], changes["items"][1][0]["quantity"]) == (12.5, 1)
        assert changes["items"][1][0]["description"] == "Consultation"

    def test_events_take_the_same_statements_for_any_number_of_rows(self, client, statements):
        invoice = InvoiceFactory(issued=True)
        for amount in range(1, 11):
            client.post(f"/invoice/{invoice.pk}/payments", {"amount": amount, "method": "cash"})

        with statements() as counted:
            answer = client.get(f"/invoice/{invoice.pk}/events")

        assert answer.json()["total"] == 12
        assert counted.number == 3, counted.sql  # the token, the invoice, the events with their people

    def test_events_of_an_unknown_invoice_return_404(self, client):
        assert client.get(f"/invoice/{NOBODY}/events").status_code == 404

    def test_events_have_pages_and_refuse_unknown_parameters(self, client):
        invoice = InvoiceFactory(issued=True)
        path = f"/invoice/{invoice.pk}/events"

        assert [row["kind"] for row in client.get(path, limit=1, offset=1).json()["data"]] == ["issued"]
        assert [row["kind"] for row in client.get(path, order_by="-version").json()["data"]] == ["issued", "created"]
        assert client.get(path, colour="red").status_code == 400
        assert client.get(path, search="x").status_code == 400
