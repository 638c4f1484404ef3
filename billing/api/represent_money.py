"""The one way in which money leaves: payments, their movements, refunds and credit notes; dicts, written by hand."""

from decimal import Decimal
from typing import Any

from django.db.models import F, Prefetch, QuerySet

from billing.models import CreditNote, CreditNoteLine, Payment, PaymentAllocation, Refund
from clinic.json_values import moment_out

Wire = dict[str, Any]

# The payment that reverses a row, as an annotation: asking the row itself would cost a statement each.
REVERSAL = "reversed_by_id"


def payments_to_show() -> QuerySet[Payment]:
    """All payments with what `payment_out` needs: two statements for any number."""
    parts = (
        PaymentAllocation.objects.filter(invoice__isnull=False)
        .select_related("invoice")
        .only("payment", "amount", "created_at", "invoice__reg_number")
    )
    to_prefetch = Prefetch("allocations", queryset=parts, to_attr="parts")
    told = Payment.objects.with_unallocated().select_related("created_by").annotate(**{REVERSAL: F("reversed_by__pk")})
    return told.prefetch_related(to_prefetch)  # type: ignore[no-redef]  # the row declares the attribute


def payment_out(payment: Payment, *, with_drafts: bool = True) -> Wire:
    """A payment of `payments_to_show`, or one that just came in, as it leaves, with what each invoice (a draft, too)
    holds of it now."""
    parts = payment.parts
    return {
        "id": payment.pk,
        "receipt_number": payment.receipt_number,
        "patient_id": payment.patient_id,
        "amount": payment.amount,
        "method": payment.method,
        "reference": payment.reference,
        "received_at": moment_out(payment.received_at),
        "tendered": payment.tendered,
        "change_amount": payment.change_amount,
        "reverses_id": payment.reverses_id,
        "reversed_by_id": payment.reversed_by_id,
        "reason": payment.reason,
        "currency": payment.currency,
        "unallocated_amount": payment.unallocated,
        "allocations": _held(
            parts if with_drafts else [part for part in parts if part.invoice and part.invoice.is_issued]
        ),
        "created_at": moment_out(payment.created_at),
        "created_by": payment.created_by.get_username(),
    }


def _held(parts: list[PaymentAllocation]) -> list[Wire]:
    """What each invoice holds, of the movements on and off it; nothing for one that holds nothing any more."""
    held: dict[Any, Wire] = {}
    for part in parts:
        invoice = part.invoice
        if invoice is not None:
            fresh = {"invoice_id": invoice.pk, "reg_number": invoice.reg_number, "amount": Decimal("0.00")}
            held.setdefault(invoice.pk, fresh)["amount"] += part.amount
    return [share for share in held.values() if share["amount"]]


def movement_out(part: PaymentAllocation) -> Wire:
    """Money that went onto an invoice, or, negative, off it again, and by which document."""
    return {
        "id": part.pk,
        "kind": _kind_of(part),
        "amount": part.amount,
        "payment_id": part.payment_id,
        "receipt_number": part.payment.receipt_number,
        "method": part.refund.method if part.refund else part.payment.method,
        "reference": part.refund.reference if part.refund else part.payment.reference,
        "received_at": moment_out(part.payment.received_at),
        "refund_id": part.refund_id,
        "credit_note_id": part.credit_note_id,
        "reversal_id": part.reversal_id,
        "created_at": moment_out(part.created_at),
        "created_by": part.created_by.get_username(),
    }


def _kind_of(part: PaymentAllocation) -> str:
    """Why the money moved: `release` is what a void left as the patient's credit."""
    if part.refund_id:
        return "refund"
    if part.credit_note_id:
        return "credit_note"
    if part.reversal_id:
        return "reversal"
    return "payment" if part.amount > 0 else "release"


def refund_out(refund: Refund) -> Wire:
    """A refund as it leaves."""
    return {
        "id": refund.pk,
        "patient_id": refund.patient_id,
        "invoice_id": refund.invoice_id,
        "amount": refund.amount,
        "method": refund.method,
        "reason": refund.reason,
        "reference": refund.reference,
        "currency": refund.currency,
        "created_at": moment_out(refund.created_at),
        "created_by": refund.created_by.get_username(),
    }


def credit_note_out(note: CreditNote) -> Wire:
    """A credit note as it leaves, with what it gives back of each item."""
    return {
        "id": note.pk,
        "number": note.number,
        "invoice_id": note.invoice_id,
        "reason": note.reason,
        "items": [_credited_out(line) for line in note.lines.all()],
        "tax_amount": note.tax_amount,
        "total_amount": note.total_amount,
        "currency": note.currency,
        "created_at": moment_out(note.created_at),
        "created_by": note.created_by.get_username(),
    }


def _credited_out(line: CreditNoteLine) -> Wire:
    return {
        "id": line.item_id,
        "description": line.item.description,
        "quantity": line.quantity,
        "tax_amount": line.tax_amount,
        "total_amount": line.total_amount,
    }
