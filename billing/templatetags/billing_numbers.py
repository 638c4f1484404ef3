"""Template filters of the numbers of an item: `{% load billing_numbers %}`, `{{ item.quantity|plain_number }}`."""

from decimal import Decimal

from django import template

from clinic.i18n.display import format_money, format_quantity

register = template.Library()


@register.filter
def plain_number(number: Decimal | None) -> str:
    """Return a number without trailing zeros: 1.5, 20."""
    return format_quantity(number)


@register.filter
def unit_price(price: Decimal | None) -> str:
    """Return a price with two decimals, or all it has: 80.00, 0.1234."""
    if price is None or price == price.quantize(Decimal("0.01")):
        return format_money(price)
    return format_quantity(price)
