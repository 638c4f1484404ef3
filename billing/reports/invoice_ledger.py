"""The ledger of one invoice: what was claimed, what settled it, and what was owed after each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import Model, TextChoices
from django.utils.translation import gettext_lazy as _

from billing.choices import EventKind, InvoiceStatus
from billing.models import CreditNote, Invoice, InvoiceEvent, PaymentAllocation, WriteOff
from billing.rules.money import ZERO


class RowKind(TextChoices):
    """What a row is; of one moment they stand in this order."""

    CLAIM = "claim", _("Issued")
    PAYMENT = "payment", _("Payment")
    WRITE_OFF = "write_off", _("Write-off")
    CREDIT_NOTE = "credit_note", _("Credit note")
    REINSTATED = "reinstated", _("Claimed again")
    RELEASE = "release", _("Kept as credit")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Payment reversed")
    VOID = "void", _("Void")


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One row. `amount` is what it adds to the debt, `balance` what was owed after it; below zero: held as a deposit.

    `record` is the document behind it, for a link; `number` is the document's, "" where it has none.
    """

    at: datetime
    kind: RowKind
    number: str
    amount: Decimal
    balance: Decimal
    by: User
    note: str
    method: str
    record: Model | None


class _Row(NamedTuple):
    """A line before its balance is known."""

    at: datetime
    kind: RowKind
    amount: Decimal
    by: User
    number: str = ""
    note: str = ""
    method: str = ""
    record: Model | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        return self.at, list(RowKind).index(self.kind)


def invoice_ledger(invoice: Invoice, events: list[InvoiceEvent]) -> list[LedgerLine]:
    """The rows in the order in which they were entered, the last balance being what remains; three statements.

    `events`: the invoice's history, which knows when it was issued and voided.
    """
    rows = sorted([*_claim(invoice, events), *_money(invoice), *_adjustments(invoice)], key=lambda row: row.order)
    lines: list[LedgerLine] = []
    balance = ZERO
    for row in rows:
        balance += row.amount
        lines.append(_line(row, balance))
    if invoice.status == InvoiceStatus.VOID and balance:
        lines.extend(
            _line(_Row(event.created_at, RowKind.VOID, -balance, event.created_by, note=event.reason), ZERO)
            for event in events
            if event.kind == EventKind.VOIDED
        )
    return lines


def _line(row: _Row, balance: Decimal) -> LedgerLine:
    return LedgerLine(row.at, row.kind, row.number, row.amount, balance, row.by, row.note, row.method, row.record)


def _claim(invoice: Invoice, events: list[InvoiceEvent]) -> Iterator[_Row]:
    for event in events:
        if event.kind == EventKind.ISSUED:
            amount = invoice.total_amount
            yield _Row(event.created_at, RowKind.CLAIM, amount, event.created_by, number=invoice.reg_number)


def _money(invoice: Invoice) -> Iterator[_Row]:
    moved = PaymentAllocation.objects.filter(invoice=invoice)
    for part in moved.select_related("payment", "refund", "reversal", "credit_note", "created_by"):
        kind, record, note = _cause(part)
        yield _Row(
            part.created_at,
            kind,
            -part.amount,
            part.created_by,
            number=part.payment.receipt_number,
            note=note,
            method=(part.refund or part.payment).get_method_display(),
            record=record,
        )


def _cause(part: PaymentAllocation) -> tuple[RowKind, Model, str]:
    """Why money came onto the invoice, or went off it."""
    if part.refund:
        return RowKind.REFUND, part.refund, part.refund.reason
    if part.reversal:
        return RowKind.REVERSAL, part.reversal, part.reversal.reason
    if part.amount < 0:
        note = part.credit_note.reason if part.credit_note else ""
        return RowKind.RELEASE, part.credit_note or part.payment, note
    return RowKind.PAYMENT, part.payment, part.payment.reference


def _adjustments(invoice: Invoice) -> Iterator[_Row]:
    for row in WriteOff.objects.filter(invoice=invoice).select_related("created_by"):
        kind = RowKind.WRITE_OFF if row.reverses_id is None else RowKind.REINSTATED
        yield _Row(row.created_at, kind, -row.amount, row.created_by, note=row.reason, record=row)
    for note in CreditNote.objects.filter(invoice=invoice).select_related("created_by"):
        yield _Row(
            note.created_at,
            RowKind.CREDIT_NOTE,
            -note.total_amount,
            note.created_by,
            number=note.number,
            note=note.reason,
            record=note,
        )
