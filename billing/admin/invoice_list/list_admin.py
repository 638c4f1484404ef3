"""Admin of the list of invoices: columns, queues, filters, actions. It runs no COUNT over all invoices."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.admin.exported_list import EXPORT_ACTIONS, ExportedListMixin, export_action
from billing.admin.invoice_list.bulk_actions import BULK_ACTIONS
from billing.admin.invoice_list.bulk_views import print_invoices, show_preview
from billing.admin.invoice_list.filters import AccountFilter, AgeFilter, TagFilter
from billing.admin.invoice_list.invoice_export_columns import INVOICE_EXPORT
from billing.admin.invoice_list.list_urls import CREDIT, NOT_BILLED, queue_tabs
from billing.admin.status_badges import due_date_with_age, invoice_badge
from billing.models import Invoice
from billing.models.invoice.queryset import LONG_COLUMNS, InvoiceQuerySet
from billing.reports.list_totals import INVOICE_SUMS
from billing.reports.queues import QUEUES
from billing.roles import READ_INVOICES
from clinic.admin import (
    ChoicesFilter,
    DateRangeFilter,
    NumberRangeFilter,
    SearchTextMixin,
    action,
    change_url,
    display,
    format_date,
    format_money,
)
from clinic.admin.lists import ListQueue, QueueChangeList
from clinic.db.expressions import InNumberOrder

VIEW = READ_INVOICES.django_permission
DEFERRED = (*LONG_COLUMNS, "patient__search_text", "patient__address")


class InvoiceChangeList(QueueChangeList):
    """A page of the list, without the long columns."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        return super().get_queryset(request, exclude_parameters).defer(*DEFERRED)

    @property
    def tabs(self) -> list[dict[str, Any]]:
        """The tabs of all invoices and of the queues."""
        return queue_tabs(self.queue)


class InvoiceListAdmin(SearchTextMixin, ExportedListMixin):
    """The part of InvoiceAdmin for the list."""

    list_display = ("number", "patient_name", "state", "issued_on", "due_on", "total", "paid", "remaining")
    list_display_links = ("number",)
    list_select_related = ("patient",)
    list_filter = (
        ("status", ChoicesFilter),
        AgeFilter,
        ("patient", AccountFilter),
        TagFilter,
        ("issue_date", DateRangeFilter),
        ("due_date", DateRangeFilter),
        ("total_amount", NumberRangeFilter),
        ("remaining_amount", NumberRangeFilter),
    )
    list_filter_sheet = True
    list_before_template = "admin/billing/invoice_list/lazy_queue_tabs.html"
    search_help_text = _("Number, item, patient, phone or email")
    ordering = ("-created_at",)
    actions = ("issue_chosen", "write_off_chosen", "tag_chosen", "print_chosen", *EXPORT_ACTIONS)
    queues: ClassVar[Mapping[str, ListQueue]] = {
        key: queue for key, queue in QUEUES.items() if key not in (CREDIT, NOT_BILLED)
    }
    list_export = INVOICE_EXPORT
    list_sums = INVOICE_SUMS
    export_csv = export_action("csv", VIEW)
    export_xlsx = export_action("xlsx", VIEW)

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[QueueChangeList]:  # noqa: ARG002  # Django's signature
        return InvoiceChangeList

    @display(description=_("Number"), ordering=InNumberOrder("reg_number"))
    def number(self, invoice: Invoice) -> str:
        return invoice.reg_number

    @display(description=_("Patient"))
    def patient_name(self, invoice: Invoice) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', change_url(invoice.patient), invoice.patient.full_name or invoice.patient
        )

    @display(description=_("Status"))
    def state(self, invoice: Invoice) -> SafeString:
        return invoice_badge(invoice)

    @display(description=_("Issued"), ordering="issue_date")
    def issued_on(self, invoice: Invoice) -> str:
        return format_date(invoice.issue_date)

    @display(description=_("Due"), ordering="due_date")
    def due_on(self, invoice: Invoice) -> SafeString:
        return due_date_with_age(invoice)

    @display(description=_("Total"), ordering="total_amount")
    def total(self, invoice: Invoice) -> str:
        return format_money(invoice.total_amount)

    @display(description=_("Paid"), ordering="paid_amount")
    def paid(self, invoice: Invoice) -> str:
        return format_money(invoice.paid_amount)

    @display(description=_("Remaining"), ordering="remaining_amount")
    def remaining(self, invoice: Invoice) -> str:
        return format_money(invoice.remaining_amount)

    # -- Actions on chosen rows

    @action(permissions=[VIEW, BULK_ACTIONS["issue"].permission], description=_("Issue drafts …"), icon="send")
    def issue_chosen(self, request: HttpRequest, rows: InvoiceQuerySet) -> HttpResponse:
        return show_preview(request, "issue", rows)

    @action(permissions=[VIEW, BULK_ACTIONS["write-off"].permission], description=_("Write off …"), icon="money_off")
    def write_off_chosen(self, request: HttpRequest, rows: InvoiceQuerySet) -> HttpResponse:
        return show_preview(request, "write-off", rows)

    @action(permissions=[VIEW, BULK_ACTIONS["tag"].permission], description=_("Change tags …"), icon="label")
    def tag_chosen(self, request: HttpRequest, rows: InvoiceQuerySet) -> HttpResponse:
        return show_preview(request, "tag", rows)

    @action(permissions=[VIEW], description=_("Print"), icon="print")
    def print_chosen(self, request: HttpRequest, rows: InvoiceQuerySet) -> HttpResponse:
        return print_invoices(request, rows)
