"""Invoices of an appointment: on its page, and as a filter of the list of appointments."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_list.list_urls import BILLED
from billing.admin.status_badges import invoice_badge
from billing.reports.appointments import billing_invoices, invoices_of_appointment, seen_not_billed
from billing.roles import DRAFT, READ_INVOICES
from clinic.admin import OptionsFilter, change_url, register_list_filter, register_panel
from clinic.i18n.lazy_text import LazyText
from patients.models import Appointment, AppointmentStatus


@register_panel(Appointment)
def invoices_panel(request: HttpRequest, appointment: Appointment) -> tuple[str, dict[str, Any]] | None:
    """Return the panel's template and context: the invoices, and the link to a new one; None without permission."""
    if not request.user.has_perm(READ_INVOICES.django_permission):
        return None
    invoices = invoices_of_appointment(appointment)
    rows = [{"invoice": each, "link": change_url(each), "badge": invoice_badge(each)} for each in invoices]
    is_cancelled = appointment.status == AppointmentStatus.CANCELLED
    new = f"{reverse('admin:billing_invoice_add')}?{urlencode({'appointment': appointment.pk})}"
    context = {
        "rows": rows,
        "is_cancelled": is_cancelled,
        "new": "" if is_cancelled or not request.user.has_perm(DRAFT.django_permission) else new,
    }
    return "admin/billing/appointment_panel.html", context


@register_list_filter(Appointment)
class BilledFilter(OptionsFilter):
    """Filter for the appointments that were seen and not billed, or that have an invoice."""

    title = _("invoice")
    parameter_name = BILLED

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, LazyText]]:
        return [("no", _("Seen, not billed")), ("yes", _("Has an invoice"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "no":
                return queryset & seen_not_billed(at=timezone.now())
            case "yes":
                return queryset.filter(Exists(billing_invoices().filter(appointment=OuterRef("pk")).order_by()))
        return queryset
