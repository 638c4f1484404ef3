"""Columns of the exported list of invoices."""

from django.utils.translation import gettext_lazy as _

from billing.admin.exports import Column, Export, day
from billing.models import Invoice
from billing.models.invoice.queryset import LONG_COLUMNS

INVOICE_EXPORT = Export(
    "invoices",
    _("Invoices"),
    (
        Column(_("Number"), lambda invoice: invoice.reg_number),
        Column(_("Status"), lambda invoice: str(invoice.status_label)),
        Column(_("Record number"), lambda invoice: invoice.patient.record_number),
        Column(_("Patient"), lambda invoice: invoice.patient.full_name),
        Column(_("Payer"), lambda invoice: invoice.payer.name),
        Column(_("Created"), lambda invoice: day(invoice.created_at)),
        Column(_("Issued"), lambda invoice: day(invoice.issue_date)),
        Column(_("Due"), lambda invoice: day(invoice.due_date)),
        Column(_("Days overdue"), Invoice.days_overdue),
        Column(_("Currency"), lambda invoice: invoice.currency),
        Column(_("Net"), lambda invoice: invoice.total_amount - invoice.tax_amount),
        Column(_("Tax"), lambda invoice: invoice.tax_amount),
        Column(_("Total"), lambda invoice: invoice.total_amount),
        Column(_("Paid"), lambda invoice: invoice.paid_amount),
        Column(_("Credited"), lambda invoice: invoice.credited_amount),
        Column(_("Written off"), lambda invoice: invoice.written_off_amount),
        Column(_("Remaining"), lambda invoice: invoice.remaining_amount),
        Column(_("Tags"), lambda invoice: ", ".join(sorted(tag.name for tag in invoice.tags.all()))),
    ),
    related=("patient",),
    prefetched=("tags",),
    deferred=(*LONG_COLUMNS, "patient__search_text"),
)
