"""Money that comes in twice at once: each race is shown without the lock, then gone with it."""

from decimal import Decimal
from threading import Barrier

import pytest
from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment
from billing.operations.create_or_update import update_invoice
from billing.operations.invoice_input import InvoiceInput
from billing.operations.payments import Share, pay, take_payment
from billing.tests.concurrency.races import PATIENCE, all_at_once, locked, refusals_of, unlocked
from billing.tests.factories import InvoiceFactory
from patients.models import Patient

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def paying(invoice, amount, clerk):
    """An act: somebody who read the invoice by themselves takes money for it."""
    return lambda: pay(Invoice.objects.get(pk=invoice.pk), amount=Decimal(amount), by=clerk, at=timezone.now())


def put_paid_amount(invoice, amount, clerk):
    """An act: a client asserts the cumulative amount paid."""
    return lambda: update_invoice(
        Invoice.objects.get(pk=invoice.pk), InvoiceInput(paid_amount=Decimal(amount)), by=clerk, at=timezone.now()
    )


class TestTwoPayments:
    def test_second_payment_without_the_lock_is_refused_by_the_database(self, clerk):
        invoice = InvoiceFactory(issued=True)

        first, second = unlocked(paying(invoice, "80.00", clerk), paying(invoice, "80.00", clerk))

        assert not first.refusal
        assert isinstance(second.refusal, DatabaseError)

    def test_second_payment_is_refused_as_overpayment(self, clerk, books_are_clean):
        invoice = InvoiceFactory(issued=True)

        first, second = locked(paying(invoice, "80.00", clerk), paying(invoice, "80.00", clerk))

        invoice.refresh_from_db()
        assert not first.refusal
        assert second.refused_by == "Overpayment"
        assert invoice.paid_amount == Decimal("80.00")

    def test_concurrent_payments_that_fit_are_both_accepted(self, clerk, books_are_clean):
        invoice = InvoiceFactory(issued=True)

        first, second = locked(paying(invoice, "60.00", clerk), paying(invoice, "40.00", clerk))

        invoice.refresh_from_db()
        assert refusals_of(first, second) == []
        assert invoice.paid_amount == Decimal("100.00")
        assert invoice.status == InvoiceStatus.PAID

    def test_eight_concurrent_payments_are_accepted_as_far_as_they_fit(self, clerk, books_are_clean):
        invoice = InvoiceFactory(issued=True)

        outcomes = all_at_once(*[paying(invoice, "30.00", clerk)] * 8)

        invoice.refresh_from_db()
        assert sorted(outcome.refused_by for outcome in outcomes) == [""] * 3 + ["Overpayment"] * 5
        assert invoice.paid_amount == Decimal("90.00")


class TestPaidAmountPutTwice:
    def test_second_paid_amount_without_the_lock_is_refused_by_the_database(self, clerk):
        invoice = InvoiceFactory(issued=True)

        first, second = unlocked(put_paid_amount(invoice, "60.00", clerk), put_paid_amount(invoice, "60.00", clerk))

        assert not first.refusal
        assert isinstance(second.refusal, DatabaseError)

    def test_concurrent_puts_of_a_paid_amount_record_one_payment(self, clerk, books_are_clean):
        invoice = InvoiceFactory(issued=True)

        first, second = locked(put_paid_amount(invoice, "60.00", clerk), put_paid_amount(invoice, "60.00", clerk))

        assert refusals_of(first, second) == []
        assert Payment.objects.count() == 1


class TestPaymentsOfManyInvoices:
    def test_payments_that_lock_invoices_in_the_given_order_deadlock(self, clerk):
        first_due, last_due = self.two_invoices()
        each_locks_one = Barrier(2, timeout=PATIENCE)

        def pay_one_after_the_other(one, other):
            with transaction.atomic():
                paying(one, "10.00", clerk)()
                each_locks_one.wait()
                paying(other, "10.00", clerk)()

        outcomes = all_at_once(
            lambda: pay_one_after_the_other(first_due, last_due),
            lambda: pay_one_after_the_other(last_due, first_due),
        )

        refusals = refusals_of(*outcomes)
        assert len(refusals) == 1
        assert isinstance(refusals[0], OperationalError)
        assert "deadlock detected" in str(refusals[0])

    @pytest.mark.parametrize("order", [1, -1], ids=["oldest first", "newest first"])
    def test_payments_over_the_same_invoices_are_accepted_in_any_order(self, clerk, books_are_clean, order):
        invoices = self.two_invoices()[::order]

        first, second = locked(self.over(invoices, clerk), self.over(invoices[::-1], clerk))

        assert refusals_of(first, second) == []
        assert [self.paid(invoice) for invoice in invoices] == [Decimal("20.00")] * 2

    def test_locks_in_the_order_of_ids_need_no_lock_of_the_patient(self, clerk, books_are_clean, monkeypatch):
        monkeypatch.setattr(Patient, "lock_account", lambda patient: None)
        invoices = self.two_invoices()

        first, second = locked(self.over(invoices, clerk), self.over(invoices[::-1], clerk))

        assert refusals_of(first, second) == []
        assert [self.paid(invoice) for invoice in invoices] == [Decimal("20.00")] * 2

    @staticmethod
    def two_invoices():
        first = InvoiceFactory(issued=True)
        return [first, InvoiceFactory(issued=True, patient=first.patient)]

    @staticmethod
    def over(invoices, clerk):
        return lambda: take_payment(
            patient=invoices[0].patient,
            amount=Decimal("20.00"),
            method=PaymentMethod.CARD,
            allocations=[Share(invoice.pk, Decimal("10.00")) for invoice in invoices],
            by=clerk,
            at=timezone.now(),
        )

    @staticmethod
    def paid(invoice):
        return Invoice.objects.get(pk=invoice.pk).paid_amount
