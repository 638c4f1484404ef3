"""What a draft's page asks the server while somebody types: what it adds up to, and what there is to choose from."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.admin.draft_editor.draft_form import DraftSheet
from billing.models import Invoice, Service, Tag
from billing.roles import READ_INVOICES, READ_SERVICES, READ_TAGS
from clinic.admin import AdminPage, moment, money, page
from clinic.i18n.numbers import typed_number
from patients.models import Appointment, Patient
from patients.permissions import READ_APPOINTMENTS, READ_PATIENTS

FOUND_AT_MOST = 12
Choice = dict[str, Any]


@page("billing/draft/figures/", name="billing_draft_figures")
class FiguresPage(AdminPage):
    """The figures of what was typed, by the rules of the books; nothing is stored."""

    permissions = (READ_INVOICES.permission,)

    def get(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The total of each line, the box of the totals, and whether somebody else has saved meanwhile."""
        invoice = _draft(request.POST.get("invoice", ""))
        sheet = DraftSheet.typed(request.POST, invoice)
        sheet.is_valid()
        figures = sheet.figures(request.user)  # type: ignore[arg-type]  # staff is logged in
        box = render_to_string("admin/billing/draft_editor/totals.html", {"figures": figures, "sheet": sheet}, request)
        seen = request.POST.get("version", "")
        is_stale = invoice is not None and seen.isdigit() and int(seen) != invoice.version
        return JsonResponse(
            {
                "box": box,
                "total": money(figures.totals.total_amount) if figures.totals else "",
                "lines": {row.key: "" if row.line_total is None else money(row.line_total) for row in sheet.rows},
                "stale": _("Somebody has changed this draft meanwhile.") if is_stale else "",
            }
        )


@page("billing/draft/choices/<slug:kind>/", name="billing_draft_choices")
class ChoicesPage(AdminPage):
    """What there is to choose from, for the words of `q`: at most a dozen lines."""

    permissions = (READ_INVOICES.permission,)

    def get(self, request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponse:
        if kwargs["kind"] not in KINDS:
            raise Http404
        needed, find = KINDS[kwargs["kind"]]
        if not request.user.has_perm(needed):
            raise PermissionDenied
        return JsonResponse({"choices": find(request.GET.get("q", "").strip()[:200])})


def _draft(key: str) -> Invoice | None:
    try:
        return Invoice.objects.select_related("patient").filter(pk=UUID(key)).first()
    except ValueError:
        return None


def _services(words: str) -> list[Choice]:
    rows = Service.objects.filter(active=True).found_by(words).order_by("code", "pk")
    return [
        {
            "value": str(service.pk),
            "text": service.description,
            "note": f"{service.code} · {money(service.unit_price)}",
            "fill": {
                "code": service.code,
                "description": service.description,
                "unit_price": typed_number(service.unit_price, least_places=2),
                "tax_rate": typed_number(service.tax_rate) if service.tax_rate else "",
            },
        }
        for service in rows[:FOUND_AT_MOST]
    ]


def _patients(words: str) -> list[Choice]:
    rows = Patient.objects.filter(active=True, merged_into=None).found_by(words).order_by("sort_name", "pk")
    return [
        {"value": str(patient.pk), "text": str(patient), "note": _born(patient)} for patient in rows[:FOUND_AT_MOST]
    ]


def _tags(words: str) -> list[Choice]:
    return [
        {"value": tag.name, "text": tag.name} for tag in Tag.objects.found_by(words).order_by("key")[:FOUND_AT_MOST]
    ]


def _appointments(words: str) -> list[Choice]:
    """Those of the patient whose id the words are, the latest first."""
    try:
        account = Patient.objects.account_of(UUID(words))
    except ValueError:
        return []
    rows = Appointment.objects.filter(patient__in=account).order_by("-starts_at", "pk")
    return [{"value": str(visit.pk), "text": told(visit)} for visit in rows[:50]]


def told(visit: Appointment) -> str:
    """“15 June 2026 09:30, Dr Lee, check-up”."""
    return ", ".join(filter(None, [moment(visit.starts_at), visit.practitioner, visit.reason]))


def _born(patient: Patient) -> str:
    return date_format(patient.birth_date, "DATE_FORMAT") if patient.birth_date else ""


KINDS: dict[str, tuple[str, Callable[[str], list[Choice]]]] = {
    "services": (READ_SERVICES.permission, _services),
    "patients": (READ_PATIENTS.permission, _patients),
    "tags": (READ_TAGS.permission, _tags),
    "appointments": (READ_APPOINTMENTS.permission, _appointments),
}
