"""The printed invoice: its texts and figures. Those of patient and clinic are fixed when the invoice is issued."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from billing.choices import InvoiceStatus
from billing.models import Invoice, InvoiceItem
from billing.models.invoice.payer import Payer
from billing.operations.names_on_documents import Particulars, clinic_of_invoice, patient_of_invoice
from billing.rules.totals import TaxLine
from clinic.domain.dates import local_date


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """The patient as printed on the invoice."""

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
    practitioner: str
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
        """Return the document of an invoice whose patient and appointment are loaded. One query, for the items."""
        return cls(
            number=invoice.reg_number,
            status=InvoiceStatus(invoice.status),
            is_fully_credited=invoice.is_fully_credited,
            issue_day=invoice.issue_date and local_date(invoice.issue_date),
            due_day=invoice.due_date and local_date(invoice.due_date),
            clinic=named(clinic_of_invoice(invoice)),
            patient=patient_details(patient_of_invoice(invoice)),
            payer=invoice.payer,
            practitioner=invoice.appointment.practitioner if invoice.appointment else "",
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


def named(stored: Particulars) -> Payer:
    """Return the name and address of particulars: of a payer, or of the clinic."""
    return Payer(stored["name"], stored["address"])


def patient_details(stored: Particulars) -> PatientDetails:
    """Return the patient as printed, from the particulars of a patient."""
    born = stored["birth_date"]
    return PatientDetails(
        stored["record_number"], stored["name"], date.fromisoformat(born) if born else None, stored["address"]
    )
