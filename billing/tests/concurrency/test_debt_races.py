"""An invoice that is voided, credited, corrected or written off at the moment that somebody pays it."""

from decimal import Decimal

import pytest
from django.db import DatabaseError
from django.utils import timezone

from billing.choices import InvoiceStatus
from billing.models import CreditNote, Invoice, Payment
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.payments import pay
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.tests.concurrency.races import locked, refusals_of, unlocked
from billing.tests.factories import InvoiceFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


class Acts:
    """Operations that run at once on one invoice; each reads it itself."""

    def __init__(self, invoice, supervisor):
        self.pk, self.who = invoice.pk, {"by": supervisor}

    def pay(self, amount="100.00"):
        return self._do(pay, amount=Decimal(amount))

    def void(self, release_to=None):
        return self._do(void, reason="Wrong patient", release_to=release_to)

    def write_off(self):
        return self._do(write_off, reason="Moved abroad")

    def reinstate(self):
        return self._do(reinstate, reason="Found again")

    def credit(self):
        return self._do(lambda invoice, **given: issue_credit_note(invoice=invoice, **given), reason="Not rendered")

    def correct(self):
        return self._do(lambda invoice, **given: correct(invoice=invoice, **given), reason="Wrong price")

    def _do(self, verb, **given):
        return lambda: verb(Invoice.objects.get(pk=self.pk), **given, **self.who, at=timezone.now())


@pytest.fixture
def issued(transactional_db):
    return InvoiceFactory(issued=True)


@pytest.fixture
def acts(issued, supervisor):
    return Acts(issued, supervisor)


class TestVoidAgainstPayment:
    @pytest.mark.parametrize("order", [1, -1], ids=["payment first", "void first"])
    def test_payment_of_a_void_invoice_without_the_lock_is_refused_by_the_database(self, acts, order):
        first, second = unlocked(*[acts.pay(), acts.void()][::order])

        assert not first.refusal
        assert isinstance(second.refusal, DatabaseError)

    def test_void_is_refused_after_a_concurrent_payment(self, issued, acts, books_are_clean):
        paid, void = locked(acts.pay(), acts.void())

        issued.refresh_from_db()
        assert not paid.refusal
        assert void.refused_by == "MoveNotAllowed"
        assert issued.status == InvoiceStatus.PAID

    def test_payment_is_refused_after_a_concurrent_void(self, issued, acts, books_are_clean):
        void, paid = locked(acts.void(), acts.pay())

        assert not void.refusal
        assert paid.refused_by == "MoveNotAllowed"
        assert not Payment.objects.exists()

    def test_void_with_a_choice_for_the_money_includes_a_concurrent_payment(self, issued, acts, books_are_clean):
        paid, void = locked(acts.pay("40.00"), acts.void(release_to="credit"))

        issued.refresh_from_db()
        assert refusals_of(paid, void) == []
        assert issued.status == InvoiceStatus.VOID
        assert Payment.objects.unallocated_credit() == Decimal("40.00")


class TestCreditNoteAgainstPayment:
    @pytest.mark.parametrize("order", [1, -1], ids=["payment first", "credit note first"])
    def test_credit_note_and_payment_without_the_lock_are_refused_by_the_database(self, acts, order):
        first, second = unlocked(*[acts.pay(), acts.credit()][::order])

        assert not first.refusal
        assert isinstance(second.refusal, DatabaseError)

    def test_credit_note_after_a_concurrent_payment_releases_it_as_credit(self, issued, acts, books_are_clean):
        paid, credited = locked(acts.pay(), acts.credit())

        issued.refresh_from_db()
        assert refusals_of(paid, credited) == []
        assert (issued.paid_amount, issued.credited_amount) == (Decimal("0.00"), Decimal("100.00"))
        assert Payment.objects.unallocated_credit() == Decimal("100.00")

    def test_payment_is_refused_after_a_concurrent_credit_note(self, issued, acts, books_are_clean):
        credited, paid = locked(acts.credit(), acts.pay())

        assert not credited.refusal
        assert paid.refused_by == "Overpayment"
        assert not Payment.objects.exists()

    def test_concurrent_credit_notes_over_the_whole_invoice_write_one(self, issued, acts, books_are_clean):
        first, second = locked(acts.credit(), acts.credit())

        assert not first.refusal
        assert second.refused_by == "OverCredit"
        assert CreditNote.objects.count() == 1


class TestWriteOffAgainstPayment:
    @pytest.mark.parametrize("order", [1, -1], ids=["payment first", "write-off first"])
    def test_write_off_and_payment_without_the_lock_are_refused_by_the_database(self, acts, order):
        first, second = unlocked(*[acts.pay(), acts.write_off()][::order])

        assert not first.refusal
        assert isinstance(second.refusal, DatabaseError)

    def test_write_off_is_refused_after_a_concurrent_payment(self, issued, acts, books_are_clean):
        paid, written_off = locked(acts.pay(), acts.write_off())

        issued.refresh_from_db()
        assert not paid.refusal
        assert written_off.refused_by == "MoveNotAllowed"
        assert issued.status == InvoiceStatus.PAID

    def test_payment_recovers_a_concurrent_write_off(self, issued, acts, books_are_clean):
        written_off, paid = locked(acts.write_off(), acts.pay("30.00"))

        issued.refresh_from_db()
        assert refusals_of(paid, written_off) == []
        assert (issued.paid_amount, issued.written_off_amount) == (Decimal("30.00"), Decimal("70.00"))

    def test_concurrent_write_offs_write_off_once(self, issued, acts, books_are_clean):
        first, second = locked(acts.write_off(), acts.write_off())

        issued.refresh_from_db()
        assert not first.refusal
        assert second.refused_by == "MoveNotAllowed"
        assert issued.written_off_amount == Decimal("100.00")

    def test_concurrent_reinstatements_reinstate_once(self, issued, acts, supervisor, books_are_clean):
        write_off(issued, reason="Moved abroad", by=supervisor, at=timezone.now())

        first, second = locked(acts.reinstate(), acts.reinstate())

        issued.refresh_from_db()
        assert not first.refusal
        assert second.refused_by == "MoveNotAllowed"
        assert issued.remaining_amount == Decimal("100.00")


class TestTwoCorrections:
    def test_second_correction_without_the_lock_is_refused_by_the_database(self, acts):
        first, second = unlocked(acts.correct(), acts.correct())

        assert not first.refusal
        assert isinstance(second.refusal, DatabaseError)

    def test_concurrent_corrections_create_one_draft(self, issued, acts, supervisor, books_are_clean):
        pay(issued, amount=Decimal("60.00"), by=supervisor, at=timezone.now())

        first, second = locked(acts.correct(), acts.correct())

        assert not first.refusal
        assert second.refused_by == "AlreadyCorrected"
        assert Invoice.objects.get(corrects=issued).paid_amount == Decimal("60.00")
        assert CreditNote.objects.count() == 1

    def test_payment_is_refused_during_a_correction(self, issued, acts, books_are_clean):
        corrected, paid = locked(acts.correct(), acts.pay())

        assert not corrected.refusal
        assert paid.refused_by == "Overpayment"
