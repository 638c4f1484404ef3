"""The printed slip of a refund: who got how much, how and why, as it was stored with the refund."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from billing.documents.invoice import PatientDetails, named, patient_details
from billing.models import Refund
from billing.models.invoice.payer import Payer


@dataclass(frozen=True, slots=True)
class RefundSlip:
    """The contents of a slip; `invoice_number` is empty where a patient's credit was refunded."""

    at: datetime
    amount: Decimal
    currency: str
    method: str
    reference: str
    reason: str
    invoice_number: str
    clinic: Payer
    patient: PatientDetails
    payer: Payer
    author: str

    @classmethod
    def of(cls, refund: Refund) -> Self:
        """Return the slip of a refund whose invoice is loaded."""
        stored = refund.particulars
        return cls(
            at=refund.created_at,
            amount=refund.amount,
            currency=refund.currency,
            method=str(refund.get_method_display()),
            reference=refund.reference,
            reason=refund.reason,
            invoice_number=refund.invoice.reg_number if refund.invoice else "",
            clinic=named(stored["clinic"]),
            patient=patient_details(stored["patient"]),
            payer=named(stored["payer"]),
            author=stored["author"],
        )
