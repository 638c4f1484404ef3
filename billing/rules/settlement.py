"""Amount due, and the status that follows from payments, credit notes and write-offs on a total."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from billing.choices import InvoiceStatus
from billing.rules.money import ZERO, check_positive
from clinic.domain.errors import RuleBroken

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class CreditEffect:
    """The effects of a credit note beyond lowering the amount due.

    `write_off_reversed` is reversed from the write-offs, newest first; `released` leaves the amount paid and becomes
    the patient's unallocated credit.
    """

    write_off_reversed: Decimal
    released: Decimal


class Overpayment(RuleBroken):
    """The payment is higher than the invoice can take; `room` is the most that it can take."""

    code = "overpayment"
    title = "More than the amount due"


class OverCredit(RuleBroken):
    """The credit note is higher than can still be credited; `room` is the amount that can."""

    code = "over_credit"
    title = "More than can be credited"


class OverWriteOff(RuleBroken):
    """The write-off is higher than the amount due; `room` is the amount due."""

    code = "over_write_off"
    title = "More than can be written off"


class OverRefund(RuleBroken):
    """The refund is higher than the amount paid on the invoice; `room` is that amount."""

    code = "over_refund"
    title = "More than was paid"


def amount_due(total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal) -> Decimal:
    """Return the amount that remains to be paid, never below zero (not for void invoices: there it is always zero).

    >>> amount_due(Decimal("154.99"), Decimal("100.00"), ZERO, ZERO)
    Decimal('54.99')
    """
    return max(ZERO, total - paid - credited - written_off)


def settled_status(total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal) -> InvoiceStatus:
    """Return the status of an issued invoice that is not void.

    >>> settled_status(Decimal("154.99"), Decimal("100.00"), ZERO, ZERO).value
    'PARTIALY_PAID'
    >>> settled_status(Decimal("100.00"), Decimal("30.00"), ZERO, Decimal("70.00")).value
    'WRITTEN_OFF'
    >>> settled_status(ZERO, ZERO, ZERO, ZERO).value
    'PAID'
    """
    if amount_due(total, paid, credited, written_off) == 0:
        return InvoiceStatus.WRITTEN_OFF if written_off > 0 else InvoiceStatus.PAID
    return InvoiceStatus.PARTIALY_PAID if paid > 0 else InvoiceStatus.ISSUED


def max_payment(*, total: Decimal, paid: Decimal, credited: Decimal) -> Decimal:
    """Return the highest payment that the invoice can take: the amount due and the amount written off.

    >>> max_payment(total=Decimal("100.00"), paid=Decimal("20.00"), credited=Decimal("30.00"))
    Decimal('50.00')
    """
    return max(ZERO, total - paid - credited)


def settle_payment(
    *, total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal, amount: Decimal
) -> Decimal:
    """Return the part of the write-offs that a payment reverses once the amount due is paid. Raises Overpayment.

    >>> settle_payment(
    ...     total=Decimal("100.00"), paid=ZERO, credited=ZERO, written_off=Decimal("50.00"),
    ...     amount=Decimal("80.00"),
    ... )
    Decimal('30.00')
    """
    check_positive(amount)
    limit = max_payment(total=total, paid=paid, credited=credited)
    if amount > limit:
        detail = f"{amount} is more than the amount due. The invoice can take {limit}."
        raise Overpayment.at("/amount", detail, room=limit)
    return max(ZERO, amount - amount_due(total, paid, credited, written_off))


def settle_credit(
    *, total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal, amount: Decimal
) -> CreditEffect:
    """Return the write-offs reversed and the money released by a credit note of more than the amount due.

    Raises OverCredit beyond the total.

    >>> settle_credit(
    ...     total=Decimal("100.00"), paid=Decimal("60.00"), credited=ZERO, written_off=Decimal("40.00"),
    ...     amount=Decimal("100.00"),
    ... )
    CreditEffect(write_off_reversed=Decimal('40.00'), released=Decimal('60.00'))
    """
    check_positive(amount)
    limit = max(ZERO, total - credited)
    if amount > limit:
        raise OverCredit(f"{amount} is more than can be credited; {limit} remains.", room=limit)
    above_due = max(ZERO, amount - amount_due(total, paid, credited, written_off))
    write_off_reversed = min(above_due, written_off)
    return CreditEffect(write_off_reversed, above_due - write_off_reversed)


def settle_write_off(
    *, total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal, amount: Decimal | None
) -> Decimal:
    """Return the amount to write off: the given one, or the whole amount due. Raises OverWriteOff beyond that.

    >>> settle_write_off(
    ...     total=Decimal("100.00"), paid=Decimal("60.00"), credited=ZERO, written_off=ZERO, amount=None
    ... )
    Decimal('40.00')
    """
    due = amount_due(total, paid, credited, written_off)
    amount = due if amount is None else amount
    if due == 0:
        raise OverWriteOff("Nothing is left to write off.", room=due)
    check_positive(amount)
    if amount > due:
        detail = f"{amount} is more than the amount due. At most {due} can be written off."
        raise OverWriteOff.at("/amount", detail, room=due)
    return amount


def check_refund(*, paid: Decimal, amount: Decimal) -> None:
    """Raise OverRefund if the refund is higher than the amount paid.

    >>> check_refund(paid=Decimal("60.00"), amount=Decimal("60.00"))
    """
    check_positive(amount)
    if amount > paid:
        raise OverRefund.at("/amount", f"{amount} is more than was paid. At most {paid} can be refunded.", room=paid)


def take_newest_first(parts: Sequence[tuple[Key, Decimal]], amount: Decimal) -> list[tuple[Key, Decimal]]:
    """Return the amount to take from each part, newest first as they are given, until the amount is reached.

    ValueError if the parts add up to less than the amount: the books are inconsistent.

    >>> take_newest_first([("May", Decimal("20.00")), ("March", Decimal("50.00"))], Decimal("30.00"))
    [('May', Decimal('20.00')), ('March', Decimal('10.00'))]
    """
    taken: list[tuple[Key, Decimal]] = []
    left = amount
    for key, available in parts:
        part = min(available, left)
        if part > 0:
            taken.append((key, part))
            left -= part
    if left > 0:
        raise ValueError(f"the parts are {left} less than the amount of {amount}")
    return taken
