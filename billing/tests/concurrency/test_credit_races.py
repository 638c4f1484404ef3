"""A patient's credit that is spent twice at once, and a payment that never came while its money is handed out."""

from decimal import Decimal

import pytest
from django.db import DatabaseError
from django.utils import timezone

from billing.choices import PaymentMethod
from billing.models import Invoice, Payment
from billing.operations.payments import allocate_credit, reverse_payment
from billing.operations.refunds import credit_of, refund, refund_credit
from billing.tests.concurrency.races import HANDS_OUT, MOVES_MONEY, locked, unlocked
from billing.tests.factories import InvoiceFactory, PaymentFactory
from patients.models import Patient
from patients.tests.factories import PatientFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def credit(transactional_db):
    """A payment of 50.00 that is on no invoice."""
    return PaymentFactory()


@pytest.fixture
def owed(credit):
    """An open invoice of the same patient."""
    return InvoiceFactory(issued=True, patient=credit.patient)


def allocate(payment, supervisor):
    return lambda: allocate_credit(payment=Payment.objects.get(pk=payment.pk), by=supervisor, at=timezone.now())


def hand_out(payment, supervisor, amount="50.00"):
    return lambda: refund_credit(
        payment=Payment.objects.get(pk=payment.pk),
        amount=Decimal(amount),
        method=PaymentMethod.CASH,
        reason="Asked for it",
        by=supervisor,
        at=timezone.now(),
    )


def refunding(invoice, supervisor, amount="40.00"):
    return lambda: refund(
        Invoice.objects.get(pk=invoice.pk),
        amount=Decimal(amount),
        method=PaymentMethod.CASH,
        reason="Paid twice",
        by=supervisor,
        at=timezone.now(),
    )


def reverse(payment, supervisor):
    return lambda: reverse_payment(
        payment=Payment.objects.get(pk=payment.pk), reason="Bounced", by=supervisor, at=timezone.now()
    )


class TestCreditUsedTwice:
    @pytest.mark.parametrize("order", [1, -1], ids=["allocated first", "refunded first"])
    def test_second_use_of_credit_without_the_lock_is_refused_by_the_database(self, credit, owed, supervisor, order):
        first, second = unlocked(*[allocate(credit, supervisor), hand_out(credit, supervisor)][::order])

        assert not first.refusal
        assert isinstance(second.refusal, DatabaseError)

    @pytest.mark.parametrize("order", [1, -1], ids=["allocated first", "refunded first"])
    def test_concurrent_allocations_use_the_credit_once(self, credit, owed, supervisor, books_are_clean, order):
        first, second = locked(*[allocate(credit, supervisor), hand_out(credit, supervisor)][::order])

        assert not first.refusal
        assert second.refused_by == "CreditExceeded"
        assert credit_of(credit) == Decimal("0.00")

    def test_concurrent_refunds_of_credit_pay_it_once(self, credit, supervisor, books_are_clean):
        first, second = locked(hand_out(credit, supervisor, "30.00"), hand_out(credit, supervisor, "30.00"))

        assert not first.refusal
        assert second.refused_by == "CreditExceeded"
        assert credit_of(credit) == Decimal("20.00")

    def test_credit_is_used_once_while_its_patient_is_merged(self, credit, supervisor, books_are_clean):
        survivor = PatientFactory()

        def hand_out_as_read_before():
            payment = Payment.objects.select_related("patient__merged_into").get(pk=credit.pk)
            Patient.objects.get(pk=payment.patient_id).merge_into(survivor, by=supervisor, at=timezone.now())
            return refund_credit(
                payment=payment,
                amount=Decimal("50.00"),
                method=PaymentMethod.CASH,
                reason="Asked for it",
                by=supervisor,
                at=timezone.now(),
            )

        first, second = locked(hand_out_as_read_before, hand_out(credit, supervisor), pause=HANDS_OUT)

        assert not first.refusal
        assert second.refused_by == "CreditExceeded"


class TestReversalAgainstRefund:
    @pytest.mark.parametrize("order", [1, -1], ids=["refund first", "reversal first"])
    def test_refund_and_reversal_without_the_lock_are_refused_by_the_database(self, supervisor, order):
        invoice, payment = self.paid()

        acts = [refunding(invoice, supervisor), reverse(payment, supervisor)][::order]
        first, second = unlocked(*acts, pause=MOVES_MONEY)

        assert not first.refusal
        assert isinstance(second.refusal, DatabaseError)

    def test_reversal_is_refused_after_a_concurrent_refund(self, supervisor, books_are_clean):
        invoice, payment = self.paid()

        refunded, reversed_ = locked(refunding(invoice, supervisor), reverse(payment, supervisor))

        assert not refunded.refusal
        assert reversed_.refused_by == "PaymentRefunded"

    def test_refund_is_refused_after_a_concurrent_reversal(self, supervisor, books_are_clean):
        invoice, payment = self.paid()

        reversed_, refunded = locked(reverse(payment, supervisor), refunding(invoice, supervisor))

        assert not reversed_.refusal
        assert refunded.refused_by == "OverRefund"

    @pytest.mark.parametrize("order", [1, -1], ids=["refund first", "reversal first"])
    def test_credit_is_either_refunded_or_reversed(self, credit, supervisor, books_are_clean, order):
        first, second = locked(*[hand_out(credit, supervisor), reverse(credit, supervisor)][::order])

        assert not first.refusal
        assert second.refused_by in ("PaymentRefunded", "CreditExceeded")

    def test_concurrent_reversals_reverse_the_payment_once(self, supervisor, books_are_clean):
        _, payment = self.paid()

        first, second = locked(reverse(payment, supervisor), reverse(payment, supervisor))

        assert not first.refusal
        assert second.refused_by == "AlreadyReversed"

    @staticmethod
    def paid():
        invoice = InvoiceFactory(paid=True)
        return invoice, Payment.objects.get()
