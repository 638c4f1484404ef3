"""The page of an invoice that is no draft any more, or not one's own to edit: what it says, what is owed, what next."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.dialogs.action_links import verbs_for
from billing.admin.draft_editor.endpoints import told
from billing.admin.draft_editor.header_form import HeadForm
from billing.admin.invoice_list.list_urls import list_of
from billing.admin.invoice_page.history import Told, tell
from billing.admin.status_badges import late_by, status_badge
from billing.choices import InvoiceStatus
from billing.documents.invoice import InvoiceDocument
from billing.models import Invoice
from billing.operations.requests import update_invoice
from billing.reports.invoice_ledger import invoice_ledger
from billing.reports.ledger_entries import LedgerEntry
from billing.roles import CHANGE, READ_INVOICES
from clinic.admin import AdminPage, Crumb, change_url, list_url, page, refuse
from clinic.domain.errors import RuleBroken, StaleVersion
from clinic.domain.permissions import may


class DocumentPage(AdminPage):
    """The document, its ledger and its history; tags, notes and what else EDITABLE leaves open are changed here."""

    template_name = "admin/billing/invoice_page/page.html"
    permissions = (READ_INVOICES.permission,)

    def __init__(self, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.invoice = invoice

    def get_title(self) -> str:
        return self.invoice.reg_number

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Invoices"), list_url(Invoice)), Crumb(self.get_title())]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return self.show(HeadForm(invoice=self.invoice))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Save what may still change, or say why not and keep what was typed."""
        form = HeadForm(request.POST, invoice=self.invoice)
        if not form.is_valid():
            return self.show(form)
        try:
            update_invoice(
                invoice=self.invoice,
                by=request.user,  # type: ignore[arg-type]  # staff is logged in
                at=timezone.now(),
                changes=form.values(),
                tags=form.cleaned_data["tags"],
                expected_versions=[form.cleaned_data["version"] or 0],
            )
        except StaleVersion:
            return self.show(form, meanwhile=self._since(form.cleaned_data["version"] or 0))
        except RuleBroken as refusal:
            refuse(form, refusal)
            return self.show(form)
        messages.success(request, gettext("%(number)s is saved.") % {"number": self.invoice.reg_number})
        return HttpResponseRedirect(change_url(self.invoice))

    def show(self, form: HeadForm, **said: Any) -> HttpResponse:
        """The page, with the form of what may still change for whoever may change it."""
        mine = form if may(self.request.user, CHANGE) else None  # type: ignore[arg-type]  # staff is logged in
        return self.render_to_response(self.get_context_data(form=mine, **said))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        invoice = self.invoice
        events = list(invoice.events.select_related("created_by").order_by("version", "created_at", "pk"))
        return super().get_context_data(
            invoice=invoice,
            document=InvoiceDocument.of(invoice),
            badge=status_badge(invoice.status),
            late=late_by(invoice),
            next_step=next_step(invoice),
            verbs=verbs_for(self.request, invoice),
            ledger=[{"line": line, "link": _link(line)} for line in invoice_ledger(invoice, events)],
            history=tell(reversed(events)),
            tags=[{"name": tag.name, "link": list_of(tag=tag.name)} for tag in invoice.tags.all()],
            appointment=invoice.appointment and told(invoice.appointment),
            appointments=self._appointments(kwargs["form"]),
            **kwargs,
        )

    def _appointments(self, form: HeadForm | None) -> list[tuple[str, str]]:
        """What may be chosen instead, where that may still change."""
        if form is None or "appointment" not in form.fields:
            return []
        return [(str(visit.pk), told(visit)) for visit in form.appointments()]

    def _since(self, seen: int) -> list[Told]:
        self.invoice.refresh_from_db()
        events = self.invoice.events.filter(version__gt=seen).select_related("created_by")
        return tell(events.order_by("-version", "-pk"))


@page("billing/invoice/<uuid:pk>/print/", name="billing_invoice_print")
class PaperPage(AdminPage):
    """The invoice on paper: a page without the frame, made for printing."""

    template_name = "admin/billing/invoice_print/page.html"
    permissions = (READ_INVOICES.permission,)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        invoice = invoice_or_404(kwargs["pk"])
        return super().get_context_data(
            invoice=invoice, document=InvoiceDocument.of(invoice), back=change_url(invoice), **kwargs
        )


def invoice_or_404(key: Any) -> Invoice:
    """The invoice with what its pages tell of it."""
    rows = Invoice.objects.select_related("patient__merged_into", "appointment", "corrects", "corrected_by")
    found = rows.prefetch_related("items", "tags").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _link(line: LedgerEntry) -> str:
    return change_url(line.record) if line.record else ""


def next_step(invoice: Invoice) -> str:
    """What is to be done about it now, in a sentence; empty where nothing is."""
    match InvoiceStatus(invoice.status):
        case InvoiceStatus.DRAFT:
            return gettext("It is not issued yet.")
        case InvoiceStatus.ISSUED | InvoiceStatus.PARTIALY_PAID:
            if invoice.is_overdue():
                return gettext("Remind the patient, or take the payment.")
            return gettext("Nothing to do before it is due.")
        case InvoiceStatus.WRITTEN_OFF:
            return gettext("It was given up. Money that still comes is recorded all the same.")
        case InvoiceStatus.VOID:
            return gettext("It never counted.")
    return gettext("Nothing is owed.")
