"""Which days an invoice may bear: its issue day, and the day by which it is to be paid."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User

from billing.models.closing import BooksClosing
from billing.roles import BACKDATE
from clinic.domain.dates import local_date, start_of_day
from clinic.domain.errors import NotAllowed, RuleBroken
from clinic.domain.permissions import has_permission


class IssueDateInFuture(RuleBroken):
    """An invoice is not issued before its day has come."""

    code = "issue_date_in_future"


class BackdateNotAllowed(NotAllowed):
    """Issuing further back than BACKDATE_DAYS needs a permission."""

    code = "backdate_not_allowed"


def check_issue_day(day: date, *, by: User, at: datetime) -> None:
    """IssueDateInFuture, PeriodClosed or BackdateNotAllowed unless `by` may issue on that day."""
    today = local_date(at)
    if day > today:
        raise IssueDateInFuture.at("/issue_date", f"The issue date, {day}, lies after today, {today}.")
    BooksClosing.objects.check_open(day, what="an invoice", pointer="/issue_date")
    earliest = today - timedelta(days=settings.BACKDATE_DAYS)
    if day < earliest and not has_permission(by, BACKDATE):
        detail = f"The issue date, {day}, lies before {earliest}: that needs the permission to backdate."
        raise BackdateNotAllowed.at("/issue_date", detail)


def due_by_default(issue_day: date) -> datetime:
    """The moment at which the due day begins when the terms of payment decide it."""
    return start_of_day(issue_day + timedelta(days=settings.PAYMENT_TERMS_DAYS))
