"""Invoices in the admin: the list, a draft to edit, an issued one to read. No form of Django's ever saves one."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from billing.admin.draft_editor.views import EditDraftPage, NewDraftPage
from billing.admin.invoice_list.change_list import InvoiceList
from billing.admin.invoice_page.views import DocumentPage, invoice_or_404
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.roles import CHANGE, DRAFT, READ_INVOICES
from clinic.admin import FOUND_AT_MOST, AdminPage, Found, ReadOnlyAdmin, change_url, finder


@finder
def find_invoices(request: HttpRequest, words: str) -> Iterator[Found]:
    """Invoices by number, patient or item, the newest first, for who may see them."""
    if request.user.has_perm("billing.view_invoice"):
        found = Invoice.objects.found_by(words).select_related("patient").order_by("-created_at", "-pk")
        for invoice in found[:FOUND_AT_MOST]:
            yield Found(invoice.reg_number, str(invoice.patient), change_url(invoice), "receipt_long")


@admin.register(Invoice)
class InvoiceAdmin(InvoiceList, ReadOnlyAdmin):
    """Read only for Django's own forms; the pages of one invoice are ours, and save by the verbs of the books."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """For the button of the list: a new draft is a page of ours."""
        return request.user.has_perm(DRAFT.permission)

    def add_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """A draft that is not in the books yet."""
        return _shown(NewDraftPage(), request)

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """A draft to edit, for whoever may; else the document. A form of a draft that is none any more comes back."""
        if not request.user.has_perm(READ_INVOICES.permission):
            raise PermissionDenied
        try:
            invoice = invoice_or_404(UUID(object_id))
        except ValueError as error:
            raise Http404 from error
        edits = request.user.has_perm(CHANGE.permission)
        if request.method == "POST" and not edits:
            return _shown(EditDraftPage(invoice), request)
        is_draft = invoice.status == InvoiceStatus.DRAFT
        was_draft = request.method == "POST" and request.POST.get("form") == "draft"
        return _shown(EditDraftPage(invoice) if edits and (is_draft or was_draft) else DocumentPage(invoice), request)

    def history_view(self, _request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The history is a part of the page."""
        try:
            return HttpResponseRedirect(f"{change_url(Invoice(pk=UUID(object_id)))}#history")
        except ValueError as error:
            raise Http404 from error


def _shown(view: AdminPage, request: HttpRequest) -> HttpResponse:
    view.setup(request)
    answer = view.dispatch(request)
    assert isinstance(answer, HttpResponse)  # none of these pages streams
    return answer
