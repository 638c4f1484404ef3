"""When the demo's clinic is open, and how its time moves on from one act to the next."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from clinic.domain.dates import clinic_time_zone, local_date

# Monday to Saturday: from, to; hours of the clock on the wall.
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
    """Whether the clinic receives anybody that day."""
    return bool(WEEK[day.weekday()]) and (day.month, day.day) not in HOLIDAYS


def open_from(day: date, step: int = 1) -> date:
    """That day, or the next on which the clinic is open; `step` -1: the last before it."""
    while not is_open(day):
        day += timedelta(days=step)
    return day


def slots(day: date) -> list[datetime]:
    """The moments, in UTC, at which an appointment can begin that day."""
    return [
        datetime.combine(day, time(hour, minute), tzinfo=clinic_time_zone()).astimezone(UTC)
        for first, last in WEEK[day.weekday()]
        for hour in range(first, last)
        for minute in (0, 30)
    ]


def moment_on(day: date, rng: Random) -> datetime:
    """A moment in opening hours on that day, or on the next open one."""
    return rng.choice(slots(open_from(day))) + timedelta(seconds=rng.randrange(SLOT // timedelta(seconds=1)))


def later(at: datetime, days: int, rng: Random) -> datetime:
    """A moment in opening hours, so many days later or on the next open day; at least one day."""
    return moment_on(local_date(at) + timedelta(days=max(1, days)), rng)


def soon(at: datetime, rng: Random) -> datetime:
    """A few minutes later, at the same desk."""
    return at + timedelta(seconds=rng.randrange(60, 600))
