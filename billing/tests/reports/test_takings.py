"""Takings of a month and of a day: payments, refunds and reversals by method and clerk."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.choices import PaymentMethod
from billing.models import Payment
from billing.operations.payments import reverse_payment
from billing.operations.refunds import refund_credit
from billing.reports.takings import Takings, collected, takings
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory

CASH, CARD = PaymentMethod.CASH, PaymentMethod.CARD
TODAY = date(2026, 6, 15)


def eur(amount):
    return Decimal(amount)


@pytest.fixture
def paid(actor):
    """`paid("50.00", berlin(6, 3))` creates a payment received and entered then, by card by default."""
    return lambda amount, at, **more: PaymentFactory(amount=amount, at=at, **more)


class TestCollected:
    def test_collected_compares_this_month_with_the_last(self, paid, berlin):
        paid("1.00", berlin(4, 30))
        paid("2.00", berlin(5, 1))
        paid("4.00", berlin(5, 15))
        paid("8.00", berlin(5, 16))
        paid("16.00", berlin(5, 31))
        paid("32.00", berlin(6, 1))
        paid("64.00", berlin(6, 15))

        found = collected(on=TODAY)

        assert (found.this_month, found.last_month, found.same_days_last_month) == (eur("96"), eur("30"), eur("6"))

    def test_collected_month_begins_at_midnight_of_the_clinic(self, paid, berlin):
        paid("1.00", berlin(5, 31, 23, 59))
        paid("2.00", berlin(6, 1, 0, 0))  # in UTC still May

        found = collected(on=TODAY)

        assert (found.this_month, found.last_month) == (eur("2.00"), eur("1.00"))

    def test_collected_on_the_31st_is_compared_with_the_whole_of_a_shorter_month(self, paid, berlin):
        paid("1.00", berlin(2, 28))
        paid("2.00", berlin(3, 1))

        found = collected(on=date(2026, 3, 31))

        assert (found.this_month, found.last_month, found.same_days_last_month) == (eur("2"), eur("1"), eur("1"))

    def test_collected_in_january_is_compared_with_december(self, paid, berlin):
        paid("5.00", berlin(12, 31, year=2025))

        found = collected(on=date(2026, 1, 30))

        assert (found.this_month, found.last_month, found.same_days_last_month) == (eur("0"), eur("5"), eur("0"))

    def test_collected_is_reduced_by_reversals_but_not_by_refunds(self, paid, berlin, supervisor):
        first, second = paid("100.00", berlin(5, 10)), paid("40.00", berlin(5, 10))
        in_june = {"by": supervisor, "at": berlin(6, 2)}
        refund_credit(payment=first, amount=eur("30.00"), method=CASH, reason="Wants it back", **in_june)
        reverse_payment(payment=second, reason="Bounced", **in_june)

        found = collected(on=TODAY)

        assert (found.this_month, found.last_month) == (eur("-40.00"), eur("140.00"))
        assert found.refunded_this_month == eur("30.00")

    def test_collected_is_by_the_day_of_receipt_not_of_entry(self, paid, berlin):
        paid("10.00", berlin(6, 2), received_at=berlin(5, 30))

        assert collected(on=TODAY).last_month == eur("10.00")

    def test_collected_counts_deposits_and_credit(self, actor, berlin):
        InvoiceFactory(deposit="40.00", at=berlin(6, 2))
        PaymentFactory(amount="5.00", at=berlin(6, 2))

        assert collected(on=TODAY).this_month == eur("45.00")

    def test_collected_leaves_out_payments_after_the_day(self, paid, berlin):
        paid("10.00", berlin(6, 14))

        assert collected(on=date(2026, 6, 13)).this_month == eur("0.00")


class TestDayTakings:
    """
    | who | what                                          | cash   | card  |
    |-----|-----------------------------------------------|--------|-------|
    | Ada | takes 100.00 and 20.00 in cash, 50.00 by card | 120.00 | 50.00 |
    | Ben | takes 80.00 in cash, and reverses 20.00 of Ada's     | 60.00 | |
    | Ben | refunds 30.00 in cash                         | -30.00 |       |
    """

    @pytest.fixture
    def day(self, noon, berlin, actor):
        ada = ClerkFactory(username="ada", first_name="Ada", last_name="Obi")
        ben = ClerkFactory(username="ben")
        first = PaymentFactory(amount="100.00", method=CASH, by=ada, at=noon, tendered=eur("120.00"))
        wrong = PaymentFactory(amount="20.00", method=CASH, by=ada, at=noon)
        PaymentFactory(amount="50.00", method=CARD, by=ada, at=noon)
        PaymentFactory(amount="80.00", method=CASH, by=ben, at=noon)
        reverse_payment(payment=wrong, reason="Typed wrongly", by=ben, at=noon)
        refund_credit(payment=first, amount=eur("30.00"), method=CASH, reason="Wants it back", by=ben, at=noon)
        PaymentFactory(amount="7.00", method=CASH, by=ada, at=noon - timedelta(days=1))
        return takings(on=TODAY)

    def test_takings_have_a_row_for_each_method_and_clerk(self, day):
        rows = {(row.method, row.clerk.name): (str(row.takings.net), row.takings.payment_count) for row in day.rows}

        assert rows == {
            (CASH, "Ada Obi"): ("120.00", 2),
            (CASH, "ben"): ("30.00", 1),
            (CARD, "Ada Obi"): ("50.00", 1),
        }

    def test_takings_add_up_payments_refunds_and_reversals(self, day):
        assert day.total == Takings(eur("250.00"), 4, eur("30.00"), 1, eur("20.00"), 1)
        assert day.total.net == eur("200.00")

    def test_cash_takings_are_the_change_of_the_cash_drawer(self, day):
        assert day.cash == Takings(eur("200.00"), 3, eur("30.00"), 1, eur("20.00"), 1)
        assert day.cash.net == eur("150.00")  # tendered less change is what was paid

    def test_takings_have_a_row_for_a_clerk_with_refunds_only(self, actor, noon):
        payment = PaymentFactory(amount="50.00", at=noon - timedelta(days=3))
        refund_credit(payment=payment, amount=eur("50.00"), method=CASH, reason="Moves away", **actor)

        (row,) = takings(on=TODAY).rows

        assert (row.method, row.clerk.name, row.takings) == (
            CASH,
            "supervisor",
            Takings(refunds=eur("50"), refund_count=1),
        )

    def test_takings_begin_and_end_at_midnight_of_the_clinic(self, paid, berlin):
        paid("1.00", berlin(6, 14, 23, 59))
        paid("2.00", berlin(6, 15, 0, 0))
        paid("4.00", berlin(6, 15, 23, 59))
        paid("8.00", berlin(6, 16, 0, 0))

        assert takings(on=TODAY).total.net == eur("6.00")

    def test_takings_of_a_day_without_payments_are_empty(self, db):
        assert (takings(on=TODAY).rows, takings(on=TODAY).cash) == ((), Takings())


class TestQueries:
    @pytest.mark.parametrize("payments", [1, 12])
    def test_takings_take_two_queries_however_many_the_payments(self, paid, noon, queries, payments):
        for number in range(payments):
            paid("10.00", noon, by=ClerkFactory(username=f"clerk{number}"))

        assert Payment.objects.count() == payments
        assert queries(lambda: collected(on=TODAY)) == 2
        assert queries(lambda: takings(on=TODAY)) == 2
