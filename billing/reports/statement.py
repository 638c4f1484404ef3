"""The statement of an account: its invoices, payments and adjustments of a period, with a running balance.

An invoice is entered on its issue date, a payment on the day on which it was received, everything else on the day on
which it was recorded. A void invoice never counted: neither it nor its write-offs are entered, whatever the day.
Allocations do not matter here: the balance is what is owed less what the clinic holds, as credit or as a deposit on a
draft. It is printed by templates/admin/billing/patient_account/statement.html.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from billing.choices import InvoiceStatus
from billing.models import CreditNote, Invoice, Payment, Refund, WriteOff
from billing.reports.ledger_entries import EntryKind, LedgerEntry, in_order, with_balance
from billing.reports.periods import Period
from billing.rules.money import ZERO
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class Statement:
    """The balance before `first`, the entries from then to the end of `last`, and the balance after them."""

    first: date
    last: date
    opening: Decimal
    entries: tuple[LedgerEntry, ...]
    closing: Decimal


def statement(patient: Patient, *, first: date, last: date) -> Statement:
    """Return the statement of the patient's account between two days of the clinic, both included; six queries.

    The payments of a void invoice became the patient's credit, or were refunded; a void invoice has no credit notes.
    """
    people = Patient.objects.account_of(patient.pk)
    begin, end = Period(first, last).bounds
    found = [entry for entry in _entries(people) if entry.at < end]
    opening = sum((entry.amount for entry in found if entry.at < begin), ZERO)
    entries = tuple(with_balance(in_order(entry for entry in found if entry.at >= begin), opening))
    return Statement(first, last, opening, entries, entries[-1].balance if entries else opening)


def _entries(people: list[UUID]) -> Iterator[LedgerEntry]:
    """Yield every entry of these patients, in no order."""
    for invoice in Invoice.objects.billed().filter(patient__in=people).only("issue_date", "reg_number", "total_amount"):
        assert invoice.issue_date is not None  # it was issued
        yield LedgerEntry(
            at=invoice.issue_date,
            kind=EntryKind.INVOICE,
            amount=invoice.total_amount,
            record=invoice,
            number=invoice.reg_number,
        )
    for note in CreditNote.objects.filter(invoice__patient__in=people):
        yield LedgerEntry(
            at=note.created_at,
            kind=EntryKind.CREDIT_NOTE,
            amount=-note.total_amount,
            record=note,
            number=note.number,
        )
    for payment in Payment.objects.filter(patient__in=people):
        kind = EntryKind.PAYMENT if payment.reverses_id is None else EntryKind.REVERSAL
        yield LedgerEntry(
            at=payment.received_at,
            kind=kind,
            amount=-payment.amount,
            record=payment,
            number=payment.receipt_number,
        )
    for refund in Refund.objects.filter(patient__in=people):
        yield LedgerEntry(at=refund.created_at, kind=EntryKind.REFUND, amount=refund.amount, record=refund)
    for write_off in WriteOff.objects.filter(invoice__patient__in=people).exclude(invoice__status=InvoiceStatus.VOID):
        kind = EntryKind.WRITE_OFF if write_off.reverses_id is None else EntryKind.REINSTATED
        yield LedgerEntry(at=write_off.created_at, kind=kind, amount=-write_off.amount, record=write_off)
