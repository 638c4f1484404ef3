"""Money, days and moments in templates, as the lists show them: `{% load clinic_formats %}`, `{{ amount|money }}`.

`in_currency` is for a figure that stands alone; a column names the currency once.
"""

from django import template

from clinic.i18n.display import format_currency, format_date, format_datetime, format_money

register = template.Library()

register.filter("money", format_money)
register.filter("in_currency", format_currency)
register.filter("clinic_date", format_date)
register.filter("clinic_datetime", format_datetime)
