"""Notes about the appointment of an invoice, for the pages of the invoice."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.reports.appointments import invoices_of_appointment
from clinic.admin import change_url
from patients.models import Appointment, AppointmentStatus


def appointment_notes(appointment: Appointment | None, invoice: Invoice | None = None) -> list[str | SafeString]:
    """Return what is to be known of the appointment of an invoice: it is cancelled, or has another invoice."""
    if appointment is None or (invoice is not None and invoice.status == InvoiceStatus.VOID):
        return []
    notes: list[str | SafeString] = []
    if appointment.status == AppointmentStatus.CANCELLED:
        notes.append(gettext("The appointment of this invoice is cancelled."))
    for other in invoices_of_appointment(appointment, besides=invoice.pk if invoice else None):
        link = format_html('<a href="{}">{}</a>', change_url(other), other.reg_number)
        notes.append(format_html(gettext("The appointment already has an invoice: {}."), link))
    return notes
