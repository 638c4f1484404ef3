"""Tests of the amount due and the derived status: worked cases, errors, invariants."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing.choices import InvoiceStatus
from billing.rules.settlement import (
    CreditEffect,
    OverCredit,
    Overpayment,
    OverRefund,
    OverWriteOff,
    amount_due,
    check_refund,
    max_payment,
    settle_credit,
    settle_payment,
    settle_write_off,
    settled_status,
    take_newest_first,
)
from clinic.domain.errors import InvalidValue

ISSUED = InvoiceStatus.ISSUED
PARTIALY_PAID = InvoiceStatus.PARTIALY_PAID
PAID = InvoiceStatus.PAID
WRITTEN_OFF = InvoiceStatus.WRITTEN_OFF


@dataclass(frozen=True)
class Account:
    """One invoice's sums, moved by the rules alone."""

    total: Decimal
    paid: Decimal = Decimal("0.00")
    credited: Decimal = Decimal("0.00")
    written_off: Decimal = Decimal("0.00")
    released: Decimal = Decimal("0.00")

    @property
    def sums(self):
        return {
            "total": self.total,
            "paid": self.paid,
            "credited": self.credited,
            "written_off": self.written_off,
        }

    @property
    def due(self):
        return amount_due(**self.sums)

    @property
    def status(self):
        return settled_status(**self.sums)

    def pay(self, amount):
        back = settle_payment(**self.sums, amount=Decimal(amount))
        return replace(self, paid=self.paid + Decimal(amount), written_off=self.written_off - back)

    def refund(self, amount):
        check_refund(paid=self.paid, amount=Decimal(amount))
        return replace(self, paid=self.paid - Decimal(amount))

    def write_off(self, amount=None):
        given_up = settle_write_off(**self.sums, amount=None if amount is None else Decimal(amount))
        return replace(self, written_off=self.written_off + given_up)

    def credit(self, amount):
        effect = settle_credit(**self.sums, amount=Decimal(amount))
        return replace(
            self,
            credited=self.credited + Decimal(amount),
            written_off=self.written_off - effect.write_off_reversed,
            paid=self.paid - effect.released,
            released=self.released + effect.released,
        )


def hundred():
    return Account(Decimal("100.00"))


WORKED = {
    "part write-off 50, then 80 paid": (
        lambda: hundred().write_off("50").pay("80"),
        80,
        0,
        20,
        0,
        0,
        WRITTEN_OFF,
    ),
    "part write-off 50, then 100 paid": (lambda: hundred().write_off("50").pay("100"), 100, 0, 0, 0, 0, PAID),
    "written off 100, 30 recovered": (lambda: hundred().write_off().pay("30"), 30, 0, 70, 0, 0, WRITTEN_OFF),
    "paid 60, written off 40, refund 60": (
        lambda: hundred().pay("60").write_off().refund("60"),
        *(0, 0, 40, 0, 60, ISSUED),
    ),
    "credit note 30 on paid 100": (lambda: hundred().pay("100").credit("30"), 70, 30, 0, 30, 0, PAID),
    "credit note 70 on paid 60": (lambda: hundred().pay("60").credit("70"), 30, 70, 0, 30, 0, PAID),
    "credit note 100 on paid 60, written off 40": (
        lambda: hundred().pay("60").write_off().credit("100"),
        *(0, 100, 0, 60, 0, PAID),
    ),
    "a discount of 100 percent": (lambda: Account(Decimal("0.00")), 0, 0, 0, 0, 0, PAID),
    "nothing paid": (hundred, 0, 0, 0, 0, 100, ISSUED),
    "paid 40": (lambda: hundred().pay("40"), 40, 0, 0, 0, 60, PARTIALY_PAID),
    "paid 40, refund 40": (lambda: hundred().pay("40").refund("40"), 0, 0, 0, 0, 100, ISSUED),
    "credit note 30, nothing paid": (lambda: hundred().credit("30"), 0, 30, 0, 0, 70, ISSUED),
    "part write-off 30, then 70 paid": (
        lambda: hundred().write_off("30").pay("70"),
        70,
        0,
        30,
        0,
        0,
        WRITTEN_OFF,
    ),
    "written off 40, credit note 100": (
        lambda: hundred().pay("60").write_off().credit("40"),
        *(60, 40, 0, 0, 0, PAID),
    ),
}


class TestWorkedCases:
    @pytest.mark.parametrize(
        ("settle", "paid", "credited", "written_off", "released", "due", "status"),
        WORKED.values(),
        ids=WORKED.keys(),
    )
    def test_worked_case_ends_as_in_the_table(self, settle, paid, credited, written_off, released, due, status):
        account = settle()

        assert (account.paid, account.credited, account.written_off) == (paid, credited, written_off)
        assert (account.released, account.due, account.status) == (released, due, status)


class TestRefusals:
    def test_over_payment_names_the_limit(self):
        with pytest.raises(Overpayment) as refused:
            hundred().credit("30").pay("70.01")

        assert refused.value.code == "overpayment"
        assert refused.value.members["room"] == Decimal("70.00")

    def test_payment_of_all_that_can_be_paid_is_accepted(self):
        assert hundred().credit("30").pay("70").status == PAID

    def test_over_credit_names_the_limit(self):
        with pytest.raises(OverCredit) as refused:
            hundred().credit("30").credit("70.01")

        assert refused.value.code == "over_credit"
        assert refused.value.members["room"] == Decimal("70.00")

    def test_credit_note_over_all_that_is_left_is_accepted(self):
        assert hundred().credit("30").credit("70").status == PAID

    def test_over_write_off_names_the_limit(self):
        with pytest.raises(OverWriteOff) as refused:
            hundred().pay("60").write_off("40.01")

        assert refused.value.members["room"] == Decimal("40.00")

    def test_write_off_of_nothing_is_refused(self):
        with pytest.raises(OverWriteOff):
            hundred().pay("100").write_off()

    def test_over_refund_names_the_limit(self):
        with pytest.raises(OverRefund) as refused:
            hundred().pay("60").refund("60.01")

        assert refused.value.members["room"] == Decimal("60.00")

    @pytest.mark.parametrize("verb", ["pay", "refund", "credit", "write_off"])
    @pytest.mark.parametrize("amount", ["0.00", "-1.00"])
    def test_amount_that_is_not_above_zero_is_refused(self, verb, amount):
        with pytest.raises(InvalidValue) as refused:
            getattr(hundred().pay("10"), verb)(amount)

        assert refused.value.code == "not_positive"
        assert refused.value.errors[0].pointer == "/amount"


class TestSettleCredit:
    def test_credit_first_lowers_what_remains(self):
        effect = settle_credit(**hundred().pay("60").sums, amount=Decimal("40.00"))

        assert effect == CreditEffect(Decimal("0.00"), Decimal("0.00"))


class TestNewestFirst:
    def test_newest_part_is_taken_first(self):
        parts = [("June", Decimal("10.00")), ("May", Decimal("10.00")), ("April", Decimal("10.00"))]

        taken = take_newest_first(parts, Decimal("15.00"))

        assert taken == [("June", Decimal("10.00")), ("May", Decimal("5.00"))]

    def test_used_up_parts_are_left_out(self):
        taken = take_newest_first([("June", Decimal("0.00")), ("May", Decimal("1.00"))], Decimal("1.00"))

        assert taken == [("May", Decimal("1.00"))]

    def test_nothing_is_taken_for_zero(self):
        assert take_newest_first([("June", Decimal("10.00"))], Decimal("0.00")) == []

    def test_parts_that_add_up_to_less_are_an_error(self):
        with pytest.raises(ValueError):
            take_newest_first([("June", Decimal("10.00"))], Decimal("10.01"))


steps = st.tuples(
    st.sampled_from(["pay", "refund", "credit", "write_off"]),
    st.integers(1, 12_000).map(lambda cents: Decimal(cents).scaleb(-2)),
)


class TestAnyHistory:
    @given(st.lists(steps, max_size=12))
    def test_sums_stay_within_the_total_in_any_history(self, history):
        account = hundred()

        for verb, amount in history:
            try:
                account = getattr(account, verb)(amount)
            except (Overpayment, OverCredit, OverRefund, OverWriteOff):
                continue

        assert min(account.paid, account.credited, account.written_off, account.released) >= 0
        assert account.paid + account.credited + account.written_off + account.due == account.total
        assert (account.due == 0) == (account.status in (PAID, WRITTEN_OFF))
        assert (account.status == WRITTEN_OFF) == (account.due == 0 and account.written_off > 0)

    @given(st.lists(steps, max_size=6), st.integers(1, 10_000))
    def test_payment_in_parts_settles_as_one_payment_does(self, history, cents):
        account = hundred()
        for verb, amount in history:
            try:
                account = getattr(account, verb)(amount)
            except (Overpayment, OverCredit, OverRefund, OverWriteOff):
                continue
        amount = Decimal(cents).scaleb(-2)
        limit = max_payment(total=account.total, paid=account.paid, credited=account.credited)
        assume(Decimal("0.01") < amount <= limit)

        in_parts = account.pay("0.01").pay(amount - Decimal("0.01"))

        assert in_parts == account.pay(amount)
