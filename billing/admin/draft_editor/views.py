"""Views of the draft editor: a new draft and a stored one; each saves by one operation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.appointment_notes import appointment_notes
from billing.admin.dialogs.action_links import invoice_actions, supervisor_actions
from billing.admin.dialogs.issue import IssueDialog
from billing.admin.dialogs.use_credit import UseCreditDialog, used_text
from billing.admin.draft_editor.draft_form import DraftForm
from billing.admin.invoice_history import HistoryEntry, changes_by_others, describe_events
from billing.admin.status_badges import invoice_badge
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.operations.account_credit import use_credit
from billing.operations.item_input import MAX_ITEMS
from billing.roles import CHANGE, DRAFT, ISSUE
from clinic.admin import AdminPage, Breadcrumb, change_url, list_url, localized_message
from clinic.domain.clock import current_time
from clinic.domain.errors import RuleBroken, StaleVersion
from clinic.domain.permissions import has_permission
from patients.models import Appointment, Patient
from patients.permissions import READ_APPOINTMENTS


class DraftPage(AdminPage):
    """Base view of the draft editor."""

    template_name = "admin/billing/draft_editor/page.html"
    permissions = (DRAFT.django_permission,)
    invoice: Invoice | None = None
    appointment: Appointment | None = None  # of a new draft

    def get_breadcrumbs(self) -> list[Breadcrumb]:
        return [Breadcrumb(_("Invoices"), list_url(Invoice)), Breadcrumb(self.get_title())]

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Save the draft; show the form again, with its input, if it is refused."""
        form = DraftForm.submitted(request.POST, self.invoice)
        if not form.is_valid():
            return self.render(form)
        try:
            saved = form.save(by=request.user, at=current_time())  # type: ignore[arg-type]  # staff is logged in
        except StaleVersion:
            return self.render(form, conflicts=self.changes_since_opened(form))
        except RuleBroken as refusal:
            return self.render(form, problems=form.add_refusal(refusal))
        messages.success(request, gettext("%(number)s was saved.") % {"number": saved.reg_number})
        return self.redirect_after_save(request, saved)

    def redirect_after_save(self, request: HttpRequest, saved: Invoice) -> HttpResponse:
        """Redirect to the issue dialog if the user chose “Save and issue”, else to the draft, with credit if chosen."""
        if request.POST.get("next") == "issue":
            return HttpResponseRedirect(reverse("admin:billing_invoice_verb", args=[saved.pk, "issue"]))
        if request.POST.get("next") == UseCreditDialog.name:
            by: User = request.user  # type: ignore[assignment]  # staff is logged in
            try:
                messages.success(
                    request, used_text(use_credit(saved.patient, invoice=saved, by=by, at=current_time()), saved)
                )
            except RuleBroken as refusal:
                messages.error(request, localized_message(refusal))
        return HttpResponseRedirect(change_url(saved))

    def changes_since_opened(self, form: DraftForm) -> list[HistoryEntry]:  # noqa: ARG002  # a new draft has none
        """Return what others changed since the draft was opened, latest first."""
        return []

    def render(self, form: DraftForm, **context: Any) -> HttpResponse:
        """Return the page with the form."""
        return self.render_to_response(self.get_context_data(form=form, **context))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form: DraftForm = kwargs["form"]
        invoice, user = self.invoice, self.request.user
        result = form.calculate(user)  # type: ignore[arg-type]  # staff is logged in
        return super().get_context_data(
            result=result,
            notes=appointment_notes(invoice.appointment if invoice else self.appointment, invoice),
            offer=form.credit_offer(self.request, result),
            invoice=invoice,
            focus=form.focus,
            max_items=MAX_ITEMS,
            appointments=form.header.appointment_choices(),
            may_issue=has_permission(user, ISSUE),  # type: ignore[arg-type]  # staff is logged in
            is_draft=invoice is None or invoice.status == InvoiceStatus.DRAFT,
            **kwargs,
        )


class NewDraftPage(DraftPage):
    """The editor of a new draft; `?patient=` is the id of its patient, or `?appointment=` that of its appointment."""

    title = _("New invoice")

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        if request.user.has_perm(READ_APPOINTMENTS.django_permission):
            self.appointment = _record_from_query(request, Appointment.objects.select_related("patient"), "appointment")
        if self.appointment is not None:
            return self.render(DraftForm.for_appointment(self.appointment))
        return self.render(DraftForm.empty(_record_from_query(request, Patient.objects.all(), "patient")))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save the draft once: the form carries the id of the new draft, so a second submit finds it."""
        try:
            return super().post(request, *args, **kwargs)
        except IntegrityError:
            saved = Invoice.objects.filter(pk=DraftForm.submitted(request.POST, None).new_id).first()
            if saved is None:
                raise
            return self.redirect_after_save(request, saved)


class EditDraftPage(DraftPage):
    """The editor of a stored draft."""

    permissions = (CHANGE.django_permission,)

    def __init__(self, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.invoice: Invoice = invoice

    def get_title(self) -> str:
        return self.invoice.reg_number

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return self.render(DraftForm.for_draft(self.invoice))

    def changes_since_opened(self, form: DraftForm) -> list[HistoryEntry]:
        return changes_by_others(self.invoice, form.header.cleaned_data["version"] or 0)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        events = self.invoice.events.select_related("created_by").order_by("-version", "-pk")
        # The bar at the bottom has the button to issue.
        actions = [link for link in invoice_actions(self.request, self.invoice) if link.name != IssueDialog.name]
        return super().get_context_data(
            history=describe_events(events),
            actions=actions,
            supervisor_actions=supervisor_actions(self.request, self.invoice),
            badge=invoice_badge(self.invoice),
            **kwargs,
        )


def _record_from_query(request: HttpRequest, records: QuerySet[Any], name: str) -> Any:
    """Return the record with the id in the query, or None."""
    try:
        return records.filter(pk=UUID(request.GET.get(name, ""))).first()
    except ValueError:
        return None
