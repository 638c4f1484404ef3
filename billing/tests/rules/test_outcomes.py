"""What is foretold of an invoice, for each act and in each state."""

from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus
from billing.rules.preview import Outcome, Standing
from billing.rules.settlement import OverCredit, Overpayment, OverRefund, OverWriteOff

DRAFT, ISSUED = InvoiceStatus.DRAFT, InvoiceStatus.ISSUED
PART, PAID, VOID = InvoiceStatus.PARTIALY_PAID, InvoiceStatus.PAID, InvoiceStatus.VOID
GIVEN_UP = InvoiceStatus.WRITTEN_OFF


def standing(status=ISSUED, paid="0", credited="0", written_off="0"):
    return Standing(status, Decimal("100.00"), Decimal(paid), Decimal(credited), Decimal(written_off))


def outcome(status, remaining, kept="0", revived="0"):
    return Outcome(status, Decimal(remaining), Decimal(kept), Decimal(revived))


class TestIssue:
    @pytest.mark.parametrize(("paid", "status", "left"), [("0", ISSUED, "100"), ("40", PART, "60"), ("100", PAID, "0")])
    def test_counts_the_deposit(self, paid, status, left):
        assert standing(DRAFT, paid=paid).issued() == outcome(status, left)


class TestPayment:
    def test_settles_what_remains(self):
        assert standing().paid_by(Decimal(40)) == outcome(PART, "60")
        assert standing(PART, paid="40").paid_by(Decimal(60)) == outcome(PAID, "0")

    def test_leaves_a_draft_a_draft(self):
        assert standing(DRAFT).paid_by(Decimal(40)) == outcome(DRAFT, "60")

    def test_takes_back_of_a_write_off(self):
        assert standing(GIVEN_UP, written_off="100").paid_by(Decimal(30)) == outcome(GIVEN_UP, "0", revived="30")
        assert standing(written_off="50").paid_by(Decimal(80)) == outcome(GIVEN_UP, "0", revived="30")

    def test_beyond_is_kept_only_on_purpose(self):
        assert standing().paid_by(Decimal(120), excess_to_credit=True) == outcome(PAID, "0", kept="20")
        assert standing(PAID, paid="100").paid_by(Decimal(20), excess_to_credit=True) == outcome(PAID, "0", kept="20")
        with pytest.raises(Overpayment):
            standing().paid_by(Decimal(120))


class TestRefund:
    def test_lets_the_debt_live_again(self):
        assert standing(PAID, paid="100").refunded(Decimal(30)) == outcome(PART, "30")
        assert standing(GIVEN_UP, paid="60", written_off="40").refunded(Decimal(60)) == outcome(ISSUED, "60")

    def test_is_of_what_was_paid_at_most(self):
        with pytest.raises(OverRefund):
            standing(PART, paid="40").refunded(Decimal(41))


class TestCreditNote:
    def test_releases_what_was_paid(self):
        assert standing(PART, paid="60").credited_by(Decimal(70)) == outcome(PAID, "0", kept="30")

    def test_takes_back_of_a_write_off_first(self):
        held = standing(GIVEN_UP, paid="60", written_off="40")

        assert held.credited_by(Decimal(100)) == outcome(PAID, "0", kept="60", revived="40")

    def test_is_of_what_is_left_at_most(self):
        with pytest.raises(OverCredit):
            standing(credited="50").credited_by(Decimal(51))

    def test_of_a_correction_leaves_no_credit(self):
        assert standing(PAID, paid="100").credited_by(Decimal(100)).without_credit() == outcome(PAID, "0")


class TestWriteOff:
    def test_gives_up_the_rest_or_a_part(self):
        assert standing(PART, paid="40").given_up(None) == outcome(GIVEN_UP, "0")
        assert standing().given_up(Decimal(30)) == outcome(ISSUED, "70")

    def test_is_of_what_remains_at_most(self):
        with pytest.raises(OverWriteOff):
            standing().given_up(Decimal(101))

    def test_is_claimed_again(self):
        assert standing(GIVEN_UP, paid="40", written_off="60").reinstated() == outcome(PART, "60")


class TestVoid:
    def test_leaves_nothing_owed(self):
        assert standing().voided() == outcome(VOID, "0")
        assert standing(PART, paid="40").voided(to_credit=True) == outcome(VOID, "0", kept="40")
