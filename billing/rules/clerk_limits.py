"""Limits of a clerk: the voids, reversals and discounts that need a supervisor."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from billing.rules.money import ZERO, percent_of
from billing.rules.totals import Line, line_total
from clinic.domain.errors import FieldError, NotAllowed

CLERK_DISCOUNT_PERCENT = Decimal(20)  # percent of gross


class VoidNeedsSupervisor(NotAllowed):
    """Clerks can void drafts, and invoices issued today without payments or write-offs; others need a supervisor."""

    code = "void_needs_supervisor"


class ReversalNeedsSupervisor(NotAllowed):
    """Clerks can reverse payments that they recorded themselves today; others need a supervisor."""

    code = "reversal_needs_supervisor"


class DiscountNeedsSupervisor(NotAllowed):
    """Clerks can give discounts of up to 20 % of the gross amount; higher ones need a supervisor."""

    code = "discount_needs_supervisor"


def check_clerk_void(*, issued_on: date | None, today: date, paid: Decimal, written_off: Decimal) -> None:
    """Raise VoidNeedsSupervisor unless the invoice was issued today, or never (None), and has no money or write-off.

    >>> monday, tuesday = date(2026, 6, 15), date(2026, 6, 16)
    >>> check_clerk_void(issued_on=monday, today=monday, paid=Decimal(0), written_off=Decimal(0))
    >>> check_clerk_void(issued_on=monday, today=tuesday, paid=Decimal(0), written_off=Decimal(0))
    Traceback (most recent call last):
    billing.rules.clerk_limits.VoidNeedsSupervisor: The invoice is of 2026-06-15. Only a supervisor can void it now.
    """
    if paid > 0:
        raise VoidNeedsSupervisor(f"{paid} was paid on this invoice. Only a supervisor can void it.")
    if written_off > 0:
        raise VoidNeedsSupervisor(f"{written_off} of this invoice was written off. Only a supervisor can void it.")
    if issued_on not in (None, today):
        raise VoidNeedsSupervisor(f"The invoice is of {issued_on}. Only a supervisor can void it now.")


def check_clerk_reversal(*, is_own: bool, entered_on: date, today: date) -> None:
    """Raise ReversalNeedsSupervisor unless the same person entered the payment, and today.

    >>> check_clerk_reversal(is_own=False, entered_on=date(2026, 6, 15), today=date(2026, 6, 15))
    Traceback (most recent call last):
    billing.rules.clerk_limits.ReversalNeedsSupervisor: Only a supervisor can reverse the payment of another user.
    """
    if not is_own:
        raise ReversalNeedsSupervisor("Only a supervisor can reverse the payment of another user.")
    if entered_on != today:
        detail = f"The payment is of {entered_on}. Only a supervisor can reverse it now."
        raise ReversalNeedsSupervisor(detail)


def check_clerk_discount(
    lines: Sequence[Line],
    *,
    total_before_tax: Decimal,
    discount_percent: Decimal = ZERO,
    discount_amount: Decimal = ZERO,
) -> None:
    """Raise DiscountNeedsSupervisor if all discounts together exceed CLERK_DISCOUNT_PERCENT of the gross.

    The limit of every line, each rounded to the cent, is within the limit of the whole. `discount_percent` and
    `discount_amount` are those of the invoice. The error points at the discount that exceeds the limit: that of a line
    if the lines exceed it without the invoice's.

    >>> visit = Line(Decimal(1), Decimal("80.00"))
    >>> check_clerk_discount([visit], total_before_tax=Decimal("64.00"))
    >>> check_clerk_discount([visit], total_before_tax=Decimal("63.99"))
    Traceback (most recent call last):
    billing.rules.clerk_limits.DiscountNeedsSupervisor: 16.01 off 80.00: discounts above 16.00 need a supervisor.
    """
    gross = sum((line.gross for line in lines), ZERO)
    by_lines = sum((percent_of(line.gross, CLERK_DISCOUNT_PERCENT) for line in lines), ZERO)
    limit, discount = max(percent_of(gross, CLERK_DISCOUNT_PERCENT), by_lines), gross - total_before_tax
    if discount > limit:
        detail = f"{discount} off {gross}: discounts above {limit} need a supervisor."
        pointer = "/" + _larger_discount(gross - _off_by_lines(lines), discount_percent, discount_amount)
        if _off_by_lines(lines) > limit:
            index = max(range(len(lines)), key=lambda each: _above_limit(lines[each]))
            line = lines[index]
            pointer = f"/items/{index}/{_larger_discount(line.gross, line.discount_percent, line.discount_amount)}"
        raise DiscountNeedsSupervisor(detail, errors=[FieldError(pointer, DiscountNeedsSupervisor.code, detail)])


def _off_by_lines(lines: Sequence[Line]) -> Decimal:
    return sum((line.gross - line_total(line) for line in lines), ZERO)


def _above_limit(line: Line) -> Decimal:
    return line.gross - line_total(line) - percent_of(line.gross, CLERK_DISCOUNT_PERCENT)


def _larger_discount(base: Decimal, percent: Decimal, amount: Decimal) -> str:
    """Return the name of the field with the larger of two discounts."""
    return "discount_percent" if percent_of(base, percent) > amount else "discount_amount"
