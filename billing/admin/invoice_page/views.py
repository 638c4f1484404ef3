"""Page of an invoice that is issued, or that the user may not edit, and its print view."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.appointment_notes import appointment_notes
from billing.admin.dialogs.action_links import invoice_actions, supervisor_actions
from billing.admin.dialogs.use_credit import credit_offer
from billing.admin.draft_editor.header_form import InvoiceHeaderForm
from billing.admin.invoice_history import changes_by_others, describe_events
from billing.admin.invoice_list.list_urls import invoice_list_url
from billing.admin.status_badges import invoice_badge, overdue_text
from billing.choices import InvoiceStatus
from billing.documents.invoice import InvoiceDocument
from billing.models import Invoice
from billing.operations.create_or_update import update_invoice
from billing.operations.invoice_input import InvoiceInput
from billing.reports.invoice_ledger import invoice_ledger
from billing.reports.ledger_entries import LedgerEntry
from billing.roles import CHANGE, READ_INVOICES
from clinic.admin import AdminPage, Breadcrumb, add_domain_error, change_url, list_url, register_page
from clinic.admin.form_errors import first_error
from clinic.domain.errors import RuleBroken, StaleVersion
from clinic.domain.permissions import has_permission


class InvoicePage(AdminPage):
    """The invoice, its ledger and its history, with a form for the fields that EDITABLE still allows, such as tags."""

    template_name = "admin/billing/invoice_page/page.html"
    permissions = (READ_INVOICES.django_permission,)

    def __init__(self, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.invoice = invoice

    def get_title(self) -> str:
        return self.invoice.reg_number

    def get_breadcrumbs(self) -> list[Breadcrumb]:
        return [Breadcrumb(_("Invoices"), list_url(Invoice)), Breadcrumb(self.get_title())]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return self.render(InvoiceHeaderForm(invoice=self.invoice))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Save the editable fields; show the form again, with its input, if they are refused."""
        form = InvoiceHeaderForm(request.POST, invoice=self.invoice)
        if not form.is_valid():
            return self.render(form)
        try:
            update_invoice(
                self.invoice,
                InvoiceInput(fields=form.values(), tags=form.cleaned_data["tags"]),
                by=cast("User", request.user),
                at=timezone.now(),
                expected_versions=[form.cleaned_data["version"] or 0],
            )
        except StaleVersion:
            return self.render(form, conflicts=changes_by_others(self.invoice, form.cleaned_data["version"] or 0))
        except RuleBroken as refusal:
            add_domain_error(form, refusal)
            return self.render(form)
        messages.success(request, gettext("%(number)s was saved.") % {"number": self.invoice.reg_number})
        return HttpResponseRedirect(change_url(self.invoice))

    def render(self, form: InvoiceHeaderForm, **context: Any) -> HttpResponse:
        """Return the page, with the form for users who may change the invoice."""
        allowed = form if has_permission(self.request.user, CHANGE) else None  # type: ignore[arg-type]  # staff is logged in
        return self.render_to_response(self.get_context_data(form=allowed, **context))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        invoice = self.invoice
        events = list(invoice.events.select_related("created_by").order_by("version", "created_at", "pk"))
        return super().get_context_data(
            invoice=invoice,
            document=InvoiceDocument.of(invoice),
            badge=invoice_badge(invoice),
            overdue_text=overdue_text(invoice),
            next_step=next_step(invoice),
            notes=appointment_notes(invoice.appointment, invoice),
            offer=credit_offer(self.request, invoice.patient, owed=invoice.remaining_amount, invoice=invoice)
            if invoice.remaining_amount
            else None,
            actions=invoice_actions(self.request, invoice),
            supervisor_actions=supervisor_actions(self.request, invoice),
            ledger=[{"line": line, "link": _link(line)} for line in invoice_ledger(invoice, events)],
            history=describe_events(reversed(events)),
            tags=[{"name": tag.name, "link": invoice_list_url(tag=tag.name)} for tag in invoice.tags.all()],
            appointments=self._appointment_choices(kwargs["form"]),
            focus=first_error(kwargs["form"].visible_fields()) if kwargs["form"] else "",
            **kwargs,
        )

    def _appointment_choices(self, form: InvoiceHeaderForm | None) -> list[tuple[str, str]]:
        """Return the choices of the appointment field, if the form has it."""
        if form is None or "appointment" not in form.fields:
            return []
        return form.appointment_choices()


@register_page("billing/invoice/<uuid:pk>/print/", name="billing_invoice_print")
class InvoicePrintPage(AdminPage):
    """The print view of an invoice: a page without the frame of the admin."""

    template_name = "admin/billing/invoice_print/page.html"
    permissions = (READ_INVOICES.django_permission,)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        invoice = invoice_or_404(kwargs["pk"])
        return super().get_context_data(
            invoice=invoice, document=InvoiceDocument.of(invoice), back=change_url(invoice), **kwargs
        )


def invoice_or_404(key: Any) -> Invoice:
    """Return an invoice with the related rows that its pages display. Raises Http404."""
    rows = Invoice.objects.select_related("patient__merged_into", "appointment", "corrects", "corrected_by")
    found = rows.prefetch_related("items", "tags").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _link(line: LedgerEntry) -> str:
    return change_url(line.record) if line.record else ""


def next_step(invoice: Invoice) -> str:
    """Return a sentence about what to do with the invoice next."""
    match InvoiceStatus(invoice.status):
        case InvoiceStatus.DRAFT:
            return gettext("It has not been issued yet.")
        case InvoiceStatus.ISSUED | InvoiceStatus.PARTIALY_PAID:
            if invoice.is_overdue():
                return gettext("Send a reminder, or take the payment.")
            return gettext("Nothing to do until it is due.")
        case InvoiceStatus.WRITTEN_OFF:
            return gettext("It is written off. Payments received later can still be recorded.")
        case InvoiceStatus.VOID:
            return gettext("It is no longer counted.") if invoice.is_issued else gettext("It was never counted.")
    return gettext("Nothing is owed.")
