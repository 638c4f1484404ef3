"""Put a payment's money onto an invoice, and release it again."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Max, Sum

from billing.choices import EventKind, InvoiceStatus
from billing.models import Invoice, Payment, PaymentAllocation
from billing.models.invoice.model import LockedInvoice
from billing.operations.recording import ledger_change
from billing.operations.write_offs import reverse_write_offs
from billing.rules.lifecycle import Verb, check_verb
from billing.rules.settlement import settle_payment
from clinic.db.bulk import bulk_insert
from clinic.db.compiled import CompiledQuery

AllocatedPart = tuple[UUID, Decimal]
"""The id of a payment, and the amount of it that is allocated to an invoice."""

_ALLOCATED = CompiledQuery(
    lambda invoice_id: (
        PaymentAllocation.objects.filter(invoice_id=invoice_id)
        .values_list("payment_id")
        .annotate(allocated=Sum("amount"), received=Max("payment__created_at"))
        .filter(allocated__gt=0)
        .order_by("-received", "payment_id")
    )
)


def allocate(
    invoice: LockedInvoice, payment: Payment, amount: Decimal, kind: EventKind, *, by: User, at: datetime
) -> PaymentAllocation:
    """Put an amount of a payment onto an invoice: onto what remains, then back onto write-offs, newest first.

    Overpayment beyond both.
    """
    check_verb(Verb.PAY, InvoiceStatus(invoice.status))
    reversed_amount = settle_payment(**invoice.amounts(), amount=amount)
    allocation = PaymentAllocation.create(payment=payment, invoice=invoice, amount=amount, by=by, at=at)
    with ledger_change(invoice, kind, by=by, at=at) as cause:
        cause["payment_id"] = payment.pk
        invoice.paid_amount += amount
        reverse_write_offs(invoice, reversed_amount, reason=f"Paid: {payment.receipt_number}", by=by, at=at)
    return allocation


def allocated_parts(invoice: Invoice) -> list[AllocatedPart]:
    """Return what is allocated to the invoice of each payment, the latest payment first."""
    return [(payment_id, amount) for payment_id, amount, _ in _ALLOCATED.all(invoice.pk)]


def release(invoice: LockedInvoice, parts: Iterable[AllocatedPart], *, by: User, at: datetime, **document: Any) -> None:
    """Take parts of payments off an invoice, in the ledger and in memory.

    `document` is the row that releases them: `refund`, `credit_note_id` or `reversal`.
    """
    rows = [
        PaymentAllocation.build(payment_id=key, invoice=invoice, amount=-amount, by=by, at=at, **document)
        for key, amount in parts
    ]
    bulk_insert(rows)
    invoice.paid_amount += sum((row.amount for row in rows), Decimal(0))


def was_money_released(invoice: Invoice) -> bool:
    """Return True if money was ever taken off the invoice: by a refund, a reversal or a credit note."""
    return PaymentAllocation.objects.filter(invoice_id=invoice.pk, amount__lt=0).exists()
