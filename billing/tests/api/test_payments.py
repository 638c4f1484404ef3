"""POST and GET /payment/: a patient's money over many invoices, and the credit that is left of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Payment
from billing.tests.api.bodies import ENVELOPE, NOBODY, ids, the_books
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.testing import NOON, codes_of
from patients.tests.factories import PatientFactory


@pytest.fixture
def patient(db):
    return PatientFactory()


@pytest.fixture
def old_and_new(patient):
    """Two open invoices over 100.00; the second was due first."""
    days = [timezone.now() - timedelta(days=days) for days in (10, 20)]
    return [InvoiceFactory(patient=patient, issued=True, at=day, due_date=day) for day in days]


def pay(client, patient, amount, **more):
    return client.post("/payment/", {"patient_id": patient.pk, "amount": amount, "method": "cash"} | more)


def shares(answer):
    return [(share["invoice_id"], share["amount"]) for share in answer.json()["allocations"]]


class TestPayment:
    def test_payment_is_returned_as_it_is_read(self, client, patient, old_and_new):
        answer = pay(client, patient, 120, excess="credit")

        assert answer.json() == client.get(answer["Location"]).json()

    def test_payment_goes_to_the_oldest_due_invoice_first(self, client, patient, old_and_new):
        new, old = old_and_new

        answer = pay(client, patient, 130, method="Transfer", reference="T-1")

        assert answer.status_code == 201
        assert answer.headers["Location"] == f"/payment/{answer.json()['id']}"
        assert sorted(shares(answer)) == sorted([(str(old.pk), 100), (str(new.pk), 30)])
        assert (answer.json()["method"], answer.json()["reference"]) == ("transfer", "T-1")
        assert client.get(f"/invoice/{new.pk}").json()["remaining_amount"] == 70

    def test_payment_goes_to_the_named_invoices(self, client, patient, old_and_new):
        new, _ = old_and_new

        answer = pay(client, patient, 30, allocations=[{"invoice_id": new.pk, "amount": "30.00"}])

        assert shares(answer) == [(str(new.pk), 30)]

    def test_payment_above_what_is_owed_is_refused_or_kept_as_credit(self, client, patient, old_and_new):
        refused = pay(client, patient, 200.01)
        kept = pay(client, patient, 200.01, excess="credit")

        assert (refused.status_code, refused.json()["code"]) == (409, "overpayment")
        assert (kept.status_code, kept.json()["unallocated_amount"]) == (201, 0.01)

    def test_payment_may_be_kept_as_credit_entirely(self, client, patient, old_and_new):
        answer = pay(client, patient, 50, allocations=[], excess="credit")

        assert answer.json()["unallocated_amount"] == 50
        assert answer.json()["allocations"] == []

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"patient_id": NOBODY}, "/patient_id"),
            ({"patient_id": None}, "/patient_id"),
            ({"amount": 0}, "/amount"),
            ({"method": "iou"}, "/method"),
            ({"allocations": [{"invoice_id": NOBODY, "amount": 1}]}, "/allocations/0/invoice_id"),
            ({"allocations": [{"invoice_id": "x", "amount": 1}]}, "/allocations/0/invoice_id"),
            ({"allocations": [{"invoice_id": NOBODY}]}, "/allocations/0/amount"),
            ({"allocations": [{"invoice_id": NOBODY, "amount": 0}]}, "/allocations/0/amount"),
            ({"allocations": {}}, "/allocations"),
            ({"allocations": [{}] * 501}, "/allocations"),
            ({"received_at": "2999-01-01"}, "/received_at"),
            ({"tendered": 1}, "/tendered"),
            ({"amout": 5}, "/amout"),
        ],
    )
    def test_invalid_payment_returns_400(self, client, patient, body, pointer):
        before = the_books()

        answer = pay(client, patient, **({"amount": 50, "excess": "credit"} | body))

        assert answer.status_code == 400
        assert list(codes_of(answer)) == [pointer]
        assert the_books() == before

    def test_payment_is_not_allocated_to_an_invoice_of_another_patient(self, client, patient):
        other_patient = InvoiceFactory(issued=True)

        answer = pay(client, patient, 10, allocations=[{"invoice_id": other_patient.pk, "amount": 10}])

        assert answer.status_code == 400
        assert codes_of(answer) == {"/allocations/0/invoice_id": "unknown_id"}

    def test_allocations_above_the_payment_are_refused(self, client, patient, old_and_new):
        allocations = [{"invoice_id": invoice.pk, "amount": 30} for invoice in old_and_new]

        answer = pay(client, patient, 59.99, allocations=allocations)

        assert answer.status_code == 400
        assert list(codes_of(answer)) == ["/allocations"]
        assert Payment.objects.count() == 0

    def test_refused_allocation_above_the_amount_due_stores_nothing(self, client, patient, old_and_new):
        first, second = old_and_new
        allocations = [{"invoice_id": first.pk, "amount": 50}, {"invoice_id": second.pk, "amount": 100.01}]
        before = the_books()

        answer = pay(client, patient, 200, allocations=allocations, excess="credit")

        assert (answer.status_code, answer.json()["code"]) == (409, "overpayment")
        assert the_books() == before


class TestList:
    def test_list_contains_payments_as_they_are_read_one_by_one(self, client, patient, old_and_new):
        payment = pay(client, patient, 130).json()

        answer = client.get("/payment/")

        assert answer.json().keys() == ENVELOPE
        assert answer.json()["data"] == [payment] == [client.get(f"/payment/{payment['id']}").json()]

    def test_payment_shows_its_current_allocations(self, client):
        invoice = InvoiceFactory(paid=True, credited=True)

        row = client.get("/payment/", patient_id=invoice.patient_id).json()["data"][0]

        assert row["allocations"] == []
        assert row["unallocated_amount"] == 100

    def test_list_finds_the_credit_of_a_patient(self, client, patient):
        credit = PaymentFactory(patient=patient)
        spent = InvoiceFactory(patient=patient, paid=True).allocations.get().payment
        PaymentFactory()

        assert ids(client.get("/payment/", patient_id=patient.pk, unallocated="true")) == [str(credit.pk)]
        assert ids(client.get("/payment/", patient_id=patient.pk, unallocated="false")) == [str(spent.pk)]
        assert client.get("/payment/", unallocated="true").json()["total"] == 2

    def test_list_of_credit_leaves_out_reversed_payments(self, client):
        PaymentFactory(reversed=True)

        assert ids(client.get("/payment/", unallocated="true")) == []
        assert len(ids(client.get("/payment/"))) == 2

    def test_list_includes_payments_of_merged_patients(self, client, patient, supervisor):
        merged = PatientFactory()
        payment = PaymentFactory(patient=merged)
        merged.merge_into(patient, by=supervisor, at=timezone.now())

        assert ids(client.get("/payment/", patient_id=patient.pk)) == [str(payment.pk)]

    def test_list_can_be_filtered_and_searched(self, noon, client):
        cash = PaymentFactory(method="cash", reference="Desk 2")
        old = PaymentFactory(received_at=NOON - timedelta(days=30))

        assert ids(client.get("/payment/", method="CASH")) == [str(cash.pk)]
        assert ids(client.get("/payment/", received_to="2026-06-14")) == [str(old.pk)]
        assert ids(client.get("/payment/", received_from="2026-06-15")) == [str(cash.pk)]
        assert ids(client.get("/payment/", search="desk 2")) == [str(cash.pk)]
        assert ids(client.get("/payment/", search=old.receipt_number.lower())) == [str(old.pk)]
        assert ids(client.get("/payment/", search="nothing")) == []

    def test_list_can_be_ordered(self, client):
        large, small = PaymentFactory(amount=90), PaymentFactory(amount=10)

        for name in ("amount", "-created_at", "-received_at", "-receipt_number"):
            assert ids(client.get("/payment/", order_by=name)) == [str(small.pk), str(large.pk)], name

    @pytest.mark.parametrize(
        "query",
        ["patient_id=x", "unallocated=maybe", "method=iou", "received_from=x", "order_by=unallocated", "status=PAID"],
    )
    def test_list_refuses_unknown_parameters(self, client, query):
        assert client.get(f"/payment/?{query}").status_code == 400

    @pytest.mark.parametrize("number", [1, 10])
    def test_list_takes_the_same_statements_for_any_number_of_rows(self, client, statements, patient, number):
        for _ in range(number):
            InvoiceFactory(patient=patient, paid=True)

        with statements() as counted:
            answer = client.get("/payment/")

        assert answer.json()["total"] == number
        assert counted.number == 3, counted.sql  # the token, the payments, their allocations

    @pytest.mark.parametrize("key", [NOBODY, "1", "REC-2026-000001"])
    def test_list_of_an_unknown_patient_is_empty(self, client, key):
        assert client.get(f"/payment/{key}").status_code == 404
