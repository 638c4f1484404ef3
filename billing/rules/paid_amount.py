"""Interpret `paid_amount` in requests: an assertion of all that was paid, or the deposit of a draft."""

from decimal import Decimal

from billing.choices import InvoiceStatus
from billing.rules.lifecycle import InvoiceImmutable, status_phrase
from billing.rules.money import ZERO
from clinic.domain.errors import InvalidValue, RuleBroken

# Money recovered on these is recorded at /payments: a stale copy of the invoice must not invent any.
PAID_AMOUNT_FROZEN = frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.WRITTEN_OFF})


class PaidAmountAboveTotal(InvalidValue):
    """The `paid_amount` sent is higher than the total of the invoice."""

    code = "paid_amount_above_total"


class PaidAmountBelowLedger(RuleBroken):
    """The `paid_amount` sent is lower than the amount paid so far; money is returned by a refund or a reversal."""

    code = "paid_amount_below_ledger"
    title = "More has already been paid"


class PaidAmountAmbiguous(RuleBroken):
    """Money was returned before, so a `paid_amount` from an outdated copy could record a payment twice."""

    code = "paid_amount_ambiguous"
    title = "Read the invoice first, or use /payments"


class TotalBelowPaid(RuleBroken):
    """The change would lower the total of a draft below its deposit."""

    code = "total_below_paid"
    title = "The deposit is higher than the total"


class DraftHasDeposit(RuleBroken):
    """The patient of a draft with a deposit cannot be changed."""

    code = "deposit_held"
    title = "The draft has a deposit"


def payment_to_record(
    status: InvoiceStatus,
    *,
    asserted: Decimal,
    total: Decimal,
    paid: Decimal,
    was_lowered: bool,
    is_current: bool,
) -> Decimal:
    """Return the payment to record so that the asserted amount paid becomes true; zero when it is true already.

    `was_lowered`: the amount paid ever fell (refund, reversal, credit note). `is_current`: the caller proved by
    If-Match that they read the current version. Raises PaidAmountAboveTotal, PaidAmountBelowLedger, InvoiceImmutable
    or PaidAmountAmbiguous.

    >>> payment_to_record(
    ...     InvoiceStatus.PARTIALY_PAID, asserted=Decimal("154.99"), total=Decimal("154.99"),
    ...     paid=Decimal("100.00"), was_lowered=False, is_current=False,
    ... )
    Decimal('54.99')
    """
    if asserted == paid:
        return ZERO
    if asserted > total:
        raise PaidAmountAboveTotal.at(
            "/paid_amount", f"The amount paid, {asserted}, is higher than the total, {total}."
        )
    if asserted < paid:
        detail = f"{paid} has already been paid. To return money, refund it or reverse the payment."
        raise PaidAmountBelowLedger.at("/paid_amount", detail)
    if status in PAID_AMOUNT_FROZEN:
        detail = f"The amount paid cannot change once the invoice is {status_phrase(status)}. Use /payments."
        raise InvoiceImmutable.at("/paid_amount", detail)
    if was_lowered and not is_current:
        detail = "Money was returned from this invoice before. Send If-Match, or use /payments."
        raise PaidAmountAmbiguous.at("/paid_amount", detail)
    return asserted - paid


def check_deposit(*, total: Decimal, paid: Decimal) -> None:
    """Raise TotalBelowPaid if a draft's new total is lower than its deposit.

    >>> check_deposit(total=Decimal("80.00"), paid=Decimal("80.00"))
    """
    if total < paid:
        raise TotalBelowPaid(f"The draft has a deposit of {paid}. Its total cannot be lowered to {total}.")


def check_patient_change(*, paid: Decimal) -> None:
    """Raise DraftHasDeposit if the patient of a draft with a deposit is to change.

    >>> check_patient_change(paid=Decimal("0.00"))
    """
    if paid > 0:
        raise DraftHasDeposit.at("/patient_id", f"The draft has a deposit of {paid}. Refund it first.")
