"""What the books know of a patient: the account above the patient's form, and the statement of it for paper."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.admin.invoice_list.list_urls import list_of
from billing.admin.status_badges import due_with_age, status_badge
from billing.models import Invoice, Payment
from billing.reports.patient_account import likely_duplicates, patient_account
from billing.reports.periods import months_up_to
from billing.reports.statement import Statement, statement
from billing.roles import DRAFT, READ_INVOICES, READ_PAYMENTS, TAKE_PAYMENT
from billing.rules.money import ZERO
from clinic.admin import AdminPage, Crumb, change_url, dress, list_url, page, panel
from clinic.domain.dates import today
from patients.models import Appointment, AppointmentStatus, Patient
from patients.permissions import MERGE_PATIENTS, READ_APPOINTMENTS

LATEST = 8  # of each list; the rest is behind a link
NAMESAKES = 5  # likely duplicates that are named
MONTHS = 4  # of a statement, unless told otherwise
READS_ACCOUNTS = (READ_INVOICES.permission, READ_PAYMENTS.permission)


@panel(Patient)
def account_of(request: HttpRequest, patient: Patient) -> tuple[str, dict[str, Any]] | None:
    """The account at a glance with its latest documents; for who may read invoices and payments."""
    if not request.user.has_perms(READS_ACCOUNTS):
        return None
    people = Patient.objects.account_of(patient.pk)
    shown = {
        "patient": patient,
        "account": patient_account(patient, on=today()),
        "invoices": _latest_invoices(people),
        "payments": _latest_payments(people),
        "appointments": _appointments(people) if request.user.has_perm(READ_APPOINTMENTS.permission) else None,
        **_duplicates(request, patient),
        "survivor": patient.merged_into,
        "links": _links(request, patient),
    }
    return "admin/billing/patient_account/panel.html", shown


def _latest_invoices(people: list[UUID]) -> list[dict[str, Any]]:
    latest = Invoice.objects.filter(patient__in=people).order_by("-created_at", "-pk")[:LATEST]
    return [
        {"invoice": each, "link": change_url(each), "badge": status_badge(each.status), "due": due_with_age(each)}
        for each in latest
    ]


def _latest_payments(people: list[UUID]) -> list[dict[str, Any]]:
    latest = Payment.objects.filter(patient__in=people).with_unallocated().order_by("-received_at", "-created_at", "pk")
    return [{"payment": each, "link": change_url(each)} for each in latest[:LATEST]]


def _appointments(people: list[UUID]) -> dict[str, Any]:
    """The next ones first, then the last."""
    theirs, now = Appointment.objects.filter(patient__in=people), timezone.now()
    coming = theirs.filter(starts_at__gte=now, status=AppointmentStatus.SCHEDULED).order_by("starts_at", "pk")[:3]
    past = theirs.exclude(starts_at__gte=now, status=AppointmentStatus.SCHEDULED).order_by("-starts_at", "pk")[:5]
    return {name: [(each, change_url(each)) for each in rows] for name, rows in (("coming", coming), ("past", past))}


def _duplicates(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """Who may be the same person, why, and for who may merge: where that is asked; and how many more they are."""
    words = {"birth_date": _("date of birth"), "email": _("e-mail"), "phone": _("phone")}
    may_merge = request.user.has_perm(MERGE_PATIENTS.permission)
    found = likely_duplicates(patient)
    first = [
        {
            "patient": each.patient,
            "link": change_url(each.patient),
            "same": ", ".join([_("name"), *(words[name] for name in each.same)]),
            "merge": _merge_link(each.patient, patient) if may_merge else "",
        }
        for each in found[:NAMESAKES]
    ]
    return {"duplicates": first, "more_duplicates": len(found) - len(first)}


def _merge_link(patient: Patient, survivor: Patient) -> str:
    address = reverse("admin:patients_patient_merge", args=[patient.pk])
    return f"{address}?into={survivor.account_root.record_number}"


def _links(request: HttpRequest, patient: Patient) -> dict[str, str]:
    """Where the account is gone on with: by what the person may do."""
    may = request.user.has_perm
    links = {
        "statement": reverse("admin:patients_patient_statement", args=[patient.pk]),
        "invoices": list_of(patient=patient.pk),
        "payments": list_url(Payment, f"patient__id__exact={patient.pk}"),
        "appointments": list_url(Appointment, f"patient__id__exact={patient.pk}"),
    }
    if may(TAKE_PAYMENT.permission):
        links["pay"] = f"{reverse('admin:billing_take_payment')}?patient={patient.pk}"
    if may(DRAFT.permission):
        links["draft"] = f"{reverse('admin:billing_invoice_add')}?patient={patient.pk}"
    return links


class StatementForm(forms.Form):
    """From which day to which."""

    first = forms.DateField(label=gettext_lazy("From"))
    last = forms.DateField(label=gettext_lazy("To"))

    def __init__(self, asked: Any) -> None:
        begin = months_up_to(today(), MONTHS)[0].first
        super().__init__({"first": begin, "last": today(), **{name: asked[name] for name in asked}})
        for field in self.fields.values():
            dress(field)

    def clean(self) -> dict[str, Any]:
        """The days in their order, and of years that the clinic knows."""
        first, last = (self.cleaned_data.get(name) for name in ("first", "last"))
        if first and last and first > last:
            self.add_error("last", _("The last day lies before the first."))
        for name, day in (("first", first), ("last", last)):
            if day and not 1900 <= day.year <= 2200:
                self.add_error(name, _("Choose a day between 1900 and 2200."))
        return self.cleaned_data


@page("patients/patient/<uuid:pk>/statement/", name="patients_patient_statement")
class PatientStatement(AdminPage):
    """The documents and the money of an account between two days; without its frame on paper."""

    title = gettext_lazy("Statement")
    permissions = ("patients.view_patient", *READS_ACCOUNTS)
    template_name = "admin/billing/patient_account/statement.html"

    @cached_property
    def patient(self) -> Patient:
        """The survivor of a merge: whose account it is."""
        patient = Patient.objects.select_related("merged_into").filter(pk=self.kwargs["pk"]).first()
        if patient is None:
            raise Http404
        return patient.account_root

    def get_breadcrumbs(self) -> list[Crumb]:
        patients = Crumb(_("Patients"), list_url(Patient))
        return [patients, Crumb(str(self.patient), change_url(self.patient)), Crumb(self.get_title())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = StatementForm(self.request.GET)
        shown: dict[str, Any] = {"form": form, "patient": self.patient, "on": today()}
        if form.is_valid():
            shown["statement"] = _rows_of(statement(self.patient, **form.cleaned_data))
        clinic = {"name": settings.CLINIC_NAME, "address": settings.CLINIC_ADDRESS}
        return super().get_context_data(clinic=clinic, currency=settings.CLINIC_CURRENCY, **shown, **kwargs)


def _rows_of(told: Statement) -> dict[str, Any]:
    """The statement in two columns of money, each row with the page of what it is about."""
    rows = [
        {
            "entry": entry,
            "charged": max(entry.amount, ZERO),
            "settled": max(-entry.amount, ZERO),
            "link": change_url(entry.record),
        }
        for entry in told.entries
    ]
    return {"told": told, "rows": rows, "before": told.first - timedelta(days=1), "closing": abs(told.closing)}
