"""Counts of the queues and totals of the invoice list, loaded after the page."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_list.list_urls import queue_tabs
from billing.models import Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.reports.list_totals import MAX_TOTALLED_ROWS, list_totals
from billing.reports.queues import queue_counts
from clinic.admin import AdminPage, register_page
from clinic.domain.dates import today

VIEW_PERMISSIONS = ("billing.view_invoice",)


def listed_invoices(request: HttpRequest) -> InvoiceQuerySet:
    """Return the invoices of the list for the query of a request. Raises IncorrectLookupParameters."""
    invoices: Any = admin.site.get_model_admin(Invoice)
    rows: Any = invoices.filtered_rows(request)
    return rows  # type: ignore[no-any-return]  # of invoices


@register_page("billing/invoice/totals/", name="billing_invoice_totals")
class ListTotalsPage(AdminPage):
    """The totals of the list for its query, as an HTML fragment."""

    title = _("Totals of the list")
    permissions = VIEW_PERMISSIONS

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        try:
            totals = list_totals(listed_invoices(request), max_rows=MAX_TOTALLED_ROWS)
        except IncorrectLookupParameters:
            return HttpResponseBadRequest()
        return render(
            request, "admin/billing/invoice_list/totals.html", {"totals": totals, "max_rows": MAX_TOTALLED_ROWS}
        )


@register_page("billing/invoice/queues/", name="billing_invoice_queues")
class QueueCountsPage(AdminPage):
    """The tabs of the queues with their counts, as an HTML fragment."""

    title = _("Work queues")
    permissions = VIEW_PERMISSIONS

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        current = request.GET.get("queue", "")
        counts = queue_counts(on=today())
        tabs = [{**tab, "count": counts.get(tab["key"])} for tab in queue_tabs(current)]
        return render(request, "admin/billing/invoice_list/queue_tabs.html", {"tabs": tabs})
