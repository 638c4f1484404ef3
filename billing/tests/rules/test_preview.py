"""Tests of the preview of each action, in each status."""

from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus
from billing.rules.preview import Balances, Outcome
from billing.rules.settlement import OverCredit, Overpayment, OverRefund, OverWriteOff

DRAFT, ISSUED = InvoiceStatus.DRAFT, InvoiceStatus.ISSUED
PARTIALY_PAID, PAID, VOID = InvoiceStatus.PARTIALY_PAID, InvoiceStatus.PAID, InvoiceStatus.VOID
WRITTEN_OFF = InvoiceStatus.WRITTEN_OFF


def balances(status=ISSUED, paid="0", credited="0", written_off="0"):
    """The balances of an invoice over 100.00."""
    return Balances(status, Decimal("100.00"), Decimal(paid), Decimal(credited), Decimal(written_off))


def outcome(status, remaining, new_credit="0", write_off_reversed="0"):
    return Outcome(status, Decimal(remaining), Decimal(new_credit), Decimal(write_off_reversed))


@pytest.mark.parametrize(
    ("paid", "status", "remaining"), [("0", ISSUED, "100"), ("40", PARTIALY_PAID, "60"), ("100", PAID, "0")]
)
def test_issuing_counts_the_deposit_as_paid(paid, status, remaining):
    assert balances(DRAFT, paid=paid).after_issue() == outcome(status, remaining)


def test_payment_settles_the_amount_due():
    assert balances().after_payment(Decimal(40)) == outcome(PARTIALY_PAID, "60")
    assert balances(PARTIALY_PAID, paid="40").after_payment(Decimal(60)) == outcome(PAID, "0")


def test_deposit_leaves_a_draft_a_draft():
    assert balances(DRAFT).after_payment(Decimal(40)) == outcome(DRAFT, "60")


def test_payment_beyond_the_amount_due_reverses_write_offs():
    written_off = balances(WRITTEN_OFF, written_off="100")
    partly_written_off = balances(written_off="50")

    assert written_off.after_payment(Decimal(30)) == outcome(WRITTEN_OFF, "0", write_off_reversed="30")
    assert partly_written_off.after_payment(Decimal(80)) == outcome(WRITTEN_OFF, "0", write_off_reversed="30")


def test_excess_of_a_payment_becomes_credit_only_on_request():
    paid = balances(PAID, paid="100")

    assert balances().after_payment(Decimal(120), excess_to_credit=True) == outcome(PAID, "0", new_credit="20")
    assert paid.after_payment(Decimal(20), excess_to_credit=True) == outcome(PAID, "0", new_credit="20")
    with pytest.raises(Overpayment):
        balances().after_payment(Decimal(120))


def test_refund_reopens_the_debt():
    written_off = balances(WRITTEN_OFF, paid="60", written_off="40")

    assert balances(PAID, paid="100").after_refund(Decimal(30)) == outcome(PARTIALY_PAID, "30")
    assert written_off.after_refund(Decimal(60)) == outcome(ISSUED, "60")


def test_refund_is_at_most_the_amount_paid():
    with pytest.raises(OverRefund):
        balances(PARTIALY_PAID, paid="40").after_refund(Decimal(41))


def test_credit_note_releases_money_to_the_patients_credit():
    partly_paid = balances(PARTIALY_PAID, paid="60")

    assert partly_paid.after_credit_note(Decimal(70)) == outcome(PAID, "0", new_credit="30")


def test_credit_note_reverses_write_offs_before_it_releases_money():
    written_off = balances(WRITTEN_OFF, paid="60", written_off="40")

    assert written_off.after_credit_note(Decimal(100)) == outcome(PAID, "0", new_credit="60", write_off_reversed="40")


def test_credit_note_is_at_most_what_is_not_yet_credited():
    with pytest.raises(OverCredit):
        balances(credited="50").after_credit_note(Decimal(51))


def test_correction_leaves_no_credit():
    credited = balances(PAID, paid="100").after_credit_note(Decimal(100))

    assert credited.without_new_credit() == outcome(PAID, "0")


def test_write_off_is_of_the_rest_or_of_a_part():
    assert balances(PARTIALY_PAID, paid="40").after_write_off(None) == outcome(WRITTEN_OFF, "0")
    assert balances().after_write_off(Decimal(30)) == outcome(ISSUED, "70")


def test_write_off_is_at_most_the_amount_due():
    with pytest.raises(OverWriteOff):
        balances().after_write_off(Decimal(101))


def test_reinstatement_reverses_the_write_offs():
    written_off = balances(WRITTEN_OFF, paid="40", written_off="60")

    assert written_off.after_reinstatement() == outcome(PARTIALY_PAID, "60")


def test_void_leaves_nothing_due():
    assert balances().after_void() == outcome(VOID, "0")
    assert balances(PARTIALY_PAID, paid="40").after_void(to_credit=True) == outcome(VOID, "0", new_credit="40")
