"""What is owed, and which status follows from the payments, credit notes and write-offs on a total."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from billing.choices import InvoiceStatus
from billing.rules.money import ZERO
from clinic.domain.errors import BadValue, RuleBroken

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class CreditEffect:
    """What a credit note does beyond lowering what remains.

    `write_off_reversed` is taken back from the write-offs, newest first; `released` leaves the amount paid
    and becomes the patient's unallocated credit.
    """

    write_off_reversed: Decimal
    released: Decimal


class Overpayment(RuleBroken):
    """More money than the invoice can take; `room` is what it can."""

    code = "overpayment"
    title = "More than is owed"


class OverCredit(RuleBroken):
    """A credit note for more than is left to credit; `room` is what is left."""

    code = "over_credit"
    title = "More than can be credited"


class OverWriteOff(RuleBroken):
    """A write-off of more than remains; `room` is what remains."""

    code = "over_write_off"
    title = "More than remains"


class OverRefund(RuleBroken):
    """A refund of more than the invoice holds; `room` is what it holds."""

    code = "over_refund"
    title = "More than was paid"


def amount_due(total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal) -> Decimal:
    """What remains to be paid, never below zero (of an invoice that is not void: there it is always zero).

    >>> amount_due(Decimal("154.99"), Decimal("100.00"), ZERO, ZERO)
    Decimal('54.99')
    """
    return max(ZERO, total - paid - credited - written_off)


def settled_status(total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal) -> InvoiceStatus:
    """The status of an issued invoice that is not void.

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


def payment_room(*, total: Decimal, paid: Decimal, credited: Decimal) -> Decimal:
    """The most that the invoice can still take: what remains, and what was written off.

    >>> payment_room(total=Decimal("100.00"), paid=Decimal("20.00"), credited=Decimal("30.00"))
    Decimal('50.00')
    """
    return max(ZERO, total - paid - credited)


def settle_payment(
    *, total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal, amount: Decimal
) -> Decimal:
    """How much of the write-offs a payment reverses, after what remains. Raises Overpayment beyond them.

    >>> settle_payment(
    ...     total=Decimal("100.00"), paid=ZERO, credited=ZERO, written_off=Decimal("50.00"),
    ...     amount=Decimal("80.00"),
    ... )
    Decimal('30.00')
    """
    _check_positive(amount)
    room = payment_room(total=total, paid=paid, credited=credited)
    if amount > room:
        raise Overpayment(f"{amount} is more than is owed: the invoice can take {room}.", room=room)
    return max(ZERO, amount - amount_due(total, paid, credited, written_off))


def settle_credit(
    *, total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal, amount: Decimal
) -> CreditEffect:
    """What a credit note reverses and releases, after what remains. Raises OverCredit beyond the total.

    >>> settle_credit(
    ...     total=Decimal("100.00"), paid=Decimal("60.00"), credited=ZERO, written_off=Decimal("40.00"),
    ...     amount=Decimal("100.00"),
    ... )
    CreditEffect(write_off_reversed=Decimal('40.00'), released=Decimal('60.00'))
    """
    _check_positive(amount)
    room = max(ZERO, total - credited)
    if amount > room:
        raise OverCredit(f"{amount} is more than can be credited: {room} is left.", room=room)
    beyond = max(ZERO, amount - amount_due(total, paid, credited, written_off))
    write_off_reversed = min(beyond, written_off)
    return CreditEffect(write_off_reversed, beyond - write_off_reversed)


def settle_write_off(
    *, total: Decimal, paid: Decimal, credited: Decimal, written_off: Decimal, amount: Decimal | None
) -> Decimal:
    """The amount to write off: the one asked for, or all that remains. Raises OverWriteOff beyond that.

    >>> settle_write_off(
    ...     total=Decimal("100.00"), paid=Decimal("60.00"), credited=ZERO, written_off=ZERO, amount=None
    ... )
    Decimal('40.00')
    """
    room = amount_due(total, paid, credited, written_off)
    asked = room if amount is None else amount
    if room == 0:
        raise OverWriteOff("Nothing remains that could be written off.", room=room)
    _check_positive(asked)
    if asked > room:
        raise OverWriteOff(f"{asked} is more than remains: {room} can be written off.", room=room)
    return asked


def check_refund(*, paid: Decimal, amount: Decimal) -> None:
    """Raises OverRefund when more is handed back than the invoice holds.

    >>> check_refund(paid=Decimal("60.00"), amount=Decimal("60.00"))
    """
    _check_positive(amount)
    if amount > paid:
        raise OverRefund(f"{amount} is more than was paid: {paid} can be refunded.", room=paid)


def newest_first(open_parts: Sequence[tuple[Key, Decimal]], amount: Decimal) -> list[tuple[Key, Decimal]]:
    """How much to take back from each part, given newest first, until the amount is reached.

    ValueError when the parts hold less than the amount: the books do not agree with themselves.

    >>> newest_first([("May", Decimal("20.00")), ("March", Decimal("50.00"))], Decimal("30.00"))
    [('May', Decimal('20.00')), ('March', Decimal('10.00'))]
    """
    taken: list[tuple[Key, Decimal]] = []
    left = amount
    for key, held in open_parts:
        part = min(held, left)
        if part > 0:
            taken.append((key, part))
            left -= part
    if left > 0:
        raise ValueError(f"the parts hold {left} less than the amount of {amount}")
    return taken


def _check_positive(amount: Decimal) -> None:
    if amount <= 0:
        raise BadValue.at("/amount", "The amount must be above zero.", code="not_positive")
