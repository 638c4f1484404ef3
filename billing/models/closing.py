"""The closing date of the books: no document, payment or reversal is dated on or before it.

`billing/operations/closing.py` closes the books.
"""

from datetime import date, datetime

from django.db import connection, models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import LedgerRow
from billing.rules.limits import REASON_LENGTH
from clinic.db.compiled import CompiledQuery
from clinic.domain.dates import local_date, today
from clinic.domain.errors import FieldError, RuleBroken
from clinic.i18n import display

# PostgreSQL's advisory lock of the closing date: shared for whoever backdates, exclusive for whoever closes.
CLOSING_LOCK = 20260101


class PeriodClosed(RuleBroken):
    """The books are closed for that date."""

    code = "period_closed"


class ClosingNotForward(RuleBroken):
    """The closing date can only move forward, to a day that is over."""

    code = "closing_not_forward"


class BooksClosingQuerySet(models.QuerySet["BooksClosing"]):
    def closed_through(self) -> date | None:
        """Return the last closed day; None while the books were never closed."""
        return _CLOSED.first()

    def check_open(self, day: date, *, what: str, pointer: str = "") -> None:
        """PeriodClosed when `what` (a noun with its article) would be dated on or before the closing date."""
        self.lock_period_open(day)
        self.check_later(day, self.closed_through(), what=what, pointer=pointer)

    def lock_period_open(self, day: date) -> None:
        """Take the shared lock for a backdated row, so that a closing waits; today cannot be closed yet."""
        if day < today():
            _take_lock("pg_advisory_xact_lock_shared")

    def check_later(self, day: date, closed: date | None, *, what: str, pointer: str = "") -> None:
        """PeriodClosed unless a day is later than the closing date, read after `lock_period_open`."""
        if closed is not None and day <= closed:
            sentence = f"The books are closed through {closed}; {what} cannot be dated {day}."
            errors = [FieldError(pointer, "period_closed", sentence)] if pointer else []
            raise PeriodClosed(sentence, errors=errors, closed_through=closed)

    def lock_closing_date(self) -> None:
        """Take the exclusive lock for a closing, which waits for whoever backdates."""
        _take_lock("pg_advisory_xact_lock")

    def check_closing(self, through: date, *, at: datetime) -> None:
        """ClosingNotForward unless the books can be closed through that day at that moment."""
        closed = self.closed_through()
        if closed is not None and through <= closed:
            raise ClosingNotForward(f"The books are already closed through {closed}. The date cannot be moved back.")
        if through >= local_date(at):
            raise ClosingNotForward(f"{through} is not over yet. The last day that can be closed is yesterday.")


_CLOSED: CompiledQuery[date] = CompiledQuery(
    lambda _: BooksClosing.objects.order_by("-closed_through").values_list("closed_through", flat=True)[:1]
)


def _take_lock(lock: str) -> None:
    """Take the advisory lock of the closing date until the transaction ends; SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {lock}({CLOSING_LOCK})")


class BooksClosing(LedgerRow):
    """A closing of the books through a day."""

    moves_money = False

    closed_through = models.DateField(unique=True, verbose_name=_("closed through"))
    reason = models.CharField(max_length=REASON_LENGTH, verbose_name=_("reason"))

    objects = BooksClosingQuerySet.as_manager()

    class Meta:
        verbose_name = _("closing of the books")
        verbose_name_plural = _("closings of the books")
        ordering = ["-closed_through"]

    def __str__(self) -> str:
        return gettext("closed through %(day)s") % {"day": display.format_date(self.closed_through)}
