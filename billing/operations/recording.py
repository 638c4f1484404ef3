"""Record what an operation did: the event of an invoice, and the end that all changes of its amounts share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from billing.choices import EventKind, InvoiceStatus
from billing.models import Invoice, InvoiceEvent
from billing.models.invoice.model import SETTLEMENT_COLUMNS, LockedInvoice
from billing.rules.settlement import settled_status


@contextmanager
def ledger_change(
    invoice: LockedInvoice,
    kind: EventKind,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    save: bool = True,
) -> Iterator[dict[str, UUID]]:
    """Store a change of the amounts of a locked invoice, which the block makes in memory and in the ledger.

    At the end of the block: the status that follows from the amounts (unless the invoice is a draft or void), the
    event with every sum that differs from before, and the row. The block names the ledger row that caused the change
    in the dict that it is given, as {"payment_id": its id}. With `save=False` the caller saves, after what has to be
    written between the event and the row. Nothing is recorded when the block fails.
    """
    sums_before, status_before = invoice.ledger_sums(), invoice.status
    cause: dict[str, UUID] = {}
    yield cause
    if invoice.status not in (InvoiceStatus.DRAFT, InvoiceStatus.VOID):
        invoice.change_status(settled_status(**invoice.amounts()))
    changes: dict[str, Any] = {
        name: [str(sums_before[name]), str(amount)]
        for name, amount in invoice.ledger_sums().items()
        if amount != sums_before[name]
    }
    if invoice.status != status_before:
        changes["status"] = [status_before, invoice.status]
    for name, key in cause.items():
        changes[name] = [None, str(key)]
    record_event(invoice, kind, by=by, at=at, reason=reason, changes=changes)
    if save:
        invoice.save(at=at, update_fields=SETTLEMENT_COLUMNS)


def record_event(
    invoice: Invoice,
    kind: EventKind,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    changes: Mapping[str, Any],
    saved: bool = False,
) -> None:
    """Store the event of a change that the next `save()` of the invoice stores, or that the last one stored (`saved`).

    `changes` maps each field to [from, to].
    """
    InvoiceEvent.create(
        invoice=invoice,
        kind=kind,
        version=invoice.version if saved else invoice.version + 1,
        status=invoice.status,
        reason=reason,
        changes=dict(changes),
        by=by,
        at=at,
    )
