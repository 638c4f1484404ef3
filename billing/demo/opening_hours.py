"""Opening hours of the demo's clinic, and random times within them."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from clinic.domain.dates import clinic_time_zone, local_date

# Monday to Sunday: opening and closing hours, in local time.
WEEK = (
    ((8, 12), (13, 18)),
    ((8, 12), (13, 18)),
    ((8, 13),),
    ((8, 12), (14, 19)),
    ((8, 12), (13, 16)),
    ((9, 12),),
    (),
)
HOLIDAYS = {(1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31)}
SLOT = timedelta(minutes=30)


def is_open(day: date) -> bool:
    """Return whether the clinic is open on that day."""
    return bool(WEEK[day.weekday()]) and (day.month, day.day) not in HOLIDAYS


def open_from(day: date, step: int = 1) -> date:
    """Return that day, or the next one on which the clinic is open; with `step` -1 the last one before it."""
    while not is_open(day):
        day += timedelta(days=step)
    return day


def slots(day: date) -> list[datetime]:
    """Return the times, in UTC, at which an appointment can begin on that day."""
    return [
        datetime.combine(day, time(hour, minute), tzinfo=clinic_time_zone()).astimezone(UTC)
        for first, last in WEEK[day.weekday()]
        for hour in range(first, last)
        for minute in (0, 30)
    ]


def time_on(day: date, rng: Random) -> datetime:
    """Return a time in opening hours on that day, or on the next open day."""
    return rng.choice(slots(open_from(day))) + timedelta(seconds=rng.randrange(SLOT // timedelta(seconds=1)))


def days_later(at: datetime, days: int, rng: Random) -> datetime:
    """Return a time in opening hours, `days` (at least one) later or on the next open day after."""
    return time_on(local_date(at) + timedelta(days=max(1, days)), rng)


def minutes_later(at: datetime, rng: Random) -> datetime:
    """Return a time one to ten minutes later."""
    return at + timedelta(seconds=rng.randrange(60, 600))
