"""The arithmetic of the second set of books: what an invoice comes to, in cents."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class Refused(Exception):
    """An error of the rules, with the code that the API should answer."""


class Line(NamedTuple):
    """An item: prices in units of the currency, amounts in cents, percentages in percent."""

    quantity: Decimal
    unit_price: Decimal
    discount: int = 0
    discount_percent: int = 0
    tax_rate: int = 0


def q(cents: Decimal) -> int:
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))


def total_of(lines: list[Line], discount: int, percent: int) -> int:
    by_rate: dict[int, int] = {}
    for line in lines:
        gross = q(line.quantity * line.unit_price * 100)
        amount = gross - q(Decimal(gross * line.discount_percent) / 100) - line.discount
        if amount < 0:
            raise Refused("line_below_zero")
        by_rate[line.tax_rate] = by_rate.get(line.tax_rate, 0) + amount
    subtotal = sum(by_rate.values())
    off = q(Decimal(subtotal * percent) / 100) + discount
    if off > subtotal:
        raise Refused("discount_above_subtotal")
    rates = sorted(by_rate)
    shares = {rate: off * by_rate[rate] // subtotal if subtotal else 0 for rate in rates}
    largest = sorted(rates, key=lambda rate: -(off * by_rate[rate] % subtotal) if subtotal else 0)
    for rate in largest[: off - sum(shares.values())]:
        shares[rate] += 1
    return subtotal - off + sum(q(Decimal((by_rate[rate] - shares[rate]) * rate) / 100) for rate in rates)
