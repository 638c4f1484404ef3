"""Stretches of the clinic's days: a day, a month, the months up to a day; each as moments that a query can ask for."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from clinic.domain.dates import start_of


@dataclass(frozen=True, slots=True)
class Span:
    """The clinic's days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """When the first day begins, and when the last is over: midnights of the clinic's zone."""
        return start_of(self.first), start_of(self.last + timedelta(days=1))

    def holds(self, column: str) -> Q:
        """That the moment in a column lies on one of these days."""
        begin, end = self.moments
        return Q(**{f"{column}__gte": begin, f"{column}__lt": end})


def month_of(day: date) -> Span:
    """The whole month in which a day lies.

    >>> month_of(date(2028, 2, 10)).last
    datetime.date(2028, 2, 29)
    """
    return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def months_through(day: date, count: int) -> tuple[Span, ...]:
    """So many whole months, that of the day last.

    >>> [str(month.first) for month in months_through(date(2026, 1, 31), 3)]
    ['2025-11-01', '2025-12-01', '2026-01-01']
    """
    months = [month_of(day)]
    while len(months) < count:
        months.append(month_of(months[-1].first - timedelta(days=1)))
    return tuple(reversed(months))


def so_far(day: date) -> Span:
    """The month of a day, up to it."""
    return Span(day.replace(day=1), day)


def same_days_before(day: date) -> Span:
    """The same days of the month before; all of it where it is too short.

    >>> same_days_before(date(2026, 3, 31)).last, same_days_before(date(2026, 4, 1)).last
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 1))
    """
    before = month_of(day.replace(day=1) - timedelta(days=1))
    return Span(before.first, min(before.last, before.first + timedelta(days=day.day - 1)))


def year_of(day: date) -> Span:
    """The calendar year in which a day lies."""
    return Span(date(day.year, 1, 1), date(day.year, 12, 31))
