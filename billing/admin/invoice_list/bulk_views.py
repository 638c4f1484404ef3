"""Views of the bulk actions: the preview, the result for each invoice, and printing."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_list.bulk_actions import BULK_ACTIONS, MAX_SELECTED, BulkAction, ChosenInvoice, run_bulk
from billing.admin.invoice_list.bulk_jobs import start_bulk_job
from billing.documents.invoice import InvoiceDocument
from billing.models import Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.rules.money import ZERO
from clinic.admin import AdminPage, Breadcrumb, DialogForm, list_url, register_page

MAX_QUERY_LENGTH = 2_000
MAX_DIRECT_INVOICES = 50  # that are processed while somebody waits for the response


def show_preview(request: HttpRequest, key: str, rows: InvoiceQuerySet) -> HttpResponse:
    """Show what a bulk action would do to the chosen rows, at most MAX_SELECTED of them."""
    action = BULK_ACTIONS[key]
    newest_first = rows.order_by("-created_at", "-pk").values_list("pk", "version")
    chosen = [ChosenInvoice(*row) for row in newest_first[: MAX_SELECTED + 1]]
    return _preview(
        request,
        action,
        chosen[:MAX_SELECTED],
        action.form(request=request),
        values=action.dry_run_values,
        back=request.GET.urlencode(),
        has_more=len(chosen) > MAX_SELECTED,
    )


def print_invoices(request: HttpRequest, rows: InvoiceQuerySet) -> HttpResponse:
    """Show the print view of the chosen rows, at most MAX_SELECTED of them."""
    complete = rows.defer(None).select_related("patient", "appointment", "corrects").prefetch_related("items")
    found = list(complete.order_by("-created_at", "-pk")[: MAX_SELECTED + 1])
    invoices = [{"invoice": invoice, "document": InvoiceDocument.of(invoice)} for invoice in found[:MAX_SELECTED]]
    back = list_url(Invoice, request.GET.urlencode())
    context = {"invoices": invoices, "back": back, "has_more": len(found) > MAX_SELECTED}
    return render(request, "admin/billing/invoice_print/several_invoices.html", context)


@register_page("billing/invoice/bulk/<str:key>/", name="billing_invoice_bulk")
class BulkActionPage(AdminPage):
    """The target of the preview's form: a new preview, or the results."""

    permissions = ("billing.view_invoice",)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponseBase:
        key = kwargs["key"]
        if key not in BULK_ACTIONS:
            raise Http404
        action = BULK_ACTIONS[key]
        if not request.user.has_perm(action.permission):
            raise PermissionDenied
        chosen, back = _chosen_invoices(request.POST.getlist("row")), request.POST.get("back", "")
        form = action.form(request.POST, request=request)
        if not form.is_valid():
            return _preview(request, action, chosen, form, values=action.dry_run_values, back=back)
        if "preview" in request.POST:
            return _preview(request, action, chosen, form, values=form.cleaned_data, back=back)
        if len(chosen) > MAX_DIRECT_INVOICES:
            return start_bulk_job(request, action, chosen, form.cleaned_data, back=_list_query(back))
        rows = run_bulk(action, chosen, form.cleaned_data, by=_user(request), at=timezone.now(), dry_run=False)
        done = [row for row in rows if row.is_done]
        context = {"rows": rows, "done": len(done), "refused": len(rows) - len(done)}
        return _render(request, "admin/billing/invoice_list/bulk_results.html", action, back, **context)


def _preview(
    request: HttpRequest,
    action: BulkAction,
    chosen: list[ChosenInvoice],
    form: DialogForm,
    *,
    values: dict[str, Any],
    back: str,
    has_more: bool = False,
) -> HttpResponse:
    rows = run_bulk(action, chosen, values, by=_user(request), at=timezone.now(), dry_run=True)
    possible = [row for row in rows if row.is_done]
    context = {"rows": rows, "possible": len(possible), "refused": len(rows) - len(possible), "form": form}
    amounts = [row.amount for row in possible if row.amount is not None]
    context |= {"amount": sum(amounts, ZERO) if amounts else None, "has_more": has_more, "max_invoices": MAX_SELECTED}
    return _render(request, "admin/billing/invoice_list/bulk_preview.html", action, back, **context)


def _render(request: HttpRequest, template: str, action: BulkAction, back: str, **context: Any) -> HttpResponse:
    list_address = list_url(Invoice, _list_query(back))
    breadcrumbs = [Breadcrumb(_("Invoices"), list_address), Breadcrumb(action.title)]
    frame = {**admin.site.each_context(request), "title": action.title, "breadcrumbs": breadcrumbs}
    return render(request, template, {**frame, "action": action, "back": list_address, "back_query": back, **context})


def _list_query(back: str) -> str:
    """Return the query string of the list that a form names."""
    return QueryDict(back[:MAX_QUERY_LENGTH]).urlencode()


def _user(request: HttpRequest) -> User:
    """Return the user; every page of the admin requires a login."""
    assert isinstance(request.user, User)
    return request.user


def _chosen_invoices(rows: list[str]) -> list[ChosenInvoice]:
    """Return the invoices of the form's rows `ID:VERSION`. Raises BadRequest."""
    if not 0 < len(rows) <= MAX_SELECTED:
        raise BadRequest("The form names no invoice, or too many.")
    try:
        return [ChosenInvoice(UUID(key), int(version)) for key, _colon, version in (row.partition(":") for row in rows)]
    except ValueError as error:
        raise BadRequest("The form does not name its invoices.") from error
