"""Dashboard: the first page of the admin. Each part is shown to users who may read its records."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.admin import dashboard_figures
from billing.reports.monthly_figures import billed_and_collected
from billing.reports.receivables import drafts_waiting, receivables, unallocated_credit
from billing.reports.takings import collected, takings
from billing.roles import CLOSE_BOOKS, DRAFT, READ_INVOICES, READ_PAYMENTS, READ_REFUNDS, TAKE_PAYMENT
from clinic.admin import AdminPage, register_page
from clinic.domain.dates import today
from clinic.domain.permissions import Permission

# Links to start something: required permission, label, icon and URL name.
START_LINKS = (
    (TAKE_PAYMENT, _("Take a payment"), "point_of_sale", "admin:billing_take_payment"),
    (DRAFT, _("New invoice"), "add", "admin:billing_invoice_add"),
    (CLOSE_BOOKS, _("Check the books"), "fact_check", "admin:billing_books_check"),
)


@register_page("", name="index")
class Dashboard(AdminPage):
    """The dashboard. For users without permissions in billing it is empty."""

    title = _("Overview")
    permissions = ()
    template_name = "admin/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context; at most 11 queries for the figures."""
        on = today()
        reads_invoices = _may(self.request, READ_INVOICES)
        reads_payments = _may(self.request, READ_PAYMENTS, READ_REFUNDS)
        context: dict[str, Any] = {"today": on, "start_links": list(_start_links(self.request)), "figures": []}
        if reads_invoices:
            debts = receivables(on=on)
            credit = unallocated_credit() if reads_payments else None
            context["figures"] += dashboard_figures.invoice_figures(debts, drafts_waiting(), credit)
            context |= {"bars": dashboard_figures.ageing_bars(debts), "outstanding": debts.owed}
            context["currency"] = settings.CLINIC_CURRENCY
        if reads_payments:
            context["figures"].insert(2, dashboard_figures.collected_figure(collected(on=on)))
            context["takings"] = takings(on=on)
            context["drawer"] = dashboard_figures.drawer_text(context["takings"])
        if reads_invoices and reads_payments:
            context["chart"] = dashboard_figures.monthly_chart(billed_and_collected(on=on))
        return super().get_context_data(**context, **kwargs)


def _may(request: HttpRequest, *permissions: Permission) -> bool:
    return request.user.has_perms([each.django_permission for each in permissions])


def _start_links(request: HttpRequest) -> Iterator[dict[str, Any]]:
    for permission, label, icon, url_name in START_LINKS:
        if _may(request, permission):
            yield {"title": label, "icon": icon, "link": reverse(url_name)}
