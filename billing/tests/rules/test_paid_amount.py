"""Tests of `paid_amount` in a request, status by status."""

from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus
from billing.rules.lifecycle import InvoiceImmutable
from billing.rules.paid_amount import (
    DraftHasDeposit,
    PaidAmountAboveTotal,
    PaidAmountAmbiguous,
    PaidAmountBelowLedger,
    TotalBelowPaid,
    check_deposit,
    check_patient_change,
    payment_to_record,
)

OPEN = [InvoiceStatus.DRAFT, InvoiceStatus.ISSUED, InvoiceStatus.PARTIALY_PAID]
CLOSED = [InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.WRITTEN_OFF]


def asserted(amount, *, status=InvoiceStatus.PARTIALY_PAID, was_lowered=False, is_current=False):
    return payment_to_record(
        status,
        asserted=Decimal(amount),
        total=Decimal("154.99"),
        paid=Decimal("100.00"),
        was_lowered=was_lowered,
        is_current=is_current,
    )


class TestPaymentToRecord:
    @pytest.mark.parametrize("status", InvoiceStatus)
    def test_equal_paid_amount_asserts_no_payment(self, status):
        assert asserted("100.00", status=status, was_lowered=True) == 0

    @pytest.mark.parametrize("status", OPEN)
    def test_higher_paid_amount_asserts_a_payment_of_the_difference(self, status):
        assert asserted("154.99", status=status) == Decimal("54.99")

    @pytest.mark.parametrize("status", CLOSED)
    def test_higher_paid_amount_of_a_closed_invoice_is_refused(self, status):
        with pytest.raises(InvoiceImmutable) as refused:
            asserted("120.00", status=status)

        assert refused.value.errors[0].pointer == "/paid_amount"

    @pytest.mark.parametrize("status", InvoiceStatus)
    def test_lower_paid_amount_is_refused(self, status):
        with pytest.raises(PaidAmountBelowLedger) as refused:
            asserted("99.99", status=status)

        assert refused.value.code == "paid_amount_below_ledger"

    @pytest.mark.parametrize("status", InvoiceStatus)
    def test_paid_amount_above_the_total_is_refused(self, status):
        with pytest.raises(PaidAmountAboveTotal) as refused:
            asserted("155.00", status=status)

        assert refused.value.errors[0].pointer == "/paid_amount"

    def test_paid_amount_is_ambiguous_if_it_was_lowered_before(self):
        with pytest.raises(PaidAmountAmbiguous) as refused:
            asserted("154.99", was_lowered=True)

        assert refused.value.code == "paid_amount_ambiguous"
        assert "/payments" in refused.value.detail

    def test_paid_amount_is_unambiguous_with_the_current_version(self):
        assert asserted("154.99", was_lowered=True, is_current=True) == Decimal("54.99")


class TestDeposit:
    def test_deposit_may_equal_the_total(self):
        check_deposit(total=Decimal("100.00"), paid=Decimal("100.00"))

    def test_deposit_above_the_total_is_refused(self):
        with pytest.raises(TotalBelowPaid) as refused:
            check_deposit(total=Decimal("99.99"), paid=Decimal("100.00"))

        assert refused.value.code == "total_below_paid"

    def test_patient_of_a_draft_with_a_deposit_cannot_change(self):
        with pytest.raises(DraftHasDeposit) as refused:
            check_patient_change(paid=Decimal("0.01"))

        assert refused.value.errors[0].pointer == "/patient_id"

    def test_patient_of_a_draft_without_a_deposit_may_change(self):
        check_patient_change(paid=Decimal("0.00"))
