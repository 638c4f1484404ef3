"""Money of a month and of a day: what came, what went, what never came, by whom and how."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.choices import PaymentMethod
from billing.models import Payment
from billing.operations.payments import refund_credit, reverse_payment
from billing.reports.takings import Takings, collected, takings
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory

CASH, CARD = PaymentMethod.CASH, PaymentMethod.CARD
TODAY = date(2026, 6, 15)


def eur(amount):
    return Decimal(amount)


@pytest.fixture
def paid(desk):
    """`paid("50.00", berlin(6, 3))`: received and entered then, by card unless told otherwise."""
    return lambda amount, at, **more: PaymentFactory(amount=amount, at=at, **more)


class TestCollected:
    def test_sets_this_month_beside_the_last(self, paid, berlin):
        paid("1.00", berlin(4, 30))
        paid("2.00", berlin(5, 1))
        paid("4.00", berlin(5, 15))
        paid("8.00", berlin(5, 16))
        paid("16.00", berlin(5, 31))
        paid("32.00", berlin(6, 1))
        paid("64.00", berlin(6, 15))

        found = collected(on=TODAY)

        assert (found.this_month, found.last_month, found.same_days_of_last) == (eur("96"), eur("30"), eur("6"))

    def test_ends_and_begins_at_midnight_in_berlin(self, paid, berlin):
        paid("1.00", berlin(5, 31, 23, 59))
        paid("2.00", berlin(6, 1, 0, 0))  # in UTC still May

        found = collected(on=TODAY)

        assert (found.this_month, found.last_month) == (eur("2.00"), eur("1.00"))

    def test_of_the_31st_is_set_beside_the_whole_of_a_shorter_month(self, paid, berlin):
        paid("1.00", berlin(2, 28))
        paid("2.00", berlin(3, 1))

        found = collected(on=date(2026, 3, 31))

        assert (found.this_month, found.last_month, found.same_days_of_last) == (eur("2"), eur("1"), eur("1"))

    def test_of_january_is_set_beside_december(self, paid, berlin):
        paid("5.00", berlin(12, 31, year=2025))

        found = collected(on=date(2026, 1, 30))

        assert (found.this_month, found.last_month, found.same_days_of_last) == (eur("0"), eur("5"), eur("0"))

    def test_is_less_by_refunds_and_reversals_in_the_month_in_which_they_happen(self, paid, berlin, supervisor):
        first, second = paid("100.00", berlin(5, 10)), paid("40.00", berlin(5, 10))
        in_june = {"by": supervisor, "at": berlin(6, 2)}
        refund_credit(payment=first, amount=eur("30.00"), method=CASH, reason="Wants it back", **in_june)
        reverse_payment(payment=second, reason="Bounced", **in_june)

        found = collected(on=TODAY)

        assert (found.this_month, found.last_month) == (eur("-70.00"), eur("140.00"))

    def test_goes_by_the_day_of_receipt_not_of_entry(self, paid, berlin):
        paid("10.00", berlin(6, 2), received_at=berlin(5, 30))

        assert collected(on=TODAY).last_month == eur("10.00")

    def test_counts_deposits_and_credit_like_all_money(self, desk, berlin):
        InvoiceFactory(deposit="40.00", at=berlin(6, 2))
        PaymentFactory(amount="5.00", at=berlin(6, 2))

        assert collected(on=TODAY).this_month == eur("45.00")

    def test_leaves_out_what_comes_after_the_day_asked_for(self, paid, berlin):
        paid("10.00", berlin(6, 14))

        assert collected(on=date(2026, 6, 13)).this_month == eur("0.00")


class TestTheDay:
    """
    | who | what                                          | cash   | card  |
    |-----|-----------------------------------------------|--------|-------|
    | Ada | takes 100.00 and 20.00 in cash, 50.00 by card | 120.00 | 50.00 |
    | Ben | takes 80.00 in cash, and finds 20.00 of Ada's typed wrongly | 60.00 | |
    | Ben | hands 30.00 out in cash                       | -30.00 |       |
    """

    @pytest.fixture
    def day(self, noon, berlin, desk):
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

    def test_has_a_row_for_each_method_and_clerk(self, day):
        rows = {(row.method, row.clerk.name): (str(row.takings.net), row.takings.payment_count) for row in day.rows}

        assert rows == {
            (CASH, "Ada Obi"): ("120.00", 2),
            (CASH, "ben"): ("30.00", 1),
            (CARD, "Ada Obi"): ("50.00", 1),
        }

    def test_tells_what_came_what_went_and_what_never_came(self, day):
        assert day.total == Takings(eur("250.00"), 4, eur("30.00"), 1, eur("20.00"), 1)
        assert day.total.net == eur("200.00")

    def test_says_what_the_drawer_holds_more(self, day):
        assert day.drawer == Takings(eur("200.00"), 3, eur("30.00"), 1, eur("20.00"), 1)
        assert day.drawer.net == eur("150.00")  # tendered less change is what was paid

    def test_adds_up_by_method_and_by_clerk(self, day):
        methods = {method: str(taken.net) for method, taken in day.by_method.items()}
        clerks = {clerk.name: str(taken.net) for clerk, taken in day.by_clerk.items()}

        assert methods == {CASH: "150.00", CARD: "50.00"}
        assert clerks == {"Ada Obi": "170.00", "ben": "30.00"}

    def test_has_a_row_for_who_only_handed_money_out(self, desk, noon):
        payment = PaymentFactory(amount="50.00", at=noon - timedelta(days=3))
        refund_credit(payment=payment, amount=eur("50.00"), method=CASH, reason="Moves away", **desk)

        (row,) = takings(on=TODAY).rows

        assert (row.method, row.clerk.name, row.takings) == (
            CASH,
            "supervisor",
            Takings(refunds=eur("50"), refund_count=1),
        )

    def test_begins_and_ends_at_midnight_in_berlin(self, paid, berlin):
        paid("1.00", berlin(6, 14, 23, 59))
        paid("2.00", berlin(6, 15, 0, 0))
        paid("4.00", berlin(6, 15, 23, 59))
        paid("8.00", berlin(6, 16, 0, 0))

        assert takings(on=TODAY).total.net == eur("6.00")

    def test_is_empty_when_nobody_paid(self, db):
        assert (takings(on=TODAY).rows, takings(on=TODAY).drawer) == ((), Takings())


class TestStatements:
    @pytest.mark.parametrize("payments", [1, 12])
    def test_are_as_many_however_many_the_payments(self, paid, noon, statements, payments):
        for number in range(payments):
            paid("10.00", noon, by=ClerkFactory(username=f"clerk{number}"))

        assert Payment.objects.count() == payments
        assert statements(lambda: collected(on=TODAY)) == 2
        assert statements(lambda: takings(on=TODAY)) == 2
