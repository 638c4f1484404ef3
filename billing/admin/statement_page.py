"""Printable statement of a patient's account between two days."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.reports.periods import months_up_to
from billing.reports.statement import Statement, statement
from billing.roles import READ_INVOICES, READ_PAYMENTS
from billing.rules.money import ZERO
from clinic.admin import AdminPage, Breadcrumb, apply_theme_widget, change_url, list_url, register_page, validate_year
from clinic.domain.dates import today
from patients.models import Patient

DEFAULT_MONTHS = 4  # up to today


class StatementForm(forms.Form):
    """The first and the last day of a statement."""

    first = forms.DateField(label=gettext_lazy("From"), validators=[validate_year])
    last = forms.DateField(label=gettext_lazy("To"), validators=[validate_year])

    def __init__(self, query: Any) -> None:
        begin = months_up_to(today(), DEFAULT_MONTHS)[0].first
        super().__init__({"first": begin, "last": today(), **{name: query[name] for name in query}})
        for field in self.fields.values():
            apply_theme_widget(field)

    def clean(self) -> dict[str, Any]:
        """Check the order of the days."""
        first, last = (self.cleaned_data.get(name) for name in ("first", "last"))
        if first and last and first > last:
            self.add_error("last", _("The end date is before the start date."))
        return self.cleaned_data


@register_page("patients/patient/<uuid:pk>/statement/", name="patients_patient_statement")
class AccountStatementPage(AdminPage):
    """The statement of an account; printed without the frame of the admin."""

    title = gettext_lazy("Statement")
    permissions = ("patients.view_patient", READ_INVOICES.django_permission, READ_PAYMENTS.django_permission)
    template_name = "admin/billing/patient_account/statement.html"

    @cached_property
    def patient(self) -> Patient:
        """The patient of the account; of a merged patient, the surviving one."""
        patient = Patient.objects.select_related("merged_into").filter(pk=self.kwargs["pk"]).first()
        if patient is None:
            raise Http404
        return patient.account_root

    def get_breadcrumbs(self) -> list[Breadcrumb]:
        patients = Breadcrumb(_("Patients"), list_url(Patient))
        return [patients, Breadcrumb(str(self.patient), change_url(self.patient)), Breadcrumb(self.get_title())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = StatementForm(self.request.GET)
        context: dict[str, Any] = {"form": form, "patient": self.patient, "today": today()}
        if form.is_valid():
            context |= _statement_context(statement(self.patient, **form.cleaned_data))
        clinic = {"name": settings.CLINIC_NAME, "address": settings.CLINIC_ADDRESS}
        return super().get_context_data(clinic=clinic, currency=settings.CLINIC_CURRENCY, **context, **kwargs)


def _statement_context(result: Statement) -> dict[str, Any]:
    """Return the statement and its rows, each with its amount in one of two columns and a link."""
    rows = [
        {
            "entry": entry,
            "charged": max(entry.amount, ZERO),
            "settled": max(-entry.amount, ZERO),
            "link": change_url(entry.record),
        }
        for entry in result.entries
    ]
    day_before = result.first - timedelta(days=1)
    return {"statement": result, "rows": rows, "day_before": day_before, "closing": abs(result.closing)}
