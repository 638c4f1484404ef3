"""The clinic's days: moments are stored in UTC, days are those of the clinic's own zone."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone() -> ZoneInfo:
    """The clinic's time zone (`CLINIC_TIME_ZONE`)."""
    return _zone(settings.CLINIC_TIME_ZONE)


def day_of(moment: datetime) -> date:
    """The clinic's calendar day of an aware moment."""
    return moment.astimezone(zone()).date()


def start_of(day: date) -> datetime:
    """The moment, in UTC, at which a day begins at the clinic."""
    return datetime.combine(day, time.min, tzinfo=zone()).astimezone(UTC)


def today() -> date:
    """The clinic's calendar day now."""
    return day_of(timezone.now())
