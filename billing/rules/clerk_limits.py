"""Limits of a clerk: the voids, reversals and discounts that need a supervisor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.rules.money import ZERO, percent_of, round_to_cents
from billing.rules.totals import Line, line_total
from clinic.domain.errors import NotAllowed

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


class PriceNeedsSupervisor(DiscountNeedsSupervisor):
    """Clerks can charge up to 20 % less than the list price of a service; a lower price needs a supervisor."""

    code = "price_needs_supervisor"


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
    list_prices: Sequence[Decimal],
    total_before_tax: Decimal,
    discount_percent: Decimal = ZERO,
    discount_amount: Decimal = ZERO,
) -> None:
    """Raise DiscountNeedsSupervisor if all discounts together exceed CLERK_DISCOUNT_PERCENT of the gross.

    `list_prices` are those of the services of the lines, 0 for a line without one: a unit price below its list price
    counts as a discount, and the gross is at list prices. Discounts of exactly the limit on every line, each
    rounded to the cent, are allowed. `discount_percent` and `discount_amount` are those of the invoice. The error
    points at the discount that exceeds the limit, or at the price (PriceNeedsSupervisor): that of a line if the lines
    exceed it without the invoice's.

    >>> visit = Line(Decimal(1), Decimal("80.00"))
    >>> check_clerk_discount([visit], list_prices=[ZERO], total_before_tax=Decimal("64.00"))
    >>> check_clerk_discount([visit], list_prices=[ZERO], total_before_tax=Decimal("63.99"))
    Traceback (most recent call last):
    billing.rules.clerk_limits.DiscountNeedsSupervisor: 16.01 off 80.00: discounts above 16.00 need a supervisor.
    >>> check_clerk_discount([visit], list_prices=[Decimal("100.00")], total_before_tax=Decimal("80.00"))
    """
    priced = [_ListedLine(line, list_price) for line, list_price in zip(lines, list_prices, strict=True)]
    gross = sum((each.gross for each in priced), ZERO)
    by_lines = sum((percent_of(each.gross, CLERK_DISCOUNT_PERCENT) for each in priced), ZERO)
    limit, discount = max(percent_of(gross, CLERK_DISCOUNT_PERCENT), by_lines), gross - total_before_tax
    if discount <= limit:
        return
    detail = f"{discount} off {gross}: discounts above {limit} need a supervisor."
    off_by_lines = sum((each.discount for each in priced), ZERO)
    if off_by_lines <= limit:
        pointer = "/" + _larger_discount(gross - off_by_lines, discount_percent, discount_amount)
        raise DiscountNeedsSupervisor.at(pointer, detail)
    index = max(range(len(priced)), key=lambda at: priced[at].above_limit)
    item, name = priced[index], priced[index].largest_discount
    if name == "unit_price":
        detail = (
            f"The list price of item {index + 1} is {item.list_price:.2f}, and a lower price is a discount. {detail}"
        )
        raise PriceNeedsSupervisor.at(f"/items/{index}/unit_price", detail)
    raise DiscountNeedsSupervisor.at(f"/items/{index}/{name}", detail)


@dataclass(frozen=True, slots=True)
class _ListedLine:
    """A line, and the price of its service on the price list."""

    line: Line
    list_price: Decimal

    @property
    def gross(self) -> Decimal:
        """The amount without discounts, at the list price if that is higher than the unit price."""
        return max(self.line.gross, round_to_cents(self.line.quantity * self.list_price))

    @property
    def discount(self) -> Decimal:
        return self.gross - line_total(self.line)

    @property
    def above_limit(self) -> Decimal:
        return self.discount - percent_of(self.gross, CLERK_DISCOUNT_PERCENT)

    @property
    def largest_discount(self) -> str:
        """The name of the field that takes most off."""
        by_price = self.gross - self.line.gross
        if by_price > max(percent_of(self.line.gross, self.line.discount_percent), self.line.discount_amount):
            return "unit_price"
        return _larger_discount(self.line.gross, self.line.discount_percent, self.line.discount_amount)


def _larger_discount(base: Decimal, percent: Decimal, amount: Decimal) -> str:
    """Return the name of the field with the larger of two discounts."""
    return "discount_percent" if percent_of(base, percent) > amount else "discount_amount"
