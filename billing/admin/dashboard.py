"""The first page: what is owed, what came in, what waits; of each only what the person may read."""

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
from clinic.admin import AdminPage, page
from clinic.domain.dates import today
from clinic.domain.permissions import Act

# What can be begun here: the act that it is, its words, its sign, its address.
BEGINNINGS = (
    (TAKE_PAYMENT, _("Take a payment"), "point_of_sale", "admin:billing_take_payment"),
    (DRAFT, _("New invoice"), "add", "admin:billing_invoice_add"),
    (CLOSE_BOOKS, _("Check the books"), "fact_check", "admin:billing_books_check"),
)


@page("", name="index")
class Dashboard(AdminPage):
    """Without a right to the books, the sidebar's lines are all that stands here."""

    title = _("Overview")
    permissions = ()
    template_name = "admin/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A bounded number of statements, whatever the number of invoices: 11 of figures."""
        on = today()
        sees_invoices = _may(self.request, READ_INVOICES)
        sees_money = _may(self.request, READ_PAYMENTS, READ_REFUNDS)
        shown: dict[str, Any] = {"on": on, "beginnings": list(_beginnings(self.request)), "figures": []}
        if sees_invoices:
            owed = receivables(on=on)
            shown["figures"] += dashboard_figures.figures_of(
                owed, drafts_waiting(), unallocated_credit() if sees_money else None
            )
            shown |= {"bars": dashboard_figures.bars_of(owed), "owed": owed.owed, "currency": settings.CLINIC_CURRENCY}
        if sees_money:
            shown["figures"].insert(2, dashboard_figures.figure_of(collected(on=on)))
            shown["takings"] = takings(on=on)
            shown["drawer"] = dashboard_figures.drawer_of(shown["takings"])
        if sees_invoices and sees_money:
            shown["chart"] = dashboard_figures.chart_of(billed_and_collected(on=on))
        return super().get_context_data(**shown, **kwargs)


def _may(request: HttpRequest, *acts: Act) -> bool:
    return request.user.has_perms([act.permission for act in acts])


def _beginnings(request: HttpRequest) -> Iterator[dict[str, Any]]:
    for act, words, icon, name in BEGINNINGS:
        if _may(request, act):
            yield {"title": words, "icon": icon, "link": reverse(name)}
