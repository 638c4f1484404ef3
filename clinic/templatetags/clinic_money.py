"""Money, days and moments in templates, as the lists show them: `{% load clinic_money %}`, `{{ amount|money }}`.

`in_currency` is for a figure that stands alone; a column names the currency once.
"""

from django import template

from clinic.i18n.display import day, in_currency, moment, money

register = template.Library()

register.filter("money", money)
register.filter("in_currency", in_currency)
register.filter("clinic_day", day)
register.filter("clinic_moment", moment)
