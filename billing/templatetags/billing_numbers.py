"""Template filters of the numbers of an item: `{% load billing_numbers %}`, `{{ item.quantity|plain_number }}`."""

from django import template

from clinic.i18n.display import format_quantity, format_unit_price

register = template.Library()

register.filter("plain_number", format_quantity)
register.filter("unit_price", format_unit_price)
