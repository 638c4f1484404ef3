"""The public contract, to the letter: names, shapes, spellings and slashes."""

import pytest
from django.db import connection

from billing.models import InvoiceEvent
from billing.tests.api.bodies import CONTRACT_FIELDS, ENVELOPE, contract_body, kinds, visit
from billing.tests.factories import InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory
from clinic.testing import codes_of
from patients.tests.factories import AppointmentFactory, PatientFactory

STATES = ["draft", "deposit", "issued", "part_paid", "paid", "void", "written_off", "credited", "corrected"]


def invoice_in(state):
    return InvoiceFactory(**({} if state == "draft" else {state: True}), tags=["Recall"])


class TestContractExample:
    def test_contract_example_returns_201_with_every_documented_field(self, client):
        appointment = AppointmentFactory()

        answer = client.post("/invoice/", contract_body(appointment))

        assert answer.status_code == 201
        invoice = answer.json()
        assert invoice.keys() >= CONTRACT_FIELDS
        assert invoice["issue_date"].startswith("2026-06-01T05:53:48.451968")
        assert invoice["status"] == "DRAFT"
        assert invoice["patient_id"] == str(appointment.patient_id)
        assert invoice["appointment_id"] == str(appointment.pk)
        assert invoice["items"] == []
        assert invoice["reg_number"].startswith("DRAFT-")

    def test_contract_example_returns_the_location_of_the_invoice(self, client):
        answer = client.post("/invoice/", contract_body(AppointmentFactory()))

        assert answer.headers["Location"] == f"/invoice/{answer.json()['id']}"
        assert client.get(answer.headers["Location"]).status_code == 200

    def test_contract_example_is_the_same_when_read_again_but_for_the_warning(self, client):
        written = client.post("/invoice/", contract_body(AppointmentFactory())).json()

        read = client.get(f"/invoice/{written['id']}").json()

        assert [warning["code"] for warning in written.pop("warnings")] == ["due_before_issue"]
        assert read == written

    def test_contract_example_may_be_put_again(self, client):
        body = contract_body(AppointmentFactory())
        invoice = client.post("/invoice/", body).json()

        answer = client.put(f"/invoice/{invoice['id']}", body)

        assert answer.status_code == 200
        assert InvoiceEvent.objects.count() == 1

    def test_contract_example_may_have_null_for_dates_and_appointment(self, client):
        body = contract_body(AppointmentFactory()) | {"issue_date": None, "due_date": None, "appointment_id": None}

        answer = client.post("/invoice/", body)

        assert answer.status_code == 201
        assert answer.json()["issue_date"] is answer.json()["appointment_id"] is None


class TestSlashes:
    @pytest.mark.parametrize("path", ["/invoice", "/payment", "/service", "/tag"])
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_lists_are_found_with_and_without_trailing_slash(self, client, path, slash):
        answer = client.get(path + slash)

        assert answer.status_code == 200
        assert answer.json().keys() == ENVELOPE

    @pytest.mark.parametrize("slash", ["", "/"])
    def test_bodies_are_read_with_and_without_trailing_slash(self, client, slash):
        patient = PatientFactory()

        made = client.post(f"/invoice{slash}", {"patient_id": patient.pk})
        changed = client.put(f"/invoice/{made.json()['id']}{slash}", {"patient_id": patient.pk, "notes": "Thank you"})

        assert (made.status_code, changed.status_code) == (201, 200)
        assert changed.json()["notes"] == "Thank you"

    @pytest.mark.parametrize("slash", ["", "/"])
    @pytest.mark.parametrize("sublist", ["payments", "refunds", "credit-notes", "events"])
    def test_sublists_are_found_with_and_without_trailing_slash(self, client, sublist, slash):
        answer = client.get(f"/invoice/{InvoiceFactory().pk}/{sublist}{slash}")

        assert answer.status_code == 200
        assert answer.json().keys() == ENVELOPE

    @pytest.mark.parametrize("slash", ["", "/"])
    def test_actions_are_found_with_and_without_trailing_slash(self, client, slash):
        assert client.post(f"/invoice/{InvoiceFactory().pk}/issue{slash}").status_code == 200


class TestMethods:
    @pytest.mark.parametrize("make", [InvoiceFactory, PaymentFactory, ServiceFactory, TagFactory])
    def test_delete_is_not_allowed(self, client, make):
        record = make()

        answer = client.send("DELETE", f"/{type(record)._meta.model_name}/{record.pk}")

        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]
        assert type(record).objects.filter(pk=record.pk).exists()

    def test_put_of_a_payment_is_not_allowed(self, client):
        assert client.put(f"/payment/{PaymentFactory().pk}", {}).status_code == 405


class TestStatusValues:
    def test_partialy_paid_is_returned_as_in_the_contract(self, client):
        invoice = InvoiceFactory(part_paid=True)

        answer = client.get(f"/invoice/{invoice.pk}")

        assert b'"PARTIALY_PAID"' in answer.content
        assert b"PARTIALLY" not in answer.content

    def test_partially_paid_is_accepted_but_never_returned(self, client):
        body = {"patient_id": PatientFactory().pk, "items": [visit(100)], "paid_amount": 40, "status": "PARTIALLY_PAID"}

        answer = client.post("/invoice/", body)

        assert answer.status_code == 201
        assert answer.json()["status"] == "PARTIALY_PAID"

    @pytest.mark.parametrize("status", ["draft", "Paid", "PARTIALY PAID", "OVERDUE", "", None, 1, True, ["DRAFT"], {}])
    def test_status_in_a_body_must_be_in_capitals(self, client, status):
        answer = client.post("/invoice/", {"patient_id": PatientFactory().pk, "status": status})

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/status"]


class TestGetSentBackAsPut:
    @pytest.mark.parametrize("state", STATES)
    def test_get_response_sent_back_as_put_changes_nothing(self, client, state):
        invoice = invoice_in(state)
        version, history = invoice.version, kinds(invoice)
        read = client.get(f"/invoice/{invoice.pk}")

        answer = client.put(f"/invoice/{invoice.pk}", read.content)

        assert answer.status_code == 200
        assert answer.content == read.content
        assert answer.headers["ETag"] == read.headers["ETag"]
        invoice.refresh_from_db()
        assert (invoice.version, kinds(invoice)) == (version, history)

    @pytest.mark.parametrize("state", STATES)
    def test_get_response_sent_back_as_put_with_its_etag_changes_nothing(self, client, state):
        invoice = invoice_in(state)
        read = client.get(f"/invoice/{invoice.pk}")

        answer = client.put(f"/invoice/{invoice.pk}", read.content, headers={"If-Match": read.headers["ETag"]})

        assert answer.status_code == 200
        assert answer.content == read.content

    def test_get_response_with_every_kind_of_item_sent_back_as_put_changes_nothing(self, client):
        body = {"patient_id": PatientFactory().pk, "issue_date": "2026-06-01", "due_date": "2026-07-01T12:00:00+14:00"}
        body["items"] = [
            visit("0.3333", quantity="2.125", discount_percent="3.3333", tax_rate=7.7, service_date="2026-05-31"),
            {"service_id": ServiceFactory(tax_rate=19).pk, "quantity": 3, "discount_amount": 5},
            visit(80, code="A-1"),
        ]
        made = client.post("/invoice/", body | {"bill_to": {"name": "Insurer", "address": "PO Box 1"}, "tags": ["a"]})

        answer = client.put(made.headers["Location"], made.content)

        assert made.status_code == 201
        assert answer.json() == made.json()
        assert InvoiceEvent.objects.count() == 1

    def test_read_only_fields_are_ignored_whatever_their_values(self, client):
        patient = PatientFactory()
        liar = {"id": "x", "reg_number": "INV-1", "total_amount": -1, "remaining_amount": [], "subtotal": "many"}
        liar |= {"taxes": 1, "currency": "EUR", "created_at": 0, "updated_at": None, "warnings": {}, "corrects_id": 1}

        answer = client.post(
            "/invoice/", {"patient_id": patient.pk, "items": [visit(10, position="last", line_total=0)]} | liar
        )

        assert answer.status_code == 201
        assert answer.json()["total_amount"] == 10
        assert answer.json()["currency"] == "EUR"
        assert answer.json()["reg_number"].startswith("DRAFT-")


class TestFieldsOutsideTheContract:
    def test_fields_outside_the_contract_can_be_written(self, client):
        extra = {"tags": ["Recall", "recall", "VIP"], "notes": "Get well soon", "bill_to": {"name": "Insurer"}}

        made = client.post("/invoice/", {"patient_id": PatientFactory().pk} | extra).json()

        assert made["tags"] == ["Recall", "VIP"]
        assert made["notes"] == "Get well soon"
        assert made["bill_to"] == {"name": "Insurer", "address": ""}

    def test_payer_is_the_patient_by_default(self, client):
        patient = PatientFactory(given_name="Ana", family_name="Ruiz", address="Calle 1")

        made = client.post("/invoice/", {"patient_id": patient.pk}).json()

        assert made["bill_to"] is None
        assert made["payer"] == {"name": "Ana Ruiz", "address": "Calle 1"}

    def test_response_contains_the_parts_of_the_total(self, client):
        items = [visit(60), visit(40, tax_rate=19)]

        made = client.post(
            "/invoice/", {"patient_id": PatientFactory().pk, "items": items, "discount_amount": 10}
        ).json()

        assert made["discount_amount"] == made["discount_total"] == 10
        assert made["taxes"] == [{"rate": 0, "net": 54, "tax": 0}, {"rate": 19, "net": 36, "tax": 6.84}]
        assert (made["tax_amount"], made["total_amount"]) == (6.84, 96.84)
        assert (made["credited_amount"], made["written_off_amount"], made["currency"]) == (0, 0, "EUR")

    def test_internal_note_is_never_in_the_response(self, client):
        invoice = InvoiceFactory(internal_note="Difficult")

        answer = client.get(f"/invoice/{invoice.pk}")

        assert "internal_note" not in answer.json()
        assert client.put(f"/invoice/{invoice.pk}", {"internal_note": "x"}).status_code == 400


class TestStatusCodes:
    @pytest.mark.parametrize(
        ("state", "verb", "body"),
        [
            ("draft", "issue", {}),
            ("draft", "void", {}),
            ("issued", "write-off", {"reason": "Moved abroad"}),
            ("written_off", "reinstate", {"reason": "Came back"}),
        ],
    )
    def test_action_returns_200_with_the_invoice(self, client, state, verb, body):
        invoice = invoice_in(state)

        answer = client.post(f"/invoice/{invoice.pk}/{verb}", body)

        assert answer.status_code == 200
        assert answer.json()["id"] == str(invoice.pk)
        assert answer.headers["ETag"] == client.get(f"/invoice/{invoice.pk}").headers["ETag"] != f'"{invoice.version}"'

    @pytest.mark.parametrize(
        ("state", "document", "body"),
        [
            ("issued", "payments", {"amount": 1, "method": "cash"}),
            ("paid", "refunds", {"amount": 1, "method": "cash", "reason": "Too much"}),
            ("issued", "credit-notes", {"reason": "Not rendered"}),
            ("issued", "correct", {"reason": "Wrong price"}),
        ],
    )
    def test_action_that_adds_a_document_returns_201_with_it(self, client, state, document, body):
        answer = client.post(f"/invoice/{invoice_in(state).pk}/{document}", body)

        assert answer.status_code == 201
        assert answer.json()["id"]

    @pytest.mark.parametrize("body", [b"", b"{}", b" \n"])
    def test_empty_body_of_an_action_is_an_empty_object(self, client, body):
        assert client.post(f"/invoice/{InvoiceFactory().pk}/issue", body).status_code == 200


class TestWarnings:
    def test_warnings_are_only_in_the_response_to_the_write_that_caused_them(self, client):
        patient = PatientFactory()
        dates = {"patient_id": patient.pk, "issue_date": "2026-06-02", "due_date": "2026-06-01"}

        made = client.post("/invoice/", dates)
        repeated = client.put(made.headers["Location"], dates)
        moved = client.put(made.headers["Location"], {"patient_id": patient.pk, "due_date": "2026-05-31"})
        mended = client.put(made.headers["Location"], {"patient_id": patient.pk, "due_date": "2026-07-01"})

        assert [warning["code"] for warning in made.json()["warnings"]] == ["due_before_issue"]
        assert "warnings" not in repeated.json()
        assert [warning["code"] for warning in moved.json()["warnings"]] == ["due_before_issue"]
        assert "warnings" not in mended.json()
        assert "warnings" not in client.get(made.headers["Location"]).json()

    def test_warnings_are_in_the_response_to_the_issue_that_sets_the_date(self, client):
        invoice = InvoiceFactory(due_date="2020-01-01T00:00:00Z")

        answer = client.post(f"/invoice/{invoice.pk}/issue")

        assert [warning["code"] for warning in answer.json()["warnings"]] == ["due_before_issue"]


class TestDatabase:
    def test_columns_have_the_names_of_the_api_fields(self, db):
        with connection.cursor() as cursor:
            columns = {
                table: {column.name for column in connection.introspection.get_table_description(cursor, table)}
                for table in ("billing_invoice", "billing_writeoff", "billing_invoiceevent", "billing_invoiceitem")
            }

        assert columns["billing_invoice"] >= CONTRACT_FIELDS - {"items"}
        assert "amount" in columns["billing_writeoff"]
        assert "invoice_id" in columns["billing_invoiceevent"]
        assert columns["billing_invoiceitem"] >= {"description", "quantity", "unit_price", "line_total", "service_id"}


class TestAuthentication:
    PATHS = ("/invoice/", "/payment/", "/service/", "/tag/")

    @pytest.mark.parametrize("path", PATHS)
    def test_request_without_a_token_is_unauthorized(self, db, anonymous, path):
        answer = anonymous.get(path)

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("path", PATHS)
    def test_user_who_is_not_staff_is_forbidden(self, api, outsider, path):
        assert api(outsider).get(path).status_code == 403
        assert api(outsider).post(path, b"{").status_code == 403
