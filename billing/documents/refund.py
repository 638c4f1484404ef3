"""The printed slip of a refund: who got how much, how and why, as it was stored with the refund."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from billing.choices import EventKind
from billing.documents.invoice import PatientDetails, named, patient_details
from billing.models import Refund
from billing.models.invoice.payer import Payer


@dataclass(frozen=True, slots=True)
class RefundSlip:
    """The contents of a slip; `invoice_number` is empty where a deposit or a patient's credit was refunded."""

    at: datetime
    amount: Decimal
    currency: str
    method: str
    reference: str
    reason: str
    invoice_number: str
    is_deposit: bool
    clinic: Payer
    patient: PatientDetails
    payer: Payer
    author: str

    @classmethod
    def of(cls, refund: Refund) -> Self:
        """Return the slip of a refund whose invoice is loaded; one query, which tells whether it was a draft then."""
        stored, invoice = refund.particulars, refund.invoice
        was_issued = (
            invoice is not None
            and invoice.events.filter(kind=EventKind.ISSUED, created_at__lte=refund.created_at).exists()
        )
        return cls(
            at=refund.created_at,
            amount=refund.amount,
            currency=refund.currency,
            method=str(refund.get_method_display()),
            reference=refund.reference,
            reason=refund.reason,
            invoice_number=invoice.reg_number if invoice and was_issued else "",
            is_deposit=invoice is not None and not was_issued,
            clinic=named(stored["clinic"]),
            patient=patient_details(stored["patient"]),
            payer=named(stored["payer"]),
            author=stored["author"],
        )
