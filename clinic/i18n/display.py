"""How money, numbers, days and moments are shown to people: in the reader's language, on the clinic's days."""

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.utils.formats import date_format, number_format

from clinic.domain.dates import clinic_time_zone, local_date

EMPTY = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"


def format_money(amount: Decimal | None) -> str:
    """An amount to the cent, grouped as the reader's language does: 1,234.50. None is a dash.

    A column of money has a name that ends in `_amount` or stands in clinic/static/clinic/admin.css: it reads from the
    right.
    """
    return EMPTY if amount is None else number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)


def format_currency(amount: Decimal | None) -> str:
    """An amount that stands alone, with the clinic's currency: 1,234.50 EUR."""
    return EMPTY if amount is None else f"{format_money(amount)}{NO_BREAK}{settings.CLINIC_CURRENCY}"


def format_quantity(number: Decimal | None) -> str:
    """A number without the zeros at its end: 1.5, 2."""
    if number is None:
        return EMPTY
    shown = number.normalize()
    places = max(0, -int(shown.as_tuple().exponent))
    return number_format(shown, decimal_pos=places, use_l10n=True, force_grouping=True)


def format_date(at: datetime | date | None) -> str:
    """The clinic's day of a moment, or a day."""
    if at is None:
        return EMPTY
    return date_format(local_date(at) if isinstance(at, datetime) else at, "DATE_FORMAT")


def format_datetime(at: datetime | None) -> str:
    """Day and time at the clinic."""
    return EMPTY if at is None else date_format(at.astimezone(clinic_time_zone()), "SHORT_DATETIME_FORMAT")
