"""The books are closed through yesterday at the moment that somebody enters money of yesterday."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.models import Invoice
from billing.operations.closing import close_books
from billing.operations.payments import pay
from billing.tests.concurrency.races import locked, refusals_of, unlocked
from billing.tests.factories import InvoiceFactory
from clinic.domain.dates import local_date, start_of_day, today

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def issued(transactional_db):
    return InvoiceFactory(issued=True)


def pay_as_of_yesterday(invoice, supervisor):
    """Money of an hour before midnight: the database, which knows no zones, lets it in, so only the verb can refuse."""
    late = start_of_day(today()) - timedelta(hours=1)
    return lambda: pay(
        Invoice.objects.get(pk=invoice.pk), amount=Decimal("40.00"), received_at=late, by=supervisor, at=timezone.now()
    )


def close_yesterday(supervisor):
    yesterday = today() - timedelta(days=1)
    return lambda: close_books(through=yesterday, reason="Month end", by=supervisor, at=timezone.now())


class TestClosingAgainstPayment:
    def test_payment_of_the_closed_period_is_accepted_without_the_lock(self, issued, supervisor):
        closed, paid = unlocked(close_yesterday(supervisor), pay_as_of_yesterday(issued, supervisor))

        assert refusals_of(closed, paid) == []
        assert local_date(paid.answer.received_at) <= closed.answer.closed_through

    def test_payment_of_the_closed_period_is_refused_during_the_closing(self, issued, supervisor, books_are_clean):
        closed, paid = locked(close_yesterday(supervisor), pay_as_of_yesterday(issued, supervisor))

        assert not closed.refusal
        assert paid.refused_by == "PeriodClosed"

    def test_closing_waits_for_a_payment_in_progress(self, issued, supervisor, books_are_clean):
        paid, closed = locked(pay_as_of_yesterday(issued, supervisor), close_yesterday(supervisor))

        assert refusals_of(paid, closed) == []
