"""Template filters for amounts, dates and datetimes: `{% load clinic_formats %}`, `{{ amount|money }}`.

`in_currency` adds the currency, for an amount that stands alone; in a table, the column's heading names the currency.
"""

from django import template

from clinic.i18n.display import format_currency, format_date, format_datetime, format_money

register = template.Library()

register.filter("money", format_money)
register.filter("in_currency", format_currency)
register.filter("clinic_date", format_date)
register.filter("clinic_datetime", format_datetime)
