"""Write off what remains of an invoice, in whole or in part, and reinstate what was written off."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import User

from billing.choices import EventKind, InvoiceStatus
from billing.models import BooksClosing, Invoice, WriteOff
from billing.models.invoice.model import LockedInvoice
from billing.operations.recording import ledger_change
from billing.roles import REINSTATE, WRITE_OFF
from billing.rules.lifecycle import MoveNotAllowed, Verb, check_verb
from billing.rules.limits import REASON_LENGTH
from billing.rules.reasons import check_reason
from billing.rules.settlement import settle_write_off, take_newest_first
from clinic.db.bulk import bulk_insert
from clinic.db.transactions import atomic
from clinic.domain.dates import local_date
from clinic.domain.permissions import check_permission


@atomic
def write_off(
    invoice: Invoice,
    *,
    reason: str,
    by: User,
    at: datetime,
    amount: Decimal | None = None,
    batch_id: UUID | None = None,
) -> WriteOff:
    """Write off what remains, or `amount` of it; total and paid amount stay. OverWriteOff."""
    check_permission(by, WRITE_OFF)
    locked = invoice.lock()
    check_verb(Verb.WRITE_OFF, InvoiceStatus(locked.status))
    BooksClosing.objects.check_open(local_date(at), what="a write-off")
    return write_off_locked(locked, reason=reason, by=by, at=at, amount=amount, batch_id=batch_id)


def write_off_locked(
    invoice: LockedInvoice,
    *,
    reason: str,
    by: User,
    at: datetime,
    amount: Decimal | None = None,
    batch_id: UUID | None = None,
) -> WriteOff:
    """Write off a locked invoice; the caller has checked the permission, the status and the closing date."""
    check_reason(reason, what="A write-off")
    written_off = settle_write_off(**invoice.amounts(), amount=amount)
    row = WriteOff.create(invoice=invoice, amount=written_off, reason=reason, batch_id=batch_id, by=by, at=at)
    with ledger_change(invoice, EventKind.WRITTEN_OFF, by=by, at=at, reason=reason):
        invoice.written_off_amount += written_off
    return row


@atomic
def reinstate(invoice: Invoice, *, reason: str, by: User, at: datetime) -> None:
    """Reverse the write-offs of an invoice: what was written off is owed again."""
    check_permission(by, REINSTATE)
    locked = invoice.lock()
    check_verb(Verb.REINSTATE, InvoiceStatus(locked.status))
    if locked.written_off_amount == 0:
        raise MoveNotAllowed("The invoice has no write-off to reinstate.", allowed=[InvoiceStatus(locked.status)])
    BooksClosing.objects.check_open(local_date(at), what="a reinstatement")
    check_reason(reason, what="A reinstatement")
    with ledger_change(locked, EventKind.REINSTATED, by=by, at=at, reason=reason):
        reverse_write_offs(locked, locked.written_off_amount, reason=reason, by=by, at=at)


def reverse_write_offs(invoice: LockedInvoice, amount: Decimal, *, reason: str, by: User, at: datetime) -> None:
    """Reverse an amount of the write-offs, newest first, in the ledger and in memory."""
    if not amount:
        return
    rows = WriteOff.objects.filter(invoice_id=invoice.pk).order_by("-created_at", "pk")
    open_parts = {row.pk: row.amount for row in rows if row.reverses_id is None}
    for row in rows:
        if row.reverses_id is not None:
            open_parts[row.reverses_id] += row.amount
    parts = take_newest_first([(key, part) for key, part in open_parts.items() if part > 0], amount)
    bulk_insert(
        [
            WriteOff.build(invoice=invoice, amount=-part, reverses_id=key, reason=reason[:REASON_LENGTH], by=by, at=at)
            for key, part in parts
        ]
    )
    invoice.written_off_amount -= amount
