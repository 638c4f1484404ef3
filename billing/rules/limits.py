"""How far the desk goes without a supervisor: a void, a reversal and a discount, each by what the record says."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from billing.rules.money import ZERO, percent_of
from billing.rules.totals import Line
from clinic.domain.errors import FieldError, NotAllowed

DESK_DISCOUNT = Decimal(20)  # percent of gross


class VoidNeedsSupervisor(NotAllowed):
    """The desk voids a draft, or what was issued today and neither paid nor written off; else a supervisor."""

    code = "void_needs_supervisor"


class ReversalNeedsSupervisor(NotAllowed):
    """The desk reverses its own entry of the same day; any other, a supervisor does."""

    code = "reversal_needs_supervisor"


class DiscountNeedsSupervisor(NotAllowed):
    """The desk gives discounts of up to a fifth of the gross; more, a supervisor does."""

    code = "discount_needs_supervisor"


def check_desk_void(*, issued_on: date | None, today: date, paid: Decimal, written_off: Decimal) -> None:
    """VoidNeedsSupervisor unless the invoice was issued today, or never (None), and nothing hangs on it.

    >>> monday, tuesday = date(2026, 6, 15), date(2026, 6, 16)
    >>> check_desk_void(issued_on=monday, today=monday, paid=Decimal(0), written_off=Decimal(0))
    >>> check_desk_void(issued_on=monday, today=tuesday, paid=Decimal(0), written_off=Decimal(0))
    Traceback (most recent call last):
    billing.rules.limits.VoidNeedsSupervisor: It was issued on 2026-06-15: on a later day a supervisor voids it.
    """
    if paid > 0:
        raise VoidNeedsSupervisor(f"{paid} was paid on it: a supervisor voids it.")
    if written_off > 0:
        raise VoidNeedsSupervisor(f"{written_off} of it was written off: a supervisor voids it.")
    if issued_on not in (None, today):
        raise VoidNeedsSupervisor(f"It was issued on {issued_on}: on a later day a supervisor voids it.")


def check_desk_reversal(*, is_own: bool, entered_on: date, today: date) -> None:
    """ReversalNeedsSupervisor unless the payment was entered today by whoever reverses it.

    >>> check_desk_reversal(is_own=False, entered_on=date(2026, 6, 15), today=date(2026, 6, 15))
    Traceback (most recent call last):
    billing.rules.limits.ReversalNeedsSupervisor: Somebody else entered this payment: a supervisor reverses it.
    """
    if not is_own:
        raise ReversalNeedsSupervisor("Somebody else entered this payment: a supervisor reverses it.")
    if entered_on != today:
        detail = f"The payment was entered on {entered_on}: on a later day a supervisor reverses it."
        raise ReversalNeedsSupervisor(detail)


def check_desk_discount(lines: Sequence[Line], *, total_before_tax: Decimal) -> None:
    """DiscountNeedsSupervisor when the discounts of lines and document together are more than a fifth of the gross.

    A fifth of every line, each rounded to the cent, is not more than a fifth.

    >>> visit = Line(Decimal(1), Decimal("80.00"))
    >>> check_desk_discount([visit], total_before_tax=Decimal("64.00"))
    >>> check_desk_discount([visit], total_before_tax=Decimal("63.99"))
    Traceback (most recent call last):
    billing.rules.limits.DiscountNeedsSupervisor: 16.01 off 80.00: more than 16.00 is for a supervisor to give.
    """
    gross = sum((line.gross for line in lines), ZERO)
    by_lines = sum((percent_of(line.gross, DESK_DISCOUNT) for line in lines), ZERO)
    most, given = max(percent_of(gross, DESK_DISCOUNT), by_lines), gross - total_before_tax
    if given > most:
        detail = f"{given} off {gross}: more than {most} is for a supervisor to give."
        raise DiscountNeedsSupervisor(
            detail, errors=[FieldError("/discount_amount", DiscountNeedsSupervisor.code, detail)]
        )
