"""Overdue days and ageing buckets."""

from dataclasses import dataclass
from datetime import date, timedelta

GRACE_DAYS = 0
"""A debt is overdue from the day after its due day and these days of grace; buckets and lists follow."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Debts that are `first` to `last` days overdue, both included; None: no bound. `key` is plain ASCII."""

    key: str
    first: int | None
    last: int | None

    @property
    def label(self) -> str:
        """Return the key as it is printed, with an en dash."""
        return self.key.replace("-", "\N{EN DASH}")

    def due_range(self, today: date) -> tuple[date | None, date | None]:
        """Return the earliest and the latest due day of this bucket, both included; None: no bound.

        >>> BUCKETS[1].due_range(date(2026, 3, 31))
        (datetime.date(2026, 3, 1), datetime.date(2026, 3, 30))
        """
        earliest = None if self.last is None else due_day_of(self.last, today)
        latest = None if self.first is None else due_day_of(self.first, today)
        return earliest, latest


CURRENT = Bucket("current", None, 0)
BUCKETS = (
    CURRENT,
    Bucket("1-30", 1, 30),
    Bucket("31-60", 31, 60),
    Bucket("61-90", 61, 90),
    Bucket("90+", 91, None),
)


def effective_due(issue_day: date, due_day: date) -> date:
    """Return the day on which the debt is due: a due day before the issue day means due at once.

    >>> effective_due(date(2026, 6, 1), date(2019, 8, 24))
    datetime.date(2026, 6, 1)
    """
    return max(issue_day, due_day)


def days_overdue(due_day: date, today: date) -> int:
    """Return by how many days a debt is overdue; zero through its due day and GRACE_DAYS.

    >>> days_overdue(date(2026, 6, 1), date(2026, 6, 1)), days_overdue(date(2026, 6, 1), date(2026, 6, 2))
    (0, 1)
    """
    return max(0, (today - due_day).days - GRACE_DAYS)


def due_day_of(days: int, today: date) -> date:
    """Return the due day of a debt that is overdue by so many days.

    >>> due_day_of(1, date(2026, 6, 2))
    datetime.date(2026, 6, 1)
    """
    return today - timedelta(days=days + GRACE_DAYS)


def bucket_of(due_day: date, today: date) -> Bucket:
    """Return the ageing bucket of a debt that is due on that day.

    >>> due = date(2026, 1, 1)
    >>> [bucket_of(due, due + timedelta(days=days)).key for days in (0, 1, 30, 31, 90, 91)]
    ['current', '1-30', '1-30', '31-60', '61-90', '90+']
    """
    days = days_overdue(due_day, today)
    return next(bucket for bucket in BUCKETS if bucket.last is None or days <= bucket.last)
