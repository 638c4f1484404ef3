"""The printed slip of a refund: who got how much, how and why."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from billing.documents.invoice import PatientDetails, clinic_details, current_patient_details, patient_details
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
        """Return the slip of a refund whose patient, invoice and author are loaded."""
        invoice, author = refund.invoice, refund.created_by
        patient = patient_details(invoice) if invoice else current_patient_details(refund.patient)
        return cls(
            at=refund.created_at,
            amount=refund.amount,
            currency=refund.currency,
            method=str(refund.get_method_display()),
            reference=refund.reference,
            reason=refund.reason,
            invoice_number=invoice.reg_number if invoice else "",
            clinic=clinic_details(invoice),
            patient=patient,
            payer=invoice.payer if invoice else Payer(patient.name, patient.address),
            author=author.get_full_name() or author.get_username(),
        )
