"""Numbers of an item as a clerk writes them: `{% load billing_numbers %}`, `{{ item.quantity|plain_number }}`."""

from decimal import Decimal

from django import template

from clinic.i18n.display import money, quantity

register = template.Library()


@register.filter
def plain_number(number: Decimal | None) -> str:
    """Without the zeros at its end: 1.5, 20."""
    return quantity(number)


@register.filter
def unit_price(price: Decimal | None) -> str:
    """To the cent, or as exact as it is: 80.00, 0.1234."""
    if price is None or price == price.quantize(Decimal("0.01")):
        return money(price)
    return quantity(price)
