"""Response bodies of payments, their allocations, refunds and credit notes: plain dicts, for speed."""

from decimal import Decimal
from typing import Any

from django.db.models import F, Prefetch, QuerySet

from billing.models import CreditNote, CreditNoteLine, Payment, PaymentAllocation, Refund
from clinic.json_values import encode_datetime

Wire = dict[str, Any]

# Annotation of the payment that reverses a row: following the relation would cost a statement per row.
REVERSAL = "reversed_by_id"


def payments_with_allocations() -> QuerySet[Payment]:
    """Return all payments with what `represent_payment` needs, in two statements."""
    parts = (
        PaymentAllocation.objects.filter(invoice__isnull=False)
        .select_related("invoice")
        .only("payment", "amount", "created_at", "invoice__reg_number")
    )
    to_prefetch = Prefetch("allocations", queryset=parts, to_attr="parts")
    rows = Payment.objects.with_unallocated().select_related("created_by").annotate(**{REVERSAL: F("reversed_by__pk")})
    return rows.prefetch_related(to_prefetch)  # type: ignore[no-redef]  # the row declares the attribute


def represent_payment(payment: Payment, *, with_drafts: bool = True) -> Wire:
    """Return the response body of a payment, with the sum that is allocated to each invoice.

    The payment comes from `payments_with_allocations`, or was just created. `with_drafts`: allocations to drafts, too.
    """
    parts = payment.parts
    return {
        "id": payment.pk,
        "receipt_number": payment.receipt_number,
        "patient_id": payment.patient_id,
        "amount": payment.amount,
        "method": payment.method,
        "reference": payment.reference,
        "received_at": encode_datetime(payment.received_at),
        "tendered": payment.tendered,
        "change_amount": payment.change_amount,
        "reverses_id": payment.reverses_id,
        "reversed_by_id": payment.reversed_by_id,
        "reason": payment.reason,
        "currency": payment.currency,
        "unallocated_amount": payment.unallocated,
        "allocations": _allocated(
            parts if with_drafts else [part for part in parts if part.invoice and part.invoice.is_issued]
        ),
        "created_at": encode_datetime(payment.created_at),
        "created_by": payment.created_by.get_username(),
    }


def _allocated(parts: list[PaymentAllocation]) -> list[Wire]:
    """Return the allocated sum of each invoice; an invoice whose allocations add up to zero is left out."""
    sums: dict[Any, Wire] = {}
    for part in parts:
        invoice = part.invoice
        if invoice is not None:
            zero = {"invoice_id": invoice.pk, "reg_number": invoice.reg_number, "amount": Decimal("0.00")}
            sums.setdefault(invoice.pk, zero)["amount"] += part.amount
    return [allocated for allocated in sums.values() if allocated["amount"]]


def represent_movement(part: PaymentAllocation) -> Wire:
    """Return the response body of an allocation to an invoice (negative: money taken off it), and its cause."""
    return {
        "id": part.pk,
        "kind": _kind_of(part),
        "amount": part.amount,
        "payment_id": part.payment_id,
        "receipt_number": part.payment.receipt_number,
        "method": part.refund.method if part.refund else part.payment.method,
        "reference": part.refund.reference if part.refund else part.payment.reference,
        "received_at": encode_datetime(part.payment.received_at),
        "refund_id": part.refund_id,
        "credit_note_id": part.credit_note_id,
        "reversal_id": part.reversal_id,
        "created_at": encode_datetime(part.created_at),
        "created_by": part.created_by.get_username(),
    }


def _kind_of(part: PaymentAllocation) -> str:
    """Return the reason for a movement; `release`: a void left the money as the patient's credit."""
    if part.refund_id:
        return "refund"
    if part.credit_note_id:
        return "credit_note"
    if part.reversal_id:
        return "reversal"
    return "payment" if part.amount > 0 else "release"


def represent_refund(refund: Refund) -> Wire:
    """Return the response body of a refund."""
    return {
        "id": refund.pk,
        "patient_id": refund.patient_id,
        "invoice_id": refund.invoice_id,
        "amount": refund.amount,
        "method": refund.method,
        "reason": refund.reason,
        "reference": refund.reference,
        "currency": refund.currency,
        "created_at": encode_datetime(refund.created_at),
        "created_by": refund.created_by.get_username(),
    }


def represent_credit_note(note: CreditNote) -> Wire:
    """Return the response body of a credit note, with the credited part of each item."""
    return {
        "id": note.pk,
        "number": note.number,
        "invoice_id": note.invoice_id,
        "reason": note.reason,
        "items": [_represent_line(line) for line in note.lines.all()],
        "tax_amount": note.tax_amount,
        "total_amount": note.total_amount,
        "currency": note.currency,
        "created_at": encode_datetime(note.created_at),
        "created_by": note.created_by.get_username(),
    }


def _represent_line(line: CreditNoteLine) -> Wire:
    return {
        "id": line.item_id,
        "description": line.item.description,
        "quantity": line.quantity,
        "tax_amount": line.tax_amount,
        "total_amount": line.total_amount,
    }
