"""Response bodies of payments, their allocations, refunds and credit notes: plain dicts, for speed."""

from decimal import Decimal
from typing import Any

from django.db.models import F, Prefetch

from billing.api.response_schemas import CreditedItemShape, CreditNoteShape, MovementShape, PaymentShape, RefundShape
from billing.models import CreditNote, Payment, PaymentAllocation, Refund
from billing.models.payment import PaymentQuerySet
from clinic.api.responses.representation import represent
from clinic.json_values import JsonObject

# Annotation of the payment that reverses a row: following the relation would cost a statement per row.
REVERSAL = "reversed_by_id"


def payments_with_allocations() -> PaymentQuerySet:
    """Return all payments with what `represent_payment` needs, in two statements."""
    parts = (
        PaymentAllocation.objects.filter(invoice__isnull=False)
        .select_related("invoice")
        .only("payment", "amount", "created_at", "invoice__reg_number")
    )
    to_prefetch = Prefetch("allocations", queryset=parts, to_attr="parts")
    rows = Payment.objects.with_unallocated().select_related("created_by").annotate(**{REVERSAL: F("reversed_by__pk")})
    return rows.prefetch_related(to_prefetch)  # type: ignore[no-redef]  # the row declares the attribute


def represent_payment(payment: Payment, *, with_drafts: bool = True) -> JsonObject:
    """Return the response body of a payment, with the sum that is allocated to each invoice.

    The payment comes from `payments_with_allocations`, or was just created. `with_drafts`: allocations to drafts, too.
    """
    parts = (
        payment.parts if with_drafts else [each for each in payment.parts if each.invoice and each.invoice.is_issued]
    )
    return represent(
        payment,
        PaymentShape,
        unallocated_amount=payment.unallocated,
        allocations=_allocated(parts),
        created_by=payment.created_by.get_username(),
    )


def _allocated(parts: list[PaymentAllocation]) -> list[JsonObject]:
    """Return the allocated sum of each invoice; an invoice whose allocations add up to zero is left out."""
    sums: dict[Any, JsonObject] = {}
    for part in parts:
        invoice = part.invoice
        if invoice is not None:
            zero = {"invoice_id": invoice.pk, "reg_number": invoice.reg_number, "amount": Decimal("0.00")}
            sums.setdefault(invoice.pk, zero)["amount"] += part.amount
    return [allocated for allocated in sums.values() if allocated["amount"]]


def represent_movement(part: PaymentAllocation) -> JsonObject:
    """Return the response body of an allocation to an invoice (negative: money taken off it), and its cause."""
    origin = part.refund or part.payment
    return represent(
        part,
        MovementShape,
        kind=_kind_of(part),
        receipt_number=part.payment.receipt_number,
        method=origin.method,
        reference=origin.reference,
        received_at=part.payment.received_at,
        created_by=part.created_by.get_username(),
    )


def _kind_of(part: PaymentAllocation) -> str:
    """Return the reason for a movement; `release`: a void left the money as the patient's credit."""
    if part.refund_id:
        return "refund"
    if part.credit_note_id:
        return "credit_note"
    if part.reversal_id:
        return "reversal"
    return "payment" if part.amount > 0 else "release"


def represent_refund(refund: Refund) -> JsonObject:
    """Return the response body of a refund."""
    return represent(refund, RefundShape, created_by=refund.created_by.get_username())


def represent_credit_note(note: CreditNote) -> JsonObject:
    """Return the response body of a credit note, with the credited part of each item."""
    items = [
        represent(line, CreditedItemShape, id=line.item_id, description=line.item.description)
        for line in note.lines.all()
    ]
    return represent(note, CreditNoteShape, items=items, created_by=note.created_by.get_username())
