"""Lists with totals and an export of all their rows, below the rows: invoices and the ledger."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from billing.admin.export_files import FORMATS
from billing.admin.export_jobs import export_response
from billing.admin.exports import Export
from billing.reports.list_totals import MAX_TOTALLED_ROWS, ListSums, list_totals
from clinic.admin import QueueFilterMixin, action, list_url
from clinic.admin.filters import unreadable_message
from clinic.db.replica import read_from_replica

EXPORT_ACTIONS = ("export_csv", "export_xlsx")


class ExportedListMixin(QueueFilterMixin):
    """ModelAdmin whose list has the totals `list_sums` and the export `list_export`, for whoever may read it.

    Their pages are `totals/` and `export/csv/` below the list, and take its query.
    """

    list_export: ClassVar[Export]
    list_sums: ClassVar[ListSums]
    list_after_template = "admin/billing/exported_list/footer.html"

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["billing/invoice_list.css"]}

    def get_urls(self) -> list[URLPattern]:
        """Return the pages of the totals and of the export, then those of the model."""
        own = [path("totals/", self.admin_site.admin_view(self.totals_view), name=self._url_name("totals"))]
        own.append(
            path("export/<str:kind>/", self.admin_site.admin_view(self.export_view), name=self._url_name("export"))
        )
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        exports = [(kind.upper(), reverse(f"admin:{self._url_name('export')}", args=[kind])) for kind in FORMATS]
        context = {"exports": exports, "totals_url": reverse(f"admin:{self._url_name('totals')}")}
        response: HttpResponse = super().changelist_view(request, {**context, **(extra_context or {})})
        return response

    def totals_view(self, request: HttpRequest) -> HttpResponse:
        """Return the totals of the list for its query, as an HTML fragment."""
        self._check_view_permission(request)
        try:
            totals = read_from_replica(
                lambda: list_totals(self.filtered_rows(request), self.list_sums, max_rows=MAX_TOTALLED_ROWS)
            )
        except IncorrectLookupParameters:
            return HttpResponseBadRequest()
        context = {"totals": totals, "max_rows": MAX_TOTALLED_ROWS}
        return render(request, "admin/billing/exported_list/totals.html", context)

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Return the list as CSV or XLSX, for its query, or start a job; an unreadable query leads back to the list."""
        self._check_view_permission(request)
        if kind not in FORMATS:
            raise Http404
        try:
            rows = self.filtered_rows(request)
        except IncorrectLookupParameters as error:
            messages.error(request, unreadable_message(error))
            return HttpResponseRedirect(list_url(self.model))
        return export_response(request, self.list_export, rows, kind, query=request.GET.urlencode())

    def _check_view_permission(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _url_name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"


def export_action(kind: str, permission: str) -> Callable[..., Any]:
    """Return the action that exports the selected rows as CSV or XLSX, for users with the permission."""
    description = {"csv": _("Export as CSV"), "xlsx": _("Export as XLSX")}[kind]

    @action(permissions=[permission], description=description, icon="download")
    def export(model_admin: ExportedListMixin, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponseBase:
        query = request.GET.urlencode() if request.POST.get("select_across") == "1" else None
        return export_response(request, model_admin.list_export, rows, kind, query=query)

    return export
