"""Columns of the exported lists of payments, refunds, credit notes and write-offs."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.admin.exports import Column, Export, day
from billing.models.invoice.queryset import LONG_COLUMNS


def _author(record: Any) -> str:
    return record.created_by.get_full_name() or record.created_by.get_username()  # type: ignore[no-any-return]


AUTHOR = Column(_("By"), _author)
CURRENCY = Column(_("Currency"), lambda record: record.currency)
DATE = Column(_("Date"), lambda record: day(record.created_at))
REASON = Column(_("Reason"), lambda record: record.reason)
OF_PATIENT = (
    Column(_("Record number"), lambda record: record.patient.record_number),
    Column(_("Patient"), lambda record: record.patient.full_name),
)
OF_INVOICE = (
    Column(_("Invoice"), lambda record: record.invoice.reg_number),
    Column(_("Record number"), lambda record: record.invoice.patient.record_number),
    Column(_("Patient"), lambda record: record.invoice.patient.full_name),
    Column(_("Payer"), lambda record: record.invoice.payer.name),
)
DEFERRED = ("search_text", *(f"invoice__{name}" for name in LONG_COLUMNS))

PAYMENT_EXPORT = Export(
    "payments",
    _("Payments"),
    (
        Column(_("Receipt"), lambda payment: payment.receipt_number),
        Column(_("Received"), lambda payment: day(payment.received_at)),
        *OF_PATIENT,
        CURRENCY,
        Column(_("Amount"), lambda payment: payment.amount),
        Column(_("Credit left"), lambda payment: payment.unallocated),
        Column(_("Method"), lambda payment: str(payment.get_method_display())),
        Column(_("Reference"), lambda payment: payment.reference),
        Column(_("Reverses"), lambda payment: payment.reverses.receipt_number if payment.reverses else ""),
        REASON,
        AUTHOR,
    ),
    newest="received_at",
    related=("patient", "reverses", "created_by"),
    deferred=("search_text",),
)
REFUND_EXPORT = Export(
    "refunds",
    _("Refunds"),
    (
        DATE,
        *OF_PATIENT,
        Column(_("Invoice"), lambda refund: refund.invoice.reg_number if refund.invoice else ""),
        CURRENCY,
        Column(_("Amount"), lambda refund: refund.amount),
        Column(_("Method"), lambda refund: str(refund.get_method_display())),
        Column(_("Reference"), lambda refund: refund.reference),
        REASON,
        AUTHOR,
    ),
    related=("patient", "invoice", "created_by"),
    deferred=DEFERRED,
)
CREDIT_NOTE_EXPORT = Export(
    "credit-notes",
    _("Credit notes"),
    (
        Column(_("Number"), lambda note: note.number),
        DATE,
        *OF_INVOICE,
        CURRENCY,
        Column(_("Net"), lambda note: note.total_amount - note.tax_amount),
        Column(_("Tax"), lambda note: note.tax_amount),
        Column(_("Total"), lambda note: note.total_amount),
        REASON,
        AUTHOR,
    ),
    related=("invoice__patient", "created_by"),
    deferred=DEFERRED,
)
WRITE_OFF_EXPORT = Export(
    "write-offs",
    _("Write-offs"),
    (
        DATE,
        *OF_INVOICE,
        Column(_("Currency"), lambda write_off: write_off.invoice.currency),
        Column(_("Amount"), lambda write_off: write_off.amount),
        REASON,
        Column(_("Batch"), lambda write_off: str(write_off.batch_id or "")),
        AUTHOR,
    ),
    related=("invoice__patient", "created_by"),
    deferred=DEFERRED,
)
