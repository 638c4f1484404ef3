"""The printed credit note: what it credits of an issued invoice, with the patient and the payer of that invoice."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from billing.documents.invoice import PatientDetails, named, patient_details
from billing.models import CreditNote, CreditNoteLine
from billing.models.invoice.payer import Payer
from billing.operations.names_on_documents import clinic_of_invoice, patient_of_invoice
from billing.rules.money import ZERO
from billing.rules.totals import TaxLine
from clinic.domain.dates import local_date


@dataclass(frozen=True, slots=True)
class CreditedItem:
    """The credited part of an item; without a quantity, an amount was credited."""

    line: CreditNoteLine

    @property
    def net(self) -> Decimal:
        return self.line.total_amount - self.line.tax_amount


@dataclass(frozen=True, slots=True)
class CreditNoteDocument:
    """The contents of a printed credit note. All amounts are stored, or sums of stored ones."""

    number: str
    day: date
    reason: str
    invoice_number: str
    invoice_day: date | None
    clinic: Payer
    patient: PatientDetails
    payer: Payer
    items: tuple[CreditedItem, ...]
    taxes: tuple[TaxLine, ...]
    net: Decimal
    total: Decimal
    currency: str

    @classmethod
    def of(cls, note: CreditNote) -> Self:
        """Return the document of a credit note whose invoice and patient are loaded; one query, for its lines."""
        invoice = note.invoice
        items = tuple(CreditedItem(line) for line in note.lines.select_related("item"))
        return cls(
            number=note.number,
            day=local_date(note.created_at),
            reason=note.reason,
            invoice_number=invoice.reg_number,
            invoice_day=invoice.issue_date and local_date(invoice.issue_date),
            clinic=named(clinic_of_invoice(invoice)),
            patient=patient_details(patient_of_invoice(invoice)),
            payer=invoice.payer,
            items=items,
            taxes=tuple(_taxes(items)),
            net=note.total_amount - note.tax_amount,
            total=note.total_amount,
            currency=note.currency,
        )


def _taxes(items: tuple[CreditedItem, ...]) -> list[TaxLine]:
    """Return the tax of each rate above zero, by rate."""
    nets: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    taxes: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for each in items:
        nets[each.line.item.tax_rate] += each.net
        taxes[each.line.item.tax_rate] += each.line.tax_amount
    return [TaxLine(rate, nets[rate], taxes[rate]) for rate in sorted(nets) if rate]
