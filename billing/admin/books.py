"""Do the books agree with themselves: asked from the desk, answered with what to open.

The check reads all of the books. Where they are too many for a page to wait for, it says so and names the command.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from billing.reports.books_check_results import BooksResult, Offender, books_result
from billing.roles import CLOSE_BOOKS
from clinic.admin import AdminPage, page, quantity

MOST = 20_000  # invoices that are checked while somebody waits


@page("billing/books-check/", name="billing_books_check")
class BooksCheck(AdminPage):
    """GET says what it is; POST runs it, and changes nothing. For who closes the books."""

    title = _("Check of the books")
    permissions = (CLOSE_BOOKS.permission,)
    template_name = "admin/billing/books/check.html"

    def post(self, _request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Run the check, unless it would take too long."""
        return self.render_to_response(self.get_context_data(**_asked()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(is_too_much=_is_too_much(), most=quantity(Decimal(MOST)), **kwargs)


def _is_too_much() -> bool:
    return Invoice.objects.order_by()[: MOST + 1].count() > MOST


def _asked() -> dict[str, Any]:
    if _is_too_much():
        return {}
    try:
        result = books_result()
    except OperationalError:  # the database gives a request's statement so many seconds
        return {"gave_up": True}
    return {"result": result, "broken": list(_broken(result))}


def _broken(result: BooksResult) -> Iterator[dict[str, Any]]:
    for promise in result.broken:
        rows = [(offender.told, _link(offender)) for offender in promise.offenders]
        yield {"promise": promise, "rows": rows}


def _link(offender: Offender) -> str:
    """The page of the record; "" where there is none."""
    if not offender.label:
        return ""
    try:
        return reverse(f"admin:{offender.label.lower().replace('.', '_')}_change", args=[offender.record_id])
    except NoReverseMatch:
        return ""
