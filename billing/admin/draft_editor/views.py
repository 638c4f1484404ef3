"""The pages on which a draft is made and edited; each saves by one verb of the books."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.dialogs.action_links import verbs_for
from billing.admin.dialogs.void import Issue
from billing.admin.draft_editor.draft_form import DraftSheet
from billing.admin.draft_editor.endpoints import told
from billing.admin.invoice_page.history import Told, tell
from billing.admin.status_badges import status_badge
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.models.invoice.item_list import MAX_ITEMS
from billing.roles import CHANGE, DRAFT, ISSUE
from clinic.admin import AdminPage, Crumb, change_url, list_url
from clinic.domain.errors import RuleBroken, StaleVersion
from clinic.domain.permissions import may
from patients.models import Patient


class DraftPage(AdminPage):
    """The form of a draft."""

    template_name = "admin/billing/draft_editor/page.html"
    permissions = (DRAFT.permission,)
    invoice: Invoice | None = None

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Invoices"), list_url(Invoice)), Crumb(self.get_title())]

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Save what was typed, or say why not and keep it."""
        sheet = DraftSheet.typed(request.POST, self.invoice)
        if not sheet.is_valid():
            return self.show(sheet)
        try:
            saved = sheet.save(by=request.user, at=timezone.now())  # type: ignore[arg-type]  # staff is logged in
        except StaleVersion:
            return self.show(sheet, meanwhile=self.meanwhile(sheet))
        except RuleBroken as refusal:
            return self.show(sheet, problems=sheet.refuse(refusal))
        messages.success(request, gettext("%(number)s is saved.") % {"number": saved.reg_number})
        return self.leave(request, saved)

    def leave(self, request: HttpRequest, saved: Invoice) -> HttpResponse:
        """To the question whether to issue it, where that was asked for; else to the draft."""
        if request.POST.get("next") == "issue":
            return HttpResponseRedirect(reverse("admin:billing_invoice_verb", args=[saved.pk, "issue"]))
        return HttpResponseRedirect(change_url(saved))

    def meanwhile(self, sheet: DraftSheet) -> list[Told]:  # noqa: ARG002  # of a new draft nobody knows
        """What happened to the draft since it was opened, the latest first."""
        return []

    def show(self, sheet: DraftSheet, **said: Any) -> HttpResponse:
        """The form with what stands in it."""
        return self.render_to_response(self.get_context_data(sheet=sheet, **said))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sheet: DraftSheet = kwargs["sheet"]
        invoice, user = self.invoice, self.request.user
        return super().get_context_data(
            figures=sheet.figures(user),  # type: ignore[arg-type]  # staff is logged in
            invoice=invoice,
            most_items=MAX_ITEMS,
            appointments=[(str(visit.pk), told(visit)) for visit in sheet.head.appointments()],
            may_issue=may(user, ISSUE),  # type: ignore[arg-type]
            is_open=invoice is None or invoice.status == InvoiceStatus.DRAFT,
            **kwargs,
        )


class NewDraftPage(DraftPage):
    """A draft that is not in the books yet; `?patient=` says for whom."""

    title = _("New invoice")

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return self.show(DraftSheet.new(_patient_named(request)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save it once, however often it is sent: it names the key of the draft that it makes."""
        try:
            return super().post(request, *args, **kwargs)
        except IntegrityError:
            made = Invoice.objects.filter(pk=DraftSheet.typed(request.POST, None).new_id).first()
            if made is None:
                raise
            return self.leave(request, made)


class EditDraftPage(DraftPage):
    """A draft of the books, as long as it is one."""

    permissions = (CHANGE.permission,)

    def __init__(self, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.invoice: Invoice = invoice

    def get_title(self) -> str:
        return self.invoice.reg_number

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return self.show(DraftSheet.stored(self.invoice))

    def meanwhile(self, sheet: DraftSheet) -> list[Told]:
        self.invoice.refresh_from_db()
        seen = sheet.head.cleaned_data["version"] or 0
        since = self.invoice.events.filter(version__gt=seen).select_related("created_by")
        return tell(since.order_by("-version", "-pk"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        events = self.invoice.events.select_related("created_by").order_by("-version", "-pk")
        verbs = [verb for verb in verbs_for(self.request, self.invoice) if verb.name != Issue.name]  # the bar has it
        badge = status_badge(self.invoice.status)
        return super().get_context_data(history=tell(events), verbs=verbs, badge=badge, **kwargs)


def _patient_named(request: HttpRequest) -> Patient | None:
    try:
        return Patient.objects.filter(pk=UUID(request.GET.get("patient", ""))).first()
    except ValueError:
        return None
