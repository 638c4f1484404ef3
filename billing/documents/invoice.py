"""The printed invoice: its texts and figures. Those of patient and clinic are fixed when the invoice is issued."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self
from uuid import UUID

from django.conf import settings

from billing.choices import InvoiceStatus
from billing.models import Invoice, InvoiceItem
from billing.models.invoice.payer import Payer
from billing.rules.totals import TaxLine
from clinic.domain.dates import local_date
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """The patient as printed on the invoice."""

    id: UUID
    record_number: str
    name: str
    birth_date: date | None
    address: str


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """The contents of a printed invoice. All values are stored; no amount is rounded here."""

    number: str
    status: InvoiceStatus
    is_fully_credited: bool
    issue_day: date | None
    due_day: date | None
    clinic: Payer
    patient: PatientDetails
    payer: Payer
    items: tuple[InvoiceItem, ...]
    subtotal: Decimal
    discount_percent: Decimal
    discount_amount: Decimal
    discount_total: Decimal
    taxes: tuple[TaxLine, ...]
    tax_amount: Decimal
    total: Decimal
    paid: Decimal
    credited: Decimal
    written_off: Decimal
    remaining: Decimal
    currency: str
    notes: str

    @classmethod
    def of(cls, invoice: Invoice) -> Self:
        """Return the document of an invoice whose patient is loaded. Runs one query, for the items."""
        return cls(
            number=invoice.reg_number,
            status=InvoiceStatus(invoice.status),
            is_fully_credited=invoice.is_fully_credited,
            issue_day=invoice.issue_date and local_date(invoice.issue_date),
            due_day=invoice.due_date and local_date(invoice.due_date),
            clinic=clinic_details(invoice),
            patient=patient_details(invoice),
            payer=invoice.payer,
            items=tuple(invoice.ordered_items),
            subtotal=invoice.subtotal,
            discount_percent=invoice.discount_percent,
            discount_amount=invoice.discount_amount,
            discount_total=invoice.discount_total,
            taxes=tuple(invoice.tax_lines),
            tax_amount=invoice.tax_amount,
            total=invoice.total_amount,
            paid=invoice.paid_amount,
            credited=invoice.credited_amount,
            written_off=invoice.written_off_amount,
            remaining=invoice.remaining_amount,
            currency=invoice.currency,
            notes=invoice.notes,
        )

    @property
    def percent_discount(self) -> Decimal:
        """The part of the discount that the percentage makes."""
        return self.discount_total - self.discount_amount

    @property
    def nonzero_taxes(self) -> list[TaxLine]:
        """The tax lines with a rate above zero."""
        return [tax for tax in self.taxes if tax.rate]

    @property
    def is_payer_the_patient(self) -> bool:
        """True if nobody else pays."""
        return self.payer == Payer(self.patient.name, self.patient.address)


def clinic_details(invoice: Invoice | None) -> Payer:
    """Return the clinic as an issued invoice froze it, or else as it is now."""
    stored = invoice.particulars.get("clinic") if invoice else None
    return Payer(stored["name"], stored["address"]) if stored else Payer(settings.CLINIC_NAME, settings.CLINIC_ADDRESS)


def patient_details(invoice: Invoice) -> PatientDetails:
    """Return the patient as an issued invoice froze it, or else as it is now."""
    patient, stored = invoice.patient, invoice.particulars.get("patient")
    if not stored:
        return current_patient_details(patient)
    birth_date = stored["birth_date"]
    return PatientDetails(
        patient.pk,
        stored["record_number"],
        stored["name"],
        date.fromisoformat(birth_date) if birth_date else None,
        stored["address"],
    )


def current_patient_details(patient: Patient) -> PatientDetails:
    """Return a patient as it is now."""
    return PatientDetails(patient.pk, patient.record_number, patient.full_name, patient.birth_date, patient.address)
