"""Patient accounts, the same for all merged patients."""

from datetime import date
from decimal import Decimal

import pytest

from billing.reports.patient_account import patient_account
from billing.reports.receivables import Debts
from billing.tests.factories import InvoiceFactory, PaymentFactory
from patients.tests.factories import PatientFactory

TODAY = date(2026, 6, 15)


def eur(amount):
    return Decimal(amount)


@pytest.fixture
def patient(actor):
    return PatientFactory()


class TestAccount:
    def test_account_has_open_overdue_deposited_and_credit_amounts(self, patient, berlin):
        InvoiceFactory(patient=patient, part_paid="30.00")
        InvoiceFactory(patient=patient, issued=True, issue_date=berlin(5, 1), due_date=berlin(6, 14))
        InvoiceFactory(patient=patient, paid=True, credited=True)  # its 100.00 are credit now
        InvoiceFactory(patient=patient, deposit="15.00")
        InvoiceFactory(issued=True)  # somebody else's

        found = patient_account(patient, on=TODAY)

        assert found.open == Debts(eur("170.00"), 2)
        assert found.overdue == Debts(eur("100.00"), 1)
        assert (found.drafts, found.deposits, found.credit) == (1, eur("15.00"), eur("100.00"))

    def test_account_of_a_new_patient_is_empty(self, patient):
        found = patient_account(patient, on=TODAY)

        assert (found.open, found.overdue, found.drafts) == (Debts(eur("0"), 0), Debts(eur("0"), 0), 0)
        assert (found.deposits, found.credit, found.last_payment) == (eur("0"), eur("0"), None)

    def test_account_has_the_last_payment_that_was_not_reversed(self, patient, berlin):
        PaymentFactory(patient=patient, at=berlin(6, 1))
        last = PaymentFactory(patient=patient, at=berlin(6, 3))
        PaymentFactory(patient=patient, at=berlin(6, 5), received_at=berlin(6, 2))
        PaymentFactory(patient=patient, at=berlin(6, 8), reversed=True)

        assert patient_account(patient, on=TODAY).last_payment == last

    def test_account_is_the_same_for_merged_patients(self, patient, actor):
        merged = PatientFactory(merged__into=patient)
        InvoiceFactory(patient=patient, issued=True)
        InvoiceFactory(patient=merged, issued=True)

        assert (
            patient_account(patient, on=TODAY).open == patient_account(merged, on=TODAY).open == Debts(eur("200.00"), 2)
        )

    @pytest.mark.parametrize("invoices", [1, 12])
    def test_account_takes_four_queries_however_many_the_invoices(self, patient, queries, invoices):
        for _ in range(invoices):
            InvoiceFactory(patient=patient, part_paid=True)

        assert queries(lambda: patient_account(patient, on=TODAY)) == 4
