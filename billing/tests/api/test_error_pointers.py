"""`errors` of a refusal names the value that is at fault, also where a rule of the books refuses it."""

import pytest

from billing.tests.factories import InvoiceFactory, PaymentFactory
from patients.tests.factories import PatientFactory

CASH = {"amount": 1000, "method": "cash"}


def pointers(answer):
    """Return the status, the code of the problem and the pointers of its errors."""
    problem = answer.json()
    return answer.status_code, problem["code"], [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize(
    ("state", "verb", "body", "code", "pointer"),
    [
        ("issued", "payments", CASH, "overpayment", "/amount"),
        ("paid", "refunds", {**CASH, "reason": "x"}, "over_refund", "/amount"),
        ("issued", "write-off", {"amount": 1000, "reason": "x"}, "over_write_off", "/amount"),
        ("part_paid", "void", {"reason": "x"}, "invoice_has_payments", "/payments"),
    ],
)
def test_action_on_an_invoice_points_at_the_value_that_it_cannot_take(client, state, verb, body, code, pointer):
    invoice = InvoiceFactory(total="100.00", **{state: True})

    answer = client.post(f"/invoice/{invoice.pk}/{verb}", body)

    assert pointers(answer) == (409, code, [pointer])


@pytest.mark.parametrize(
    ("state", "change", "code", "pointer"),
    [
        ("void", {"status": "ISSUED"}, "invalid_transition", "/status"),
        ("issued", {"status": "PAID", "paid_amount": 1}, "invalid_transition", "/status"),
        ("part_paid", {"status": "VOID", "reason": "x"}, "invoice_has_payments", "/status"),
        ("issued", {"status": "WRITTEN_OFF", "paid_amount": 100, "reason": "x"}, "invalid_transition", "/status"),
    ],
)
def test_put_points_at_the_status_that_cannot_be(client, state, change, code, pointer):
    invoice = InvoiceFactory(total="100.00", **{state: True})

    answer = client.patch(f"/invoice/{invoice.pk}", {**change})

    assert pointers(answer) == (409, code, [pointer])


@pytest.mark.parametrize(
    ("change", "pointer"), [({"items": []}, "/items"), ({"discount_amount": 100}, "/discount_amount")]
)
def test_draft_points_at_what_brings_its_total_below_its_deposit(client, change, pointer):
    draft = InvoiceFactory(total="100.00")
    assert client.post(f"/invoice/{draft.pk}/payments", {"amount": 50, "method": "cash"}).status_code == 201

    answer = client.patch(f"/invoice/{draft.pk}", change)

    assert pointers(answer) == (409, "total_below_paid", [pointer])


class TestPaymentOfManyInvoices:
    def test_amount_of_which_a_part_is_on_no_invoice_is_at_fault(self, client):
        patient = PatientFactory()

        answer = client.post("/payment/", {"patient_id": patient.pk, **CASH})

        assert pointers(answer) == (409, "overpayment", ["/amount"])

    def test_allocation_of_more_than_an_invoice_can_take_is_at_fault(self, client):
        patient = PatientFactory()
        first, second = (InvoiceFactory(patient=patient, issued=True, total="100.00") for _ in range(2))
        shares = [{"invoice_id": first.pk, "amount": 50}, {"invoice_id": second.pk, "amount": 101}]

        answer = client.post("/payment/", {"patient_id": patient.pk, **CASH, "allocations": shares, "excess": "credit"})

        assert pointers(answer) == (409, "overpayment", ["/allocations/1/amount"])

    def test_allocation_to_a_void_invoice_is_at_fault(self, client):
        void = InvoiceFactory(void=True)
        share = {"invoice_id": void.pk, "amount": 50}

        body = {"patient_id": void.patient_id, **CASH, "allocations": [share], "excess": "credit"}
        answer = client.post("/payment/", body)

        assert pointers(answer) == (409, "invalid_transition", ["/allocations/0/invoice_id"])

    def test_refund_of_more_than_the_credit_is_at_fault(self, client):
        payment = PaymentFactory()

        answer = client.post(f"/payment/{payment.pk}/refund", {**CASH, "reason": "x"})

        assert pointers(answer) == (409, "credit_exceeded", ["/amount"])
