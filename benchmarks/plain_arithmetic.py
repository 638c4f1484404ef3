"""Invoice totals of both baselines: plain Decimal, rounded half up to the cent."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def line_total(item: Any) -> Decimal:
    gross = cents(item.quantity * item.unit_price)
    return gross - cents(gross * item.discount_percent / 100) - item.discount_amount


def add_up(invoice: Any, items: Iterable[Any]) -> None:
    """Set the totals of the items and of the invoice; tax is that of the lines, after their share of the discount."""
    items = list(items)
    for item in items:
        item.line_total = line_total(item)
    subtotal = sum((item.line_total for item in items), Decimal("0.00"))
    discount = cents(subtotal * invoice.discount_percent / 100) + invoice.discount_amount
    kept = 1 - discount / subtotal if subtotal else Decimal(0)
    tax = sum((cents(item.line_total * kept * item.tax_rate / 100) for item in items), Decimal("0.00"))
    invoice.subtotal = subtotal
    invoice.total_amount = subtotal - discount + tax
    invoice.remaining_amount = invoice.total_amount - invoice.paid_amount
