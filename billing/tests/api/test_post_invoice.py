"""POST /invoice/: a draft, or an invoice that is issued and paid at once; all of it or nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Invoice, InvoiceEvent, Payment, Tag
from billing.tests.api.bodies import NOBODY, visit
from billing.tests.factories import ServiceFactory, TagFactory
from clinic.testing import codes_of
from patients.tests.factories import AppointmentFactory, PatientFactory


@pytest.fixture
def body(db):
    """A patient, and one visit at 100.00."""
    return {"patient_id": str(PatientFactory().pk), "items": [visit(100)]}


class TestDraft:
    def test_draft_needs_a_patient_only(self, client):
        answer = client.post("/invoice/", {"patient_id": PatientFactory().pk})

        assert answer.status_code == 201
        assert answer.json()["status"] == "DRAFT"
        assert answer.json()["total_amount"] == 0

    @pytest.mark.parametrize("patient", [{}, {"patient_id": None}])
    def test_draft_without_a_patient_is_refused(self, client, patient):
        answer = client.post("/invoice/", patient)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/patient_id"]

    def test_draft_has_calculated_totals(self, client, body):
        body |= {"items": [visit(199.99)], "discount_percent": 12.5, "discount_amount": 20}

        assert client.post("/invoice/", body).json()["total_amount"] == 154.99

    def test_draft_has_its_items_in_the_order_sent(self, client, body):
        body["items"] = [visit(price, description=name) for name, price in [("Second", 2), ("First", 1), ("Third", 3)]]

        items = client.post("/invoice/", body).json()["items"]

        assert [(item["position"], item["description"]) for item in items] == [
            (1, "Second"),
            (2, "First"),
            (3, "Third"),
        ]
        assert [item["line_total"] for item in items] == [2, 1, 3]

    def test_item_accepts_name_and_price_as_aliases(self, client, body):
        body["items"] = [{"name": "X-ray", "price": "45.50"}]

        item = client.post("/invoice/", body).json()["items"][0]

        assert (item["description"], item["unit_price"], item["quantity"]) == ("X-ray", 45.5, 1)

    def test_item_with_a_field_and_its_alias_that_differ_is_refused(self, client, body):
        body["items"] = [{"name": "X-ray", "description": "MRI", "price": 1}]

        assert codes_of(client.post("/invoice/", body)) == {"/items/0/description": "repeated_key"}

    def test_item_takes_missing_fields_from_its_service(self, client, body):
        service = ServiceFactory(code="X1", description="X-ray", unit_price="45.5", tax_rate=19)
        body["items"] = [
            {"service_id": service.pk},
            {"service_id": service.pk, "description": "X-ray, left", "price": 40},
        ]

        first, second = client.post("/invoice/", body).json()["items"]

        assert (first["code"], first["description"], first["unit_price"], first["tax_rate"]) == (
            "X1",
            "X-ray",
            45.5,
            19,
        )
        assert (second["code"], second["description"], second["unit_price"]) == ("X1", "X-ray, left", 40)
        assert first["service_id"] == str(service.pk)

    def test_tag_is_returned_as_it_was_first_written(self, client, body):
        TagFactory(name="Recall")

        assert client.post("/invoice/", body | {"tags": [" recall "]}).json()["tags"] == ["Recall"]

    def test_event_records_user_and_client(self, client, body):
        answer = client.post("/invoice/", body, headers={"X-Request-Id": "front-desk-0001"})

        event = InvoiceEvent.objects.get(invoice=answer.json()["id"])
        assert (event.kind, event.created_by.username, event.client) == ("created", "supervisor", "demo")
        assert event.request_id == "front-desk-0001"


class TestRefusal:
    @pytest.mark.parametrize(
        ("more", "pointer", "code"),
        [
            ({"patient_id": NOBODY}, "/patient_id", "unknown_patient"),
            ({"patient_id": "P-1"}, "/patient_id", "invalid"),
            ({"patient_id": True}, "/patient_id", "invalid"),
            ({"appointment_id": NOBODY}, "/appointment_id", "unknown_appointment"),
            ({"items": [{"service_id": NOBODY}]}, "/items/0/service_id", "unknown_service"),
            ({"items": [visit(id=NOBODY)]}, "/items/0/id", "unknown_item"),
            ({"items": [{"unit_price": 1}]}, "/items/0/description", "required"),
            ({"items": [{"description": " ", "unit_price": 1}]}, "/items/0/description", "required"),
            ({"items": [{"description": "X-ray"}]}, "/items/0/unit_price", "required"),
            ({"items": [visit(), visit(-1)]}, "/items/1/unit_price", "out_of_range"),
            ({"items": [visit(10, discount_amount=10.01)]}, "/items/0/discount_amount", "line_below_zero"),
            ({"items": [visit(colour="red")]}, "/items/0/colour", "unknown_key"),
            ({"items": [visit(description="x" * 501)]}, "/items/0/description", "too_long"),
            ({"items": [7]}, "/items/0", "invalid"),
            ({"items": {}}, "/items", "invalid"),
            ({"items": None}, "/items", "null"),
            ({"items": [visit(service_date="2026-13-01")]}, "/items/0/service_date", "invalid"),
            ({"discount_amount": 100.01}, "/discount_amount", "discount_above_subtotal"),
            ({"paid_amount": 100.01}, "/paid_amount", "paid_amount_above_total"),
            ({"due_date": "yesterday"}, "/due_date", "invalid"),
            ({"due_date": "2026-06-01T25:00"}, "/due_date", "invalid"),
            ({"due_date": "1899-12-31"}, "/due_date", "invalid"),
            ({"due_date": "2201-01-01"}, "/due_date", "invalid"),
            ({"due_date": 1780000000}, "/due_date", "invalid"),
            ({"notes": "x" * 5001}, "/notes", "too_long"),
            ({"notes": "nul \0"}, "/notes", "bad_text"),
            ({"tags": ["a,b"]}, "/tags", "bad_word"),
            ({"tags": ["x" * 51]}, "/tags", "bad_word"),
            ({"tags": [str(n) for n in range(21)]}, "/tags", "too_many"),
            ({"tags": "Recall"}, "/tags", "invalid"),
            ({"bill_to": {"address": "PO Box 1"}}, "/bill_to/name", "required"),
            ({"bill_to": {"name": "", "address": "PO Box 1"}}, "/bill_to/name", "blank"),
            ({"bill_to": "Insurer"}, "/bill_to", "invalid"),
            ({"reason": "x" * 501}, "/reason", "too_long"),
        ],
    )
    def test_invalid_value_is_refused_with_its_pointer(self, client, body, more, pointer, code):
        answer = client.post("/invoice/", body | more)

        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert codes_of(answer) == {pointer: code}
        assert Invoice.objects.count() == Payment.objects.count() == Tag.objects.count() == 0

    def test_every_invalid_value_is_reported_at_once(self, client, body):
        answer = client.post(
            "/invoice/", {"patient_id": 1, "due_date": "x", "items": [visit(), visit("x")], "note": ""}
        )

        assert codes_of(answer) == {
            "/patient_id": "invalid",
            "/due_date": "invalid",
            "/items/1/unit_price": "not_a_number",
            "/note": "unknown_key",
        }

    def test_unknown_ids_are_refused(self, client, body):
        known = ServiceFactory()
        body |= {"patient_id": NOBODY, "appointment_id": NOBODY}
        body["items"] = [visit(), {"service_id": NOBODY}, {"service_id": known.pk}, {"service_id": NOBODY}]

        answer = client.post("/invoice/", body)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [
            "/patient_id",
            "/appointment_id",
            "/items/1/service_id",
            "/items/3/service_id",
        ]

    def test_unknown_key_is_refused_with_the_closest_known_one(self, client, body):
        answer = client.post("/invoice/", body | {"discount_percnt": 5})

        assert "“discount_percent”" in answer.json()["errors"][0]["detail"]

    def test_appointment_of_another_patient_is_refused(self, client, body):
        answer = client.post("/invoice/", body | {"appointment_id": AppointmentFactory().pk})

        assert codes_of(answer) == {"/appointment_id": "appointment_of_other_patient"}

    def test_more_than_500_items_are_refused(self, client, body):
        accepted = client.post("/invoice/", body | {"items": [visit(1)] * 500})
        refused = client.post("/invoice/", body | {"items": [visit(1)] * 501})

        assert accepted.status_code == 201
        assert codes_of(refused) == {"/items": "too_many"}

    def test_at_most_50_errors_are_reported(self, client, body):
        answer = client.post("/invoice/", body | {"items": [{}] * 500})

        assert answer.status_code == 400
        assert len(answer.json()["errors"]) == 50


class TestRequestedStatus:
    @pytest.mark.parametrize(
        ("requested", "status", "paid"),
        [
            ({}, "DRAFT", 0),
            ({"status": "DRAFT", "paid_amount": 40}, "DRAFT", 40),
            ({"status": "ISSUED"}, "ISSUED", 0),
            ({"status": "ISSUED", "paid_amount": 40}, "PARTIALY_PAID", 40),
            ({"status": "PARTIALY_PAID", "paid_amount": 40}, "PARTIALY_PAID", 40),
            ({"status": "PAID"}, "PAID", 100),
            ({"status": "PAID", "paid_amount": "100.00"}, "PAID", 100),
            ({"status": "ISSUED", "discount_percent": 100}, "PAID", 0),
        ],
    )
    def test_requested_status_is_reached(self, client, body, requested, status, paid):
        answer = client.post("/invoice/", body | requested)

        assert answer.status_code == 201
        assert (answer.json()["status"], answer.json()["paid_amount"]) == (status, paid)
        assert answer.json()["reg_number"].startswith("DRAFT-" if status == "DRAFT" else "INV-")

    @pytest.mark.parametrize(
        ("requested", "allowed"),
        [
            ({"status": "VOID"}, ["DRAFT", "ISSUED", "PARTIALY_PAID", "PAID"]),
            ({"status": "WRITTEN_OFF"}, ["DRAFT", "ISSUED", "PARTIALY_PAID", "PAID"]),
            ({"status": "PARTIALY_PAID"}, ["ISSUED"]),
            ({"status": "PARTIALY_PAID", "paid_amount": 100}, ["PAID"]),
            ({"status": "PAID", "paid_amount": 40}, ["PARTIALY_PAID"]),
        ],
    )
    def test_impossible_status_returns_409_and_stores_nothing(self, client, body, requested, allowed):
        answer = client.post("/invoice/", body | requested)

        assert answer.status_code == 409
        assert answer.json()["code"] == "invalid_transition"
        assert answer.json()["allowed"] == allowed
        assert Invoice.objects.count() == Payment.objects.count() == InvoiceEvent.objects.count() == 0

    def test_paid_with_too_small_an_amount_names_the_amount_to_send(self, client, body):
        answer = client.post("/invoice/", body | {"status": "PAID", "paid_amount": 40})

        assert "100.00" in answer.json()["detail"]

    def test_issued_without_items_is_refused(self, client, body):
        answer = client.post("/invoice/", body | {"status": "ISSUED", "items": []})

        assert answer.status_code == 400
        assert codes_of(answer) == {"/items": "empty_invoice"}
        assert Invoice.objects.count() == 0

    def test_issue_dated_tomorrow_is_refused_and_stores_nothing(self, noon, client, body):
        answer = client.post("/invoice/", body | {"status": "ISSUED", "issue_date": "2026-06-16"})

        assert answer.status_code == 409
        assert codes_of(answer) == {"/issue_date": "issue_date_in_future"}
        assert Invoice.objects.count() == 0

    def test_issued_sets_both_dates(self, noon, client, body):
        invoice = client.post("/invoice/", body | {"status": "ISSUED"}).json()

        assert invoice["issue_date"] == "2026-06-15T12:00:00.000000+00:00"
        assert invoice["due_date"] == "2026-07-15T00:00:00.000000+00:00"
        assert invoice["reg_number"] == "INV-2026-000001"


class TestDates:
    def test_dates_are_returned_in_the_time_zone_of_the_clinic(self, client, body, settings):
        settings.CLINIC_TIME_ZONE = "Asia/Tokyo"
        dates = {"issue_date": "2026-06-01", "due_date": "2026-06-30T20:00:00Z"}

        invoice = client.post("/invoice/", body | dates).json()

        assert invoice["issue_date"] == "2026-06-01T00:00:00.000000+09:00"
        assert invoice["due_date"] == "2026-07-01T05:00:00.000000+09:00"
        assert invoice["created_at"].endswith("+09:00")

    def test_dates_without_offset_are_in_the_time_zone_of_the_clinic(self, client, body, settings):
        settings.CLINIC_TIME_ZONE = "America/New_York"

        invoice = client.post("/invoice/", body | {"issue_date": "2026-06-01T05:53:48.451968"}).json()

        assert invoice["issue_date"] == "2026-06-01T05:53:48.451968-04:00"


class TestStatements:
    # the token, the patient; the invoice, its items, the event
    DRAFT = 5

    @pytest.mark.parametrize("number", [1, 50])
    def test_draft_takes_the_same_statements_for_any_number_of_items(self, client, body, statements, number):
        body["items"] = [visit()] * number

        with statements() as counted:
            answer = client.post("/invoice/", body)

        assert answer.status_code == 201
        assert counted.number == self.DRAFT, counted.sql

    def test_draft_with_known_tags_takes_two_more_statements(self, client, body, statements):
        TagFactory(name="a")
        TagFactory(name="b")

        with statements() as counted:
            client.post("/invoice/", body | {"tags": ["a", "b"]})

        assert counted.number == self.DRAFT + 2, counted.sql  # the tags, the links to them

    def test_draft_is_stored_in_one_transaction_without_savepoints(self, client, body):
        with CaptureQueriesContext(connection) as captured:
            client.post("/invoice/", body)

        around = [each["sql"].split()[0] for each in captured if each["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert around == ["SAVEPOINT", "RELEASE"]  # what this test's own transaction makes of BEGIN and COMMIT

    def test_services_are_read_with_one_statement(self, client, body, statements):
        body["items"] = [{"service_id": ServiceFactory().pk} for _ in range(20)]

        with statements() as counted:
            client.post("/invoice/", body)

        assert counted.number == self.DRAFT + 1, counted.sql
