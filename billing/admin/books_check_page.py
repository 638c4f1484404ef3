"""Admin page that runs check_books and links to the records at fault.

The check reads the whole books; of more than MAX_CHECKED_INVOICES the page names the command instead.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from billing.reports.books_check_results import BooksResult, Violation, books_result
from billing.roles import CLOSE_BOOKS
from clinic.admin import AdminPage, format_quantity, register_page

MAX_CHECKED_INVOICES = 10_000  # that are checked while somebody waits for the page


@register_page("billing/books-check/", name="billing_books_check")
class BooksCheck(AdminPage):
    """GET explains the check; POST runs it, and changes nothing. For those who may close the books."""

    title = _("Check of the books")
    permissions = (CLOSE_BOOKS.django_permission,)
    template_name = "admin/billing/books_check/page.html"

    def post(self, _request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Run the check, unless the books are too large."""
        return self.render_to_response(self.get_context_data(**_run()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            is_too_much=_is_too_much(), most=format_quantity(Decimal(MAX_CHECKED_INVOICES)), **kwargs
        )


def _is_too_much() -> bool:
    return Invoice.objects.order_by()[: MAX_CHECKED_INVOICES + 1].count() > MAX_CHECKED_INVOICES


def _run() -> dict[str, Any]:
    if _is_too_much():
        return {}
    try:
        result = books_result()
    except OperationalError:  # the statement timeout of requests
        return {"gave_up": True}
    return {"result": result, "violated": list(_violated(result))}


def _violated(result: BooksResult) -> Iterator[dict[str, Any]]:
    for invariant in result.violated:
        rows = [(violation.reported, _link(violation)) for violation in invariant.violations]
        yield {"invariant": invariant, "rows": rows}


def _link(violation: Violation) -> str:
    """Return the admin page of the record, or "" where there is none."""
    if not violation.model:
        return ""
    try:
        return reverse(f"admin:{violation.model.lower().replace('.', '_')}_change", args=[violation.record_id])
    except NoReverseMatch:
        return ""
