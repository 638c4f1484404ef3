"""Appointments and their invoices: those that were seen and not billed, and the invoices of one appointment."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from patients.models import (
    Appointment,
    AppointmentQuerySet,
    AppointmentStatus,
    CancellationWarning,
    register_cancellation_check,
)

MAX_NAMED = 5  # invoices of an appointment that a warning names
SEEN = (AppointmentStatus.SCHEDULED, AppointmentStatus.COMPLETED)


def billing_invoices() -> InvoiceQuerySet:
    """Return the invoices that bill their appointment: all that are not void."""
    return Invoice.objects.exclude(status=InvoiceStatus.VOID)


def seen_not_billed(*, at: datetime) -> AppointmentQuerySet:
    """Return the appointments before a time that took place and have no invoice, or only void ones."""
    billed = billing_invoices().filter(appointment=OuterRef("pk")).order_by()
    return Appointment.objects.filter(~Exists(billed), starts_at__lt=at, status__in=SEEN)


def invoices_of_appointment(appointment: Appointment, *, besides: UUID | None = None) -> list[Invoice]:
    """Return the first invoices that bill the appointment, without the one with the id `besides`; one query."""
    found = billing_invoices().filter(appointment=appointment).exclude(pk=besides)
    return list(found.order_by("created_at", "pk")[:MAX_NAMED])


@register_cancellation_check
def invoices_of_cancelled(appointment: Appointment) -> Iterator[CancellationWarning]:
    """Yield a warning for each invoice of a cancelled appointment."""
    for invoice in invoices_of_appointment(appointment):
        yield CancellationWarning(
            "appointment_has_invoice",
            f"The appointment is cancelled, but it has the invoice {invoice.reg_number}.",
            gettext("The appointment is cancelled, but it has the invoice %(number)s.")
            % {"number": invoice.reg_number},
        )
