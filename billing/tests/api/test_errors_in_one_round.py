"""All errors of one body come in one answer: shapes, ids, and what the rules say of the values that are sound."""

from datetime import timedelta

import pytest

from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.testing import NOON
from patients.tests.factories import AppointmentFactory, PatientFactory

NOBODY = "0d6a62a1-14e7-4b6c-9fd7-3a1f0fd0a1c4"
VISIT = {"description": "Visit", "unit_price": 100}


def errors_of(answer):
    """Return the pointers and codes of a 400, by pointer."""
    assert answer.status_code == 400, answer.content
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


class TestInvoice:
    def test_new_invoice_gets_errors_of_shapes_ids_and_rules_at_once(self, client):
        items = [
            {**VISIT, "quantity": "many", "service_id": NOBODY},
            {**VISIT, "discount_amount": 101},
            {"service_id": NOBODY},
            {**VISIT, "id": NOBODY},
            {"unit_price": 1},
        ]
        body = {"patient_id": NOBODY, "appointment_id": NOBODY, "due_date": "soon", "notse": "", "items": items}

        answer = client.post("/invoice/", body)

        assert errors_of(answer) == {
            "/notse": "unknown_key",
            "/due_date": "invalid",
            "/items/0/quantity": "not_a_number",
            "/items/0/service_id": "unknown_service",
            "/items/1/discount_amount": "line_below_zero",
            "/items/2/service_id": "unknown_service",
            "/items/3/id": "unknown_item",
            "/items/4/description": "required",
            "/patient_id": "unknown_patient",
            "/appointment_id": "unknown_appointment",
        }

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({"discount_amount": 101}, {"/discount_amount": "discount_above_subtotal"}),
            ({"paid_amount": 101}, {"/paid_amount": "paid_amount_above_total"}),
            ({"status": "ISSUED", "items": []}, {"/items": "empty_invoice"}),
            ({"discount_amount": "x", "paid_amount": 101}, {"/discount_amount": "not_a_number"}),
        ],
    )
    def test_broken_rules_of_sound_figures_come_with_an_unknown_patient(self, client, more, expected):
        answer = client.post("/invoice/", {"patient_id": NOBODY, "items": [VISIT], **more})

        assert errors_of(answer) == {"/patient_id": "unknown_patient", **expected}

    def test_appointment_of_another_patient_comes_with_errors_of_shapes(self, client):
        appointment = AppointmentFactory()
        body = {"patient_id": PatientFactory().pk, "appointment_id": appointment.pk, "notes": 7}

        answer = client.post("/invoice/", body)

        assert errors_of(answer) == {"/notes": "invalid", "/appointment_id": "appointment_of_other_patient"}

    @pytest.mark.parametrize(("patient", "code"), [(NOBODY, "unknown_patient"), (7, "invalid")])
    def test_appointment_is_not_compared_with_a_patient_that_the_body_replaces(self, client, patient, code):
        body = {"patient_id": patient, "appointment_id": AppointmentFactory().pk}

        answer = client.put(f"/invoice/{InvoiceFactory().pk}", body)

        assert errors_of(answer) == {"/patient_id": code}

    def test_change_of_a_draft_gets_errors_of_shapes_and_rules_at_once(self, client):
        draft = InvoiceFactory(total="100.00")
        [item] = draft.ordered_items
        items = [{"id": item.pk, "discount_amount": 101}, {"id": item.pk, "quantity": 0}]

        answer = client.patch(f"/invoice/{draft.pk}", {"due_date": "soon", "items": items})

        assert errors_of(answer) == {
            "/due_date": "invalid",
            "/items/0/discount_amount": "line_below_zero",
            "/items/1/quantity": "out_of_range",
        }

    def test_refused_body_changes_nothing_and_a_sound_one_is_taken(self, client):
        patient = PatientFactory()

        refused = client.post("/invoice/", {"patient_id": patient.pk, "items": [VISIT], "notes": 7})
        taken = client.post("/invoice/", {"patient_id": patient.pk, "items": [VISIT], "notes": "7"})

        assert errors_of(refused) == {"/notes": "invalid"}
        assert taken.status_code == 201
        assert client.get("/invoice/").json()["total"] == 1


class TestPayment:
    LATER = NOON.replace(year=2100).isoformat()

    def test_payment_of_an_invoice_gets_errors_of_shapes_and_rules_at_once(self, client):
        invoice = InvoiceFactory(issued=True)
        body = {"amount": 100, "method": "cash", "tendered": 50, "received_at": self.LATER, "reference": 7}

        answer = client.post(f"/invoice/{invoice.pk}/payments", body)

        assert errors_of(answer) == {
            "/reference": "invalid",
            "/tendered": "tendered_too_little",
            "/received_at": "in_the_future",
        }

    def test_payment_of_a_patient_gets_errors_of_shapes_ids_and_rules_at_once(self, client):
        shares = [{"invoice_id": NOBODY, "amount": 1}, {"invoice_id": NOBODY, "amount": 0}]
        body = {"patient_id": PatientFactory().pk, "amount": 100, "method": "card", "tendered": 100}

        answer = client.post("/payment/", {**body, "allocations": shares})

        assert errors_of(answer) == {
            "/allocations/1/amount": "out_of_range",
            "/allocations/0/invoice_id": "unknown_id",
            "/tendered": "tendered_without_cash",
        }

    def test_unknown_patient_comes_with_errors_of_shapes(self, client):
        answer = client.post("/payment/", {"patient_id": NOBODY, "amount": "x", "method": "cash"})

        assert errors_of(answer) == {"/amount": "not_a_number", "/patient_id": "unknown_patient"}

    def test_allocation_of_credit_gets_errors_of_shapes_and_ids_at_once(self, client):
        shares = [{"invoice_id": NOBODY, "amount": 1}, {"invoice_id": NOBODY, "amount": 0}]

        answer = client.post(f"/payment/{PaymentFactory().pk}/allocations", {"allocations": shares})

        assert errors_of(answer) == {"/allocations/0/invoice_id": "unknown_id", "/allocations/1/amount": "out_of_range"}


class TestCreditNote:
    def test_credit_note_gets_errors_of_shapes_and_ids_at_once(self, client):
        invoice = InvoiceFactory(issued=True)
        [item] = invoice.ordered_items
        items = [{"id": NOBODY, "amount": 1}, {"id": item.pk, "amount": "x"}, {"id": item.pk}, {"id": item.pk}]

        answer = client.post(f"/invoice/{invoice.pk}/credit-notes", {"items": items, "reasn": "Not rendered"})

        assert errors_of(answer) == {
            "/reasn": "unknown_key",
            "/reason": "required",
            "/items/0/id": "unknown_id",
            "/items/1/amount": "not_a_number",
            "/items/3/id": "repeated_id",
        }

    def test_quantity_worth_less_than_a_cent_comes_with_errors_of_shapes(self, client):
        invoice = InvoiceFactory(issued=True, total="1.00")
        [item] = invoice.ordered_items

        answer = client.post(
            f"/invoice/{invoice.pk}/credit-notes", {"items": [{"id": item.pk, "quantity": 0.001}], "reason": ""}
        )

        assert errors_of(answer) == {"/reason": "blank", "/items/0/quantity": "below_a_cent"}

    def test_refused_credit_note_credits_nothing(self, client):
        invoice = InvoiceFactory(issued=True)

        client.post(f"/invoice/{invoice.pk}/credit-notes", {"items": [{"id": NOBODY}]})

        assert client.get(f"/invoice/{invoice.pk}/credit-notes").json()["total"] == 0


class TestVoid:
    @pytest.mark.parametrize("reason", [{}, {"reason": " "}])
    def test_missing_reason_comes_with_errors_of_shapes(self, client, reason):
        answer = client.post(f"/invoice/{InvoiceFactory(issued=True).pk}/void", {"payments": "burn", **reason})

        assert errors_of(answer) == {"/payments": "unknown_choice", "/reason": "required"}

    def test_draft_needs_no_reason(self, client):
        answer = client.post(f"/invoice/{InvoiceFactory().pk}/void", {"payments": "burn"})

        assert errors_of(answer) == {"/payments": "unknown_choice"}


class TestPatient:
    def test_merge_gets_errors_of_keys_and_ids_at_once(self, client):
        answer = client.post(f"/patient/{PatientFactory().pk}/merge", {"into": NOBODY, "reason": "same"})

        assert errors_of(answer) == {"/reason": "unknown_key", "/into": "unknown_patient"}

    def test_patient_without_a_name_comes_with_errors_of_shapes(self, client):
        patient = PatientFactory(given_name="")

        answer = client.patch(f"/patient/{patient.pk}", {"family_name": "", "language": "?"})

        assert errors_of(answer) == {"/language": "invalid", "/family_name": "required"}


def test_change_of_an_appointment_gets_errors_of_shapes_and_times_at_once(client):
    appointment = AppointmentFactory()
    ends_at = appointment.starts_at - timedelta(hours=1)

    answer = client.patch(f"/appointment/{appointment.pk}", {"ends_at": ends_at.isoformat(), "status": "maybe"})

    assert errors_of(answer) == {"/status": "unknown_choice", "/ends_at": "out_of_range"}


def test_appointment_gets_errors_of_shapes_ids_and_times_at_once(client):
    times = {"starts_at": "2026-06-15T10:00:00Z", "ends_at": "2026-06-15T09:00:00Z"}

    answer = client.post("/appointment/", {"patient_id": NOBODY, **times, "status": "maybe"})

    assert errors_of(answer) == {
        "/status": "unknown_choice",
        "/patient_id": "unknown_patient",
        "/ends_at": "out_of_range",
    }
