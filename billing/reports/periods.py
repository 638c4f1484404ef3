"""Periods of days in the clinic's time zone: a day, a month, a year, and their bounds for queries."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from clinic.domain.dates import start_of_day


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The midnight at which the first day begins and the one at which the last day ends, in the clinic's zone."""
        return start_of_day(self.first), start_of_day(self.last + timedelta(days=1))

    def contains(self, column: str) -> Q:
        """Return the condition that a datetime column lies in this period."""
        begin, end = self.bounds
        return Q(**{f"{column}__gte": begin, f"{column}__lt": end})


def month_of(day: date) -> Period:
    """Return the whole month of a day.

    >>> month_of(date(2028, 2, 10)).last
    datetime.date(2028, 2, 29)
    """
    return Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def months_up_to(day: date, count: int) -> tuple[Period, ...]:
    """Return the last `count` whole months, ending with that of the day.

    >>> [str(month.first) for month in months_up_to(date(2026, 1, 31), 3)]
    ['2025-11-01', '2025-12-01', '2026-01-01']
    """
    months = [month_of(day)]
    while len(months) < count:
        months.append(month_of(months[-1].first - timedelta(days=1)))
    return tuple(reversed(months))


def month_to_date(day: date) -> Period:
    """Return the month of a day, up to that day."""
    return Period(day.replace(day=1), day)


def same_days_of_previous_month(day: date) -> Period:
    """Return the days of the previous month up to the same number; all of it where it is shorter.

    >>> same_days_of_previous_month(date(2026, 3, 31)).last, same_days_of_previous_month(date(2026, 4, 1)).last
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 1))
    """
    previous = month_of(day.replace(day=1) - timedelta(days=1))
    return Period(previous.first, min(previous.last, previous.first + timedelta(days=day.day - 1)))


def year_of(day: date) -> Period:
    """Return the calendar year of a day."""
    return Period(date(day.year, 1, 1), date(day.year, 12, 31))
