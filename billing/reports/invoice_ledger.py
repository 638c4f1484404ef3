"""The ledger of one invoice: its issue, payments and adjustments, each with the balance owed after it."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Model

from billing.choices import EventKind, InvoiceStatus
from billing.models import CreditNote, Invoice, InvoiceEvent, PaymentAllocation, WriteOff
from billing.reports.ledger_entries import EntryKind, LedgerEntry, in_order, with_balance
from billing.rules.money import ZERO


def invoice_ledger(invoice: Invoice, events: list[InvoiceEvent]) -> list[LedgerEntry]:
    """Return the entries in the order in which they were recorded; three queries.

    The last balance is what remains of an issued invoice; of a draft, its deposit, below zero.

    `events`: those of the invoice, for the times of its issue and its void.
    """
    entries = in_order([*_issue(invoice, events), *_money(invoice), *_adjustments(invoice)])
    if invoice.status == InvoiceStatus.VOID:
        entries += _void(events, sum((entry.amount for entry in entries), ZERO))
    return list(with_balance(entries))


def _issue(invoice: Invoice, events: list[InvoiceEvent]) -> Iterator[LedgerEntry]:
    for event in events:
        if event.kind == EventKind.ISSUED:
            yield LedgerEntry(
                at=event.created_at,
                kind=EntryKind.ISSUED,
                amount=invoice.total_amount,
                by=event.created_by,
                number=invoice.reg_number,
            )


def _void(events: list[InvoiceEvent], balance: Decimal) -> Iterator[LedgerEntry]:
    for event in events:
        if event.kind == EventKind.VOIDED and balance:
            yield LedgerEntry(
                at=event.created_at, kind=EntryKind.VOID, amount=-balance, by=event.created_by, note=event.reason
            )


def _money(invoice: Invoice) -> Iterator[LedgerEntry]:
    allocations = PaymentAllocation.objects.filter(invoice=invoice)
    for allocation in allocations.select_related("payment", "refund", "reversal", "credit_note", "created_by"):
        kind, record, note = _cause(allocation)
        yield LedgerEntry(
            at=allocation.created_at,
            kind=kind,
            amount=-allocation.amount,
            by=allocation.created_by,
            number=allocation.payment.receipt_number,
            note=note,
            method=(allocation.refund or allocation.payment).get_method_display(),
            record=record,
        )


def _cause(allocation: PaymentAllocation) -> tuple[EntryKind, Model, str]:
    """Return the kind, record and note of an amount that was allocated to the invoice or released from it."""
    if allocation.refund:
        return EntryKind.REFUND, allocation.refund, allocation.refund.reason
    if allocation.reversal:
        return EntryKind.REVERSAL, allocation.reversal, allocation.reversal.reason
    if allocation.amount < 0:
        note = allocation.credit_note.reason if allocation.credit_note else ""
        return EntryKind.RELEASE, allocation.credit_note or allocation.payment, note
    return EntryKind.PAYMENT, allocation.payment, allocation.payment.reference


def _adjustments(invoice: Invoice) -> Iterator[LedgerEntry]:
    for write_off in WriteOff.objects.filter(invoice=invoice).select_related("created_by"):
        yield LedgerEntry(
            at=write_off.created_at,
            kind=EntryKind.WRITE_OFF if write_off.reverses_id is None else EntryKind.REINSTATED,
            amount=-write_off.amount,
            by=write_off.created_by,
            note=write_off.reason,
            record=write_off,
        )
    for note in CreditNote.objects.filter(invoice=invoice).select_related("created_by"):
        yield LedgerEntry(
            at=note.created_at,
            kind=EntryKind.CREDIT_NOTE,
            amount=-note.total_amount,
            by=note.created_by,
            number=note.number,
            note=note.reason,
            record=note,
        )
