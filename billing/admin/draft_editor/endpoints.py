"""JSON endpoints of the draft editor: live totals and autocomplete."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.admin.draft_editor.draft_form import DraftForm
from billing.admin.draft_editor.header_form import MAX_APPOINTMENTS, describe_appointment
from billing.admin.draft_editor.item_forms import price_list_values
from billing.admin.form_versions import parse_version
from billing.models import Invoice, Service, Tag
from billing.roles import READ_INVOICES, READ_SERVICES, READ_TAGS
from clinic.admin import AdminPage, format_money, register_page
from clinic.domain.text import bounded_search
from patients.models import Appointment, Patient
from patients.permissions import ADD_PATIENT, READ_APPOINTMENTS, READ_PATIENTS

MAX_CHOICES = 12
Choice = dict[str, Any]


@register_page("billing/draft/figures/", name="billing_draft_figures")
class DraftTotalsPage(AdminPage):
    """The totals of a submitted draft form; nothing is stored."""

    permissions = (READ_INVOICES.django_permission,)

    def get(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Return the line totals, the totals as HTML, and a warning if somebody else has changed the draft."""
        invoice = _invoice_with_id(request.POST.get("invoice", ""))
        form = DraftForm.submitted(request.POST, invoice)
        form.is_valid()
        result = form.calculate(request.user)  # type: ignore[arg-type]  # staff is logged in
        context = {"result": result, "offer": form.credit_offer(request, result)}
        html = render_to_string("admin/billing/draft_editor/totals.html", context, request)
        version = parse_version(request.POST.get("version", ""))
        is_stale = invoice is not None and version is not None and version != invoice.version
        line_totals = {
            item.key: "" if item.line_total is None else format_money(item.line_total) for item in form.items
        }
        return JsonResponse(
            {
                "html": html,
                "total": format_money(result.totals.total_amount) if result.totals else "",
                "line_totals": line_totals,
                "stale": _("Somebody has changed this draft in the meantime.") if is_stale else "",
            }
        )


@register_page("billing/draft/choices/<slug:kind>/", name="billing_draft_choices")
class ChoicesPage(AdminPage):
    """The choices of an autocomplete field for the search text `q`."""

    permissions = (READ_INVOICES.django_permission,)

    def get(self, request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponse:
        if kwargs["kind"] not in CHOICES:
            raise Http404
        permission, find = CHOICES[kwargs["kind"]]
        if not request.user.has_perm(permission):
            raise PermissionDenied
        text = bounded_search(request.GET.get("q", ""))
        choices = find(text)
        if kwargs["kind"] == "patients" and text and request.user.has_perm(ADD_PATIENT.django_permission):
            choices.append(_new_patient(text))
        return JsonResponse({"choices": choices})


def _invoice_with_id(key: str) -> Invoice | None:
    try:
        return Invoice.objects.select_related("patient").filter(pk=UUID(key)).first()
    except ValueError:
        return None


def _services(text: str) -> list[Choice]:
    services = Service.objects.filter(active=True).matching(text).order_by("code_key", "pk")
    return [
        {
            "value": str(service.pk),
            "text": service.description,
            "note": f"{service.code} · {format_money(service.unit_price)}",
            "fill": price_list_values(service),
        }
        for service in services[:MAX_CHOICES]
    ]


def _patients(text: str) -> list[Choice]:
    patients = Patient.objects.not_merged().filter(active=True).matching(text).order_by("sort_name", "pk")
    return [
        {"value": str(patient.pk), "text": str(patient), "note": _birth_date(patient)}
        for patient in patients[:MAX_CHOICES]
    ]


def _new_patient(text: str) -> Choice:
    """Return the choice that opens the dialog of a new patient, with the text as the name."""
    url = f"{reverse('admin:billing_draft_patient')}?{urlencode({'name': text})}"
    return {"value": "", "text": _("New patient “%(name)s”") % {"name": text}, "dialog": url}


def _tags(text: str) -> list[Choice]:
    tags = Tag.objects.matching(text).order_by("key")
    return [{"value": tag.name, "text": tag.name} for tag in tags[:MAX_CHOICES]]


def _appointments(patient_id: str) -> list[Choice]:
    """Return the appointments of a patient, latest first."""
    try:
        account = Patient.objects.account_of(UUID(patient_id))
    except ValueError:
        return []
    appointments = Appointment.objects.filter(patient__in=account).order_by("-starts_at", "pk")
    return [{"value": str(each.pk), "text": describe_appointment(each)} for each in appointments[:MAX_APPOINTMENTS]]


def _birth_date(patient: Patient) -> str:
    return date_format(patient.birth_date, "DATE_FORMAT") if patient.birth_date else ""


CHOICES: dict[str, tuple[str, Callable[[str], list[Choice]]]] = {
    "services": (READ_SERVICES.django_permission, _services),
    "patients": (READ_PATIENTS.django_permission, _patients),
    "tags": (READ_TAGS.django_permission, _tags),
    "appointments": (READ_APPOINTMENTS.django_permission, _appointments),
}
