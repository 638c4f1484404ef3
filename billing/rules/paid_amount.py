"""What a `paid_amount` in a request means: an assertion of all that was paid, or the deposit of a draft."""

from decimal import Decimal

from billing.choices import InvoiceStatus
from billing.rules.lifecycle import InvoiceImmutable, status_word
from billing.rules.money import ZERO
from clinic.domain.errors import BadValue, RuleBroken

# Money recovered on these is taken at /payments: a stale copy of the invoice must not invent any.
EQUAL_ONLY = frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.WRITTEN_OFF})


class PaidAboveTotal(BadValue):
    """More was asserted as paid than the invoice is worth."""

    code = "paid_amount_above_total"


class PaidBelowLedger(RuleBroken):
    """Less was asserted as paid than the ledger holds: money is taken back by a refund or a reversal."""

    code = "paid_amount_below_ledger"
    title = "The ledger holds more"


class PaidAmbiguous(RuleBroken):
    """The paid sum was lowered once, so that raising it from a stale copy could invent money."""

    code = "paid_amount_ambiguous"
    title = "Read the invoice first, or use /payments"


class TotalBelowPaid(RuleBroken):
    """A change of a draft would bring its total below the deposit that it holds."""

    code = "total_below_paid"
    title = "The deposit is higher than the total"


class DepositHeld(RuleBroken):
    """A draft that holds a deposit stays with its patient."""

    code = "deposit_held"
    title = "The draft holds a deposit"


def payment_asserted(
    status: InvoiceStatus,
    *,
    asserted: Decimal,
    total: Decimal,
    paid: Decimal,
    was_lowered: bool,
    is_current: bool,
) -> Decimal:
    """The payment to record so that the asserted sum is true; zero when it is true already.

    `was_lowered`: the paid sum ever fell (refund, reversal, credit note). `is_current`: the caller showed by
    If-Match that they saw the current version. Raises PaidAboveTotal, PaidBelowLedger, InvoiceImmutable or
    PaidAmbiguous.

    >>> payment_asserted(
    ...     InvoiceStatus.PARTIALY_PAID, asserted=Decimal("154.99"), total=Decimal("154.99"),
    ...     paid=Decimal("100.00"), was_lowered=False, is_current=False,
    ... )
    Decimal('54.99')
    """
    if asserted == paid:
        return ZERO
    if asserted > total:
        raise PaidAboveTotal.at("/paid_amount", f"The amount paid, {asserted}, is higher than the total, {total}.")
    if asserted < paid:
        detail = f"{paid} was paid already: take money back by a refund, or reverse the payment."
        raise PaidBelowLedger.at("/paid_amount", detail)
    if status in EQUAL_ONLY:
        detail = f"The amount paid cannot change once the invoice is {status_word(status)}: use /payments."
        raise InvoiceImmutable.at("/paid_amount", detail)
    if was_lowered and not is_current:
        detail = "Money of this invoice was given back before: send If-Match, or use /payments."
        raise PaidAmbiguous.at("/paid_amount", detail)
    return asserted - paid


def check_deposit(*, total: Decimal, paid: Decimal) -> None:
    """Raises TotalBelowPaid when a draft's new total does not cover the deposit that it holds.

    >>> check_deposit(total=Decimal("80.00"), paid=Decimal("80.00"))
    """
    if total < paid:
        raise TotalBelowPaid(f"The draft holds a deposit of {paid}: its total cannot fall to {total}.")


def check_patient_change(*, paid: Decimal) -> None:
    """Raises DepositHeld when a draft that holds a deposit is to change its patient.

    >>> check_patient_change(paid=Decimal("0.00"))
    """
    if paid > 0:
        raise DepositHeld.at("/patient_id", f"The draft holds a deposit of {paid}: refund it first.")
