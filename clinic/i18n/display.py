"""Format money, numbers and dates for display, in the user's language and the clinic's time zone."""

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.utils.formats import date_format, number_format

from clinic.domain.dates import clinic_time_zone, local_date

EMPTY = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"


def format_money(amount: Decimal | None) -> str:
    """Format an amount with two decimal places and digit grouping: 1,234.50. None becomes a dash.

    The admin aligns a column to the right if its name ends in `_amount` or is listed in clinic/static/clinic/lists.css.
    """
    return EMPTY if amount is None else number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)


def format_currency(amount: Decimal | None) -> str:
    """Format an amount with the clinic's currency: 1,234.50 EUR. None becomes a dash."""
    return EMPTY if amount is None else f"{format_money(amount)}{NO_BREAK}{settings.CLINIC_CURRENCY}"


def format_quantity(number: Decimal | None) -> str:
    """Format a number without trailing zeros: 1.5, 2. None becomes a dash."""
    if number is None:
        return EMPTY
    shown = number.normalize()
    places = max(0, -int(shown.as_tuple().exponent))
    return number_format(shown, decimal_pos=places, use_l10n=True, force_grouping=True)


def format_unit_price(price: Decimal | None) -> str:
    """Format a price with two decimal places, or with all that it has: 80.00, 0.1234. None becomes a dash."""
    if price is None or price == price.quantize(Decimal("0.01")):
        return format_money(price)
    return format_quantity(price)


def format_date(at: datetime | date | None) -> str:
    """Format a date, or the date of a datetime in the clinic's time zone. None becomes a dash."""
    if at is None:
        return EMPTY
    return date_format(local_date(at) if isinstance(at, datetime) else at, "DATE_FORMAT")


def format_datetime(at: datetime | None) -> str:
    """Format a datetime in the clinic's time zone. None becomes a dash."""
    return EMPTY if at is None else date_format(at.astimezone(clinic_time_zone()), "SHORT_DATETIME_FORMAT")
