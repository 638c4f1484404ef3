"""Read-only admin of payments, refunds, write-offs and credit notes; they are written by action dialogs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.admin.dialogs import payment_actions, supervisor_actions
from billing.admin.exported_list import EXPORT_ACTIONS, ExportedListMixin, export_action
from billing.admin.invoice_list.list_urls import CREDIT
from billing.admin.ledger_export_columns import CREDIT_NOTE_EXPORT, PAYMENT_EXPORT, REFUND_EXPORT, WRITE_OFF_EXPORT
from billing.models import CreditNote, CreditNoteLine, Payment, PaymentAllocation, Refund, WriteOff
from billing.reports.list_totals import CREDIT_NOTE_SUMS, PAYMENT_SUMS, REFUND_SUMS, WRITE_OFF_SUMS
from billing.reports.queues import QUEUES
from clinic.admin import (
    EMPTY,
    AutocompleteFilter,
    ChoicesFilter,
    DateRangeFilter,
    NumberRangeFilter,
    ReadOnlyAdmin,
    ReadOnlyTabularInline,
    SearchTextMixin,
    change_url,
    display,
    format_date,
    format_money,
)
from clinic.admin.lists import ListQueue
from clinic.db.expressions import InNumberOrder

BY_INVOICE_NUMBER = InNumberOrder("invoice__reg_number")


class AllocationsOfPayment(ReadOnlyTabularInline):
    model = PaymentAllocation
    fk_name = "payment"
    fields = ["invoice", "refund", "amount", "created_by", "created_at"]
    verbose_name_plural = _("allocations")


@admin.register(Payment)
class PaymentAdmin(SearchTextMixin, ExportedListMixin, ReadOnlyAdmin):
    list_display = [
        "receipt_number",
        "patient",
        "amount",
        "credit_left",
        "currency",
        "method",
        "received_at",
        "created_by",
    ]
    list_filter = [
        ("method", ChoicesFilter),
        ("received_at", DateRangeFilter),
        ("amount", NumberRangeFilter),
        ("patient", AutocompleteFilter),
    ]
    list_select_related = ["patient", "created_by"]
    list_order: ClassVar[Mapping[str, Any]] = {
        "receipt_number": InNumberOrder("receipt_number"),
        "patient": "patient__sort_name",
    }
    list_export, list_sums = PAYMENT_EXPORT, PAYMENT_SUMS
    actions = EXPORT_ACTIONS
    export_csv = export_action("csv", "billing.view_payment")
    export_xlsx = export_action("xlsx", "billing.view_payment")
    ordering = ["-received_at", "-created_at", "-pk"]
    search_help_text = _("Receipt, reference or patient")
    queues: ClassVar[Mapping[str, ListQueue]] = {CREDIT: QUEUES[CREDIT]}
    fields = [
        ("receipt_number", "patient"),
        ("amount", "credit_left"),
        ("method", "reference"),
        ("tendered", "change_given"),
        ("received_at", "created_by"),
        ("reverses", "reversal"),
        "reason",
    ]
    readonly_fields = ["credit_left", "change_given", "reversal"]
    inlines = [AllocationsOfPayment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the payments, each with its unallocated amount."""
        ordering = self.get_ordering(request) or ()
        return Payment.objects.with_unallocated().order_by(*ordering)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the payment with its action buttons."""
        payment = kwargs["obj"]
        actions = {
            "actions": payment_actions(request, payment),
            "supervisor_actions": supervisor_actions(request, payment),
        }
        return super().render_change_form(request, {**context, **actions}, *args, **kwargs)

    @display(description=_("Credit left"))
    def credit_left(self, payment: Payment) -> str:
        """Return the unallocated amount."""
        return format_money(payment.unallocated)

    @display(description=pgettext_lazy("cash", "Change"))
    def change_given(self, payment: Payment) -> str:
        """Return the change given back in cash."""
        return format_money(payment.change_amount)

    @display(description=_("Reversed by"))
    def reversal(self, payment: Payment) -> str:
        """Return a link to the reversal of the payment, with its day, its author and its reason."""
        reversal = Payment.objects.filter(reverses=payment).select_related("created_by").first()
        if reversal is None:
            return EMPTY
        author = reversal.created_by.get_full_name() or reversal.created_by.get_username()
        details = f"{format_date(reversal.received_at)}, {author}: {reversal.reason}"
        return format_html('<a href="{}">{}</a>, {}', change_url(reversal), reversal, details)


@admin.register(Refund)
class RefundAdmin(SearchTextMixin, ExportedListMixin, ReadOnlyAdmin):
    list_display = ["created_at", "patient", "invoice", "amount", "currency", "method", "reason", "created_by"]
    list_filter = [("method", ChoicesFilter), ("created_at", DateRangeFilter), ("patient", AutocompleteFilter)]
    list_select_related = ["patient", "invoice", "created_by"]
    list_order: ClassVar[Mapping[str, Any]] = {"patient": "patient__sort_name", "invoice": BY_INVOICE_NUMBER}
    list_export, list_sums = REFUND_EXPORT, REFUND_SUMS
    actions = EXPORT_ACTIONS
    export_csv = export_action("csv", "billing.view_refund")
    export_xlsx = export_action("xlsx", "billing.view_refund")
    ordering = ["-created_at", "-pk"]
    search_help_text = _("Reference, reason, invoice or patient")


@admin.register(WriteOff)
class WriteOffAdmin(SearchTextMixin, ExportedListMixin, ReadOnlyAdmin):
    list_display = ["created_at", "invoice", "amount", "reason", "batch_id", "created_by"]
    list_filter = [("created_at", DateRangeFilter), ("amount", NumberRangeFilter)]
    list_select_related = ["invoice", "created_by"]
    list_order: ClassVar[Mapping[str, Any]] = {"invoice": BY_INVOICE_NUMBER}
    list_export, list_sums = WRITE_OFF_EXPORT, WRITE_OFF_SUMS
    actions = EXPORT_ACTIONS
    export_csv = export_action("csv", "billing.view_writeoff")
    export_xlsx = export_action("xlsx", "billing.view_writeoff")
    ordering = ["-created_at", "-pk"]
    search_help_text = _("Invoice, reason, patient or batch")


class CreditNoteLines(ReadOnlyTabularInline):
    model = CreditNoteLine
    fields = ["item", "quantity", "tax_amount", "total_amount"]


@admin.register(CreditNote)
class CreditNoteAdmin(SearchTextMixin, ExportedListMixin, ReadOnlyAdmin):
    list_display = ["number", "invoice", "total_amount", "currency", "reason", "created_by", "created_at"]
    list_filter = [("created_at", DateRangeFilter), ("total_amount", NumberRangeFilter)]
    list_select_related = ["invoice", "created_by"]
    list_order: ClassVar[Mapping[str, Any]] = {"number": InNumberOrder("number"), "invoice": BY_INVOICE_NUMBER}
    list_export, list_sums = CREDIT_NOTE_EXPORT, CREDIT_NOTE_SUMS
    actions = EXPORT_ACTIONS
    export_csv = export_action("csv", "billing.view_creditnote")
    export_xlsx = export_action("xlsx", "billing.view_creditnote")
    ordering = ["-created_at", "-pk"]
    search_help_text = _("Number, invoice, reason or patient")
    inlines = [CreditNoteLines]
