"""Panel above the patient form: the account, its latest invoices and payments, and likely duplicates."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.admin.invoice_list.list_urls import invoice_list_url
from billing.admin.status_badges import due_date_with_age, invoice_badge
from billing.models import Invoice, Payment
from billing.reports.patient_account import patient_account
from billing.roles import DRAFT, READ_INVOICES, READ_PAYMENTS, TAKE_PAYMENT
from clinic.admin import change_url, list_url, register_panel
from clinic.domain.dates import today
from patients.models import Appointment, AppointmentStatus, Patient, likely_duplicates
from patients.permissions import MERGE_PATIENTS, READ_APPOINTMENTS

MAX_PANEL_ROWS = 8  # of invoices and of payments; a link leads to all
MAX_DUPLICATES = 5  # with a name; the others are only counted
MAX_COMING_APPOINTMENTS, MAX_PAST_APPOINTMENTS = 3, 5


@register_panel(Patient)
def account_panel(request: HttpRequest, patient: Patient) -> tuple[str, dict[str, Any]] | None:
    """Return the panel's template and context; None for users who may not read invoices and payments."""
    if not request.user.has_perms((READ_INVOICES.django_permission, READ_PAYMENTS.django_permission)):
        return None
    people = Patient.objects.account_of(patient.pk)
    context = {
        "patient": patient,
        "account": patient_account(patient, on=today()),
        "invoices": _latest_invoices(people),
        "payments": _latest_payments(people),
        "appointments": _appointments(people) if request.user.has_perm(READ_APPOINTMENTS.django_permission) else None,
        **_duplicates(request, patient),
        "survivor": patient.merged_into,
        "links": _links(request, patient),
    }
    return "admin/billing/patient_account/panel.html", context


def _latest_invoices(people: list[UUID]) -> list[dict[str, Any]]:
    latest = Invoice.objects.filter(patient__in=people).order_by("-created_at", "-pk")[:MAX_PANEL_ROWS]
    return [
        {"invoice": each, "link": change_url(each), "badge": invoice_badge(each), "due": due_date_with_age(each)}
        for each in latest
    ]


def _latest_payments(people: list[UUID]) -> list[dict[str, Any]]:
    latest = Payment.objects.filter(patient__in=people).with_unallocated().order_by("-received_at", "-created_at", "pk")
    return [{"payment": each, "link": change_url(each)} for each in latest[:MAX_PANEL_ROWS]]


def _appointments(people: list[UUID]) -> dict[str, Any]:
    """Return the coming and the past appointments of an account, those nearest to now first."""
    appointments, now = Appointment.objects.filter(patient__in=people), timezone.now()
    coming = appointments.filter(starts_at__gte=now, status=AppointmentStatus.SCHEDULED).order_by("starts_at", "pk")
    past = appointments.exclude(starts_at__gte=now, status=AppointmentStatus.SCHEDULED).order_by("-starts_at", "pk")
    shown = {"coming": coming[:MAX_COMING_APPOINTMENTS], "past": past[:MAX_PAST_APPOINTMENTS]}
    return {name: [(each, change_url(each)) for each in rows] for name, rows in shown.items()}


def _duplicates(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """Return the first likely duplicates, with a link to merge for users who may, and the number of the others."""
    labels = {"birth_date": _("birth date"), "email": _("email"), "phone": _("phone")}
    may_merge = request.user.has_perm(MERGE_PATIENTS.django_permission)
    found = likely_duplicates(patient)
    first = [
        {
            "patient": each.patient,
            "link": change_url(each.patient),
            "same": ", ".join([_("name"), *(labels[name] for name in each.same)]),
            "merge": _merge_link(each.patient, patient) if may_merge else "",
        }
        for each in found[:MAX_DUPLICATES]
    ]
    return {"duplicates": first, "more_duplicates": len(found) - len(first), "may_merge": may_merge}


def _merge_link(patient: Patient, survivor: Patient) -> str:
    address = reverse("admin:patients_patient_merge", args=[patient.pk])
    return f"{address}?into={survivor.account_root.record_number}"


def _links(request: HttpRequest, patient: Patient) -> dict[str, str]:
    """Return the URLs of pages about the account that the user may open."""
    may = request.user.has_perm
    links = {
        "statement": reverse("admin:patients_patient_statement", args=[patient.pk]),
        "invoices": invoice_list_url(patient=patient.pk),
        "payments": list_url(Payment, f"patient__id__exact={patient.pk}"),
        "appointments": list_url(Appointment, f"patient__id__exact={patient.pk}"),
    }
    if may(TAKE_PAYMENT.django_permission):
        links["pay"] = f"{reverse('admin:billing_take_payment')}?patient={patient.pk}"
    if may(DRAFT.django_permission):
        links["draft"] = f"{reverse('admin:billing_invoice_add')}?patient={patient.pk}"
    return links
