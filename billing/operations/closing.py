"""Close the books through a day."""

from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from billing.models import BooksClosing
from billing.roles import CLOSE_BOOKS
from billing.rules.reasons import check_reason
from clinic.domain.permissions import check_permission


@transaction.atomic
def close_books(*, through: date, reason: str, by: User, at: datetime) -> BooksClosing:
    """Close the books through a day, for good. ClosingNotForward."""
    check_permission(by, CLOSE_BOOKS)
    check_reason(reason, what="Closing the books")
    BooksClosing.objects.lock_closing_date()
    BooksClosing.objects.check_closing(through, at=at)
    return BooksClosing.create(closed_through=through, reason=reason, by=by, at=at)
