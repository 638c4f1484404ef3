"""Counts of the queues of the invoice list, loaded after the page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_list.list_urls import queue_tabs
from billing.reports.queues import queue_counts
from billing.roles import READ_INVOICES
from clinic.admin import AdminPage, register_page
from clinic.domain.dates import today


@register_page("billing/invoice/queues/", name="billing_invoice_queues")
class QueueCountsPage(AdminPage):
    """The tabs of the queues with their counts, as an HTML fragment."""

    title = _("Work queues")
    permissions = (READ_INVOICES.django_permission,)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        current = request.GET.get("queue", "")
        counts = queue_counts(on=today())
        tabs = [{**tab, "count": counts.get(tab["key"])} for tab in queue_tabs(current)]
        return render(request, "admin/billing/invoice_list/queue_tabs.html", {"tabs": tabs})
