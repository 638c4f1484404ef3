"""Admin of invoices: the list, and which page shows an invoice. No ModelForm saves an invoice."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from billing.admin.draft_editor.views import EditDraftPage, NewDraftPage
from billing.admin.invoice_list.list_admin import InvoiceListAdmin
from billing.admin.invoice_page.views import InvoicePage, invoice_or_404
from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.roles import CHANGE, DRAFT, READ_INVOICES
from clinic.admin import AdminPage, ReadOnlyAdmin, change_url


@admin.register(Invoice)
class InvoiceAdmin(InvoiceListAdmin, ReadOnlyAdmin):
    """Read-only for Django's forms. The draft editor and the invoice page save through billing.operations."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the list has the button for a new draft."""
        return request.user.has_perm(DRAFT.django_permission)

    def add_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Show the editor of a new draft."""
        return _dispatch(NewDraftPage(), request)

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Show the draft editor if the user may edit the draft, else the invoice page.

        A submitted draft form goes to the editor even if the invoice is no draft any more: it keeps the input.
        """
        if not request.user.has_perm(READ_INVOICES.django_permission):
            raise PermissionDenied
        try:
            invoice = invoice_or_404(UUID(object_id))
        except ValueError as error:
            raise Http404 from error
        may_edit = request.user.has_perm(CHANGE.django_permission)
        if request.method == "POST" and not may_edit:
            return _dispatch(EditDraftPage(invoice), request)
        is_draft = invoice.status == InvoiceStatus.DRAFT
        is_draft_form = request.method == "POST" and request.POST.get("form") == "draft"
        if may_edit and (is_draft or is_draft_form):
            return _dispatch(EditDraftPage(invoice), request)
        return _dispatch(InvoicePage(invoice), request)

    def history_view(self, _request: HttpRequest, object_id: str, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Redirect to the history on the invoice's page."""
        try:
            return HttpResponseRedirect(f"{change_url(Invoice(pk=UUID(object_id)))}#history")
        except ValueError as error:
            raise Http404 from error


def _dispatch(view: AdminPage, request: HttpRequest) -> HttpResponse:
    view.setup(request)
    response = view.dispatch(request)
    assert isinstance(response, HttpResponse)  # none of these pages streams
    return response
