"""The order of entries of statements and ledgers."""

from decimal import Decimal

from billing.reports.ledger_entries import EntryKind, LedgerEntry, in_order
from clinic.testing import NOON


def entry(kind=EntryKind.INVOICE, number=""):
    return LedgerEntry(at=NOON, kind=kind, amount=Decimal("1.00"), number=number)


def test_entries_of_the_same_time_are_in_the_order_of_their_kinds():
    refund, payment = entry(EntryKind.REFUND), entry(EntryKind.PAYMENT)

    assert in_order([refund, payment]) == [payment, refund]


def test_entries_with_numbers_past_a_million_come_after_the_others():
    newest, oldest = entry(number="INV-2026-1000000"), entry(number="INV-2026-999999")

    assert in_order([newest, oldest]) == [oldest, newest]
