"""Void an invoice, and dispose of the money paid on it."""

from datetime import datetime
from typing import Literal

from django.contrib.auth.models import User

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models import Invoice
from billing.operations.allocations import allocated_parts, release
from billing.operations.operation_checks import check_can_void
from billing.operations.recording import ledger_change
from billing.operations.refunds import pay_out
from billing.operations.write_offs import reverse_write_offs
from billing.roles import REFUND, VOID
from billing.rules.reasons import check_reason
from clinic.db.transactions import atomic
from clinic.domain.permissions import check_permission

ReleaseTo = Literal["credit", "refund"]


@atomic
def void(
    invoice: Invoice,
    *,
    reason: str,
    by: User,
    at: datetime,
    release_to: ReleaseTo | None = None,
    method: PaymentMethod = PaymentMethod.UNSPECIFIED,
) -> None:
    """Cancel an invoice; it keeps its number and its amounts. `release_to`: what happens to money paid on it.

    MoveNotAllowed, InvoiceHasAdjustments, or InvoiceHasPayments when the call does not say what happens to the money;
    VoidNeedsSupervisor.
    """
    check_permission(by, VOID, *([REFUND] if release_to == "refund" else []))
    locked = invoice.lock()
    check_can_void(locked, by=by, at=at, handles_payments=release_to is not None, reason=reason)
    with ledger_change(locked, EventKind.VOIDED, by=by, at=at, reason=reason):
        if locked.paid_amount and release_to == "refund":
            check_reason(reason, what="A refund")
            pay_out(locked, locked.paid_amount, method=method, reason=reason, by=by, at=at)
        elif locked.paid_amount:
            release(locked, allocated_parts(locked), by=by, at=at)
        reverse_write_offs(locked, locked.written_off_amount, reason=reason, by=by, at=at)
        locked.change_status(InvoiceStatus.VOID)
