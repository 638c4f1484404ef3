"""Convert between datetimes, which are stored in UTC, and the clinic's local dates (CLINIC_TIME_ZONE)."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

YEARS = range(1900, 2201)  # of dates that people enter; others are typing errors


@lru_cache
def _zone_info(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def clinic_time_zone() -> ZoneInfo:
    """Return the clinic's time zone."""
    return _zone_info(settings.CLINIC_TIME_ZONE)


def local_date(value: datetime) -> date:
    """Return the date of an aware datetime in the clinic's time zone."""
    return value.astimezone(clinic_time_zone()).date()


def start_of_day(day: date) -> datetime:
    """Return the datetime, in UTC, at which a date begins in the clinic's time zone."""
    return datetime.combine(day, time.min, tzinfo=clinic_time_zone()).astimezone(UTC)


def today() -> date:
    """Return the current date in the clinic's time zone."""
    return local_date(timezone.now())
