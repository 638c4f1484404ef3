"""Bulk actions of the list of invoices: the preview, which changes nothing, and the results, row by row."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_list.bulk_actions import AT_MOST, BULKS, Bulk, Chosen, attempt
from billing.documents.invoice import InvoiceDocument
from billing.models import Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.rules.money import ZERO
from clinic.admin import AdminPage, Crumb, DialogForm, list_url, page


def preview_of(request: HttpRequest, key: str, rows: InvoiceQuerySet) -> HttpResponse:
    """What a bulk action would do to the rows of the list that were chosen; no more than AT_MOST of them."""
    bulk = BULKS[key]
    newest = rows.order_by("-created_at", "-pk").values_list("pk", "version")
    chosen = [Chosen(*row) for row in newest[: AT_MOST + 1]]
    return _preview(
        request,
        bulk,
        chosen[:AT_MOST],
        bulk.form(request=request),
        said=bulk.on_trial,
        back=request.GET.urlencode(),
        has_more=len(chosen) > AT_MOST,
    )


def papers_of(request: HttpRequest, rows: InvoiceQuerySet) -> HttpResponse:
    """The rows that were chosen as pages to print, one after the other; no more than AT_MOST of them."""
    whole = rows.defer(None).select_related("patient", "corrects").prefetch_related("items")
    found = list(whole.order_by("-created_at", "-pk")[: AT_MOST + 1])
    sheets = [{"invoice": invoice, "document": InvoiceDocument.of(invoice)} for invoice in found[:AT_MOST]]
    back = list_url(Invoice, request.GET.urlencode())
    context = {"sheets": sheets, "back": back, "has_more": len(found) > AT_MOST}
    return render(request, "admin/billing/invoice_print/several_invoices.html", context)


@page("billing/invoice/bulk/<str:key>/", name="billing_invoice_bulk")
class BulkPage(AdminPage):
    """Takes what the preview asked; the list leads to it, and nothing else does."""

    permissions = ("billing.view_invoice",)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponse:
        key = kwargs["key"]
        if key not in BULKS:
            raise Http404
        bulk = BULKS[key]
        if not request.user.has_perm(bulk.permission):
            raise PermissionDenied
        chosen, back = _read(request.POST.getlist("row")), request.POST.get("back", "")
        form = bulk.form(request.POST, request=request)
        if not form.is_valid():
            return _preview(request, bulk, chosen, form, said=bulk.on_trial, back=back)
        if "preview" in request.POST:
            return _preview(request, bulk, chosen, form, said=form.cleaned_data, back=back)
        rows = attempt(bulk, chosen, form.cleaned_data, by=_person(request), at=timezone.now(), dry=False)
        done = [row for row in rows if row.is_done]
        context = {"rows": rows, "done": len(done), "refused": len(rows) - len(done)}
        return _page(request, "admin/billing/invoice_list/bulk_results.html", bulk, back, **context)


def _preview(
    request: HttpRequest,
    bulk: Bulk,
    chosen: list[Chosen],
    form: DialogForm,
    *,
    said: dict[str, Any],
    back: str,
    has_more: bool = False,
) -> HttpResponse:
    rows = attempt(bulk, chosen, said, by=_person(request), at=timezone.now(), dry=True)
    possible = [row for row in rows if row.is_done]
    context = {"rows": rows, "possible": len(possible), "refused": len(rows) - len(possible), "form": form}
    amount = sum((row.invoice.remaining_amount for row in possible), ZERO)
    context |= {"amount": amount, "has_more": has_more, "at_most": AT_MOST}
    return _page(request, "admin/billing/invoice_list/bulk_preview.html", bulk, back, **context)


def _page(request: HttpRequest, template: str, bulk: Bulk, back: str, **context: Any) -> HttpResponse:
    lead = list_url(Invoice, QueryDict(back[:2_000]).urlencode())
    crumbs = [Crumb(_("Invoices"), lead), Crumb(bulk.title)]
    frame = {**admin.site.each_context(request), "title": bulk.title, "breadcrumbs": crumbs}
    return render(request, template, {**frame, "bulk": bulk, "back": lead, "back_query": back, **context})


def _person(request: HttpRequest) -> User:
    """Who is logged in; every page of the admin has asked."""
    assert isinstance(request.user, User)
    return request.user


def _read(rows: list[str]) -> list[Chosen]:
    """The invoices of a form, each with the version that was seen. BadRequest."""
    if not 0 < len(rows) <= AT_MOST:
        raise BadRequest("The form names no invoice, or too many.")
    try:
        return [Chosen(UUID(key), int(version)) for key, _colon, version in (row.partition(":") for row in rows)]
    except ValueError as error:
        raise BadRequest("The form does not name its invoices.") from error
