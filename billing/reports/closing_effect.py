"""The effect of closing the books through a day, for the command and the admin page to show beforehand."""

from dataclasses import dataclass
from datetime import date, timedelta

from billing.models import BooksClosing, Invoice
from clinic.domain.dates import start_of_day


@dataclass(frozen=True, slots=True)
class ClosingEffect:
    """The last closed day so far, and what is dated in the period to close: issued invoices, open ones, and drafts.

    Void invoices count if they had been issued. The drafts will need another issue date.
    """

    closed_through: date | None
    through: date
    invoices: int
    still_open: int
    drafts: int


def closing_effect(through: date) -> ClosingEffect:
    """Return the effect of closing the books through a day; four queries."""
    before, end = BooksClosing.objects.closed_through(), start_of_day(through + timedelta(days=1))
    dated = Invoice.objects.filter(issue_date__lt=end)
    if before is not None:
        dated = dated.filter(issue_date__gte=start_of_day(before + timedelta(days=1)))
    return ClosingEffect(
        closed_through=before,
        through=through,
        invoices=dated.ever_issued().count(),
        still_open=dated.open().count(),
        drafts=dated.drafts().count(),
    )
