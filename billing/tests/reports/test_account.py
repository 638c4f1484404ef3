"""A patient's account at a glance, whoever of a merge is asked; and who may be the same person."""

from datetime import date
from decimal import Decimal

import pytest

from billing.reports.account import account, likely_duplicates
from billing.reports.receivables import Debts
from billing.tests.factories import InvoiceFactory, PaymentFactory
from patients.tests.factories import PatientFactory

TODAY = date(2026, 6, 15)


def eur(amount):
    return Decimal(amount)


@pytest.fixture
def patient(desk):
    return PatientFactory()


class TestTheAccount:
    def test_tells_what_is_open_overdue_deposited_and_in_credit(self, patient, berlin):
        InvoiceFactory(patient=patient, part_paid="30.00")
        InvoiceFactory(patient=patient, issued=True, issue_date=berlin(5, 1), due_date=berlin(6, 14))
        InvoiceFactory(patient=patient, paid=True, credited=True)  # its 100.00 are credit now
        InvoiceFactory(patient=patient, deposit="15.00")
        InvoiceFactory(issued=True)  # somebody else's

        found = account(patient, on=TODAY)

        assert found.open == Debts(eur("170.00"), 2)
        assert found.overdue == Debts(eur("100.00"), 1)
        assert (found.drafts, found.deposits, found.credit) == (1, eur("15.00"), eur("100.00"))

    def test_of_somebody_new_is_empty(self, patient):
        found = account(patient, on=TODAY)

        assert (found.open, found.overdue, found.drafts) == (Debts(eur("0"), 0), Debts(eur("0"), 0), 0)
        assert (found.deposits, found.credit, found.last_payment) == (eur("0"), eur("0"), None)

    def test_names_the_last_payment_that_was_not_reversed(self, patient, berlin):
        PaymentFactory(patient=patient, at=berlin(6, 1))
        last = PaymentFactory(patient=patient, at=berlin(6, 3))
        PaymentFactory(patient=patient, at=berlin(6, 5), received_at=berlin(6, 2))
        PaymentFactory(patient=patient, at=berlin(6, 8), reversed=True)

        assert account(patient, on=TODAY).last_payment == last

    def test_is_one_for_all_who_were_merged(self, patient, desk):
        merged = PatientFactory(merged__into=patient)
        InvoiceFactory(patient=patient, issued=True)
        InvoiceFactory(patient=merged, issued=True)

        assert account(patient, on=TODAY).open == account(merged, on=TODAY).open == Debts(eur("200.00"), 2)

    @pytest.mark.parametrize("invoices", [1, 12])
    def test_takes_four_statements_however_many_the_invoices(self, patient, statements, invoices):
        for _ in range(invoices):
            InvoiceFactory(patient=patient, part_paid=True)

        assert statements(lambda: account(patient, on=TODAY)) == 4


class TestLikelyDuplicates:
    SAME = {"given_name": "Ana", "family_name": "Nuñez"}

    @pytest.fixture
    def ana(self, db):
        return PatientFactory(**self.SAME, birth_date=date(1980, 2, 3), phone="+49 30 1234", email="ana@example.org")

    def test_have_the_name_and_say_what_else_is_the_same(self, ana):
        twin = PatientFactory(**self.SAME, birth_date=date(1980, 2, 3), phone="+49 (30) 12 34")
        PatientFactory(given_name="ANA", family_name="Nunez", email="ANA@example.org")

        found = likely_duplicates(ana)

        assert [each.same for each in found] == [("birth_date", "phone"), ("email",)]
        assert found[0].patient == twin

    def test_are_none_with_the_name_alone_or_another_name(self, ana):
        PatientFactory(**self.SAME)
        PatientFactory(birth_date=date(1980, 2, 3), phone="+49 30 1234", email="ana@example.org")

        assert likely_duplicates(ana) == []

    def test_are_none_of_the_same_account(self, ana, desk):
        PatientFactory(**self.SAME, phone="+49 30 1234", merged__into=ana)

        assert likely_duplicates(ana) == []

    def test_name_a_merged_patients_account_once(self, ana, desk):
        survivor = PatientFactory(**self.SAME, phone="+49 30 1234")
        PatientFactory(**self.SAME, email="ana@example.org", merged__into=survivor)

        assert [(each.patient, each.same) for each in likely_duplicates(ana)] == [(survivor, ("email", "phone"))]

    @pytest.mark.parametrize("twins", [1, 8])
    def test_take_two_statements_however_many_they_are(self, ana, desk, statements, twins):
        for _ in range(twins):
            PatientFactory(**self.SAME, phone="+49 30 1234", merged__into=PatientFactory())

        assert statements(lambda: likely_duplicates(ana)) == 2
