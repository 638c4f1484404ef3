"""What is fetched after the list of invoices is there: how many wait in each queue, and what the list adds up to."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_list.list_urls import queue_tabs
from billing.models import Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.reports.list_totals import MAX_ROWS, list_totals
from billing.reports.queues import queue_counts
from clinic.admin import AdminPage, page
from clinic.domain.dates import today

SEE = ("billing.view_invoice",)


def rows_of_list(request: HttpRequest) -> InvoiceQuerySet:
    """The invoices that the list shows for the query of a request. IncorrectLookupParameters."""
    invoices: Any = admin.site.get_model_admin(Invoice)
    rows: Any = invoices.rows_asked_for(request)
    return rows  # type: ignore[no-any-return]  # of invoices


@page("billing/invoice/totals/", name="billing_invoice_totals")
class TotalsOfList(AdminPage):
    """The foot of the list, for the query that the list was asked with."""

    title = _("Totals of the list")
    permissions = SEE

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        try:
            totals = list_totals(rows_of_list(request), max_rows=MAX_ROWS)
        except IncorrectLookupParameters:
            return HttpResponseBadRequest()
        return render(request, "admin/billing/invoice_list/totals.html", {"totals": totals, "most": MAX_ROWS})


@page("billing/invoice/queues/", name="billing_invoice_queues")
class QueuesOfDesk(AdminPage):
    """The queues with how many wait in each."""

    title = _("Work queues")
    permissions = SEE

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        here = request.GET.get("queue", "")
        counts = queue_counts(on=today())
        tabs = [{**tab, "count": counts.get(tab["key"])} for tab in queue_tabs(here)]
        return render(request, "admin/billing/invoice_list/queue_tabs.html", {"tabs": tabs})
