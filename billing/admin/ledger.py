"""Payments, refunds, write-offs and credit notes: append-only, so to be read here and written by verbs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from billing.models import CreditNote, CreditNoteLine, Payment, PaymentAllocation, Refund, WriteOff
from clinic.admin import ReadOnlyAdmin, ReadOnlyTabularInline


class AllocationsOfPayment(ReadOnlyTabularInline):
    model = PaymentAllocation
    fk_name = "payment"
    fields = ["invoice", "refund", "amount", "created_by", "created_at"]
    verbose_name_plural = "where the money went"


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
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
    list_filter = ["method", "received_at"]
    list_select_related = ["patient", "created_by"]
    search_fields = ["receipt_number", "reference", "patient__search_text"]
    date_hierarchy = "received_at"
    inlines = [AllocationsOfPayment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The payments, each with what of it is unallocated."""
        ordering = self.get_ordering(request) or ()
        return Payment.objects.with_unallocated().order_by(*ordering)

    @admin.display(description="credit left")
    def credit_left(self, payment: Payment) -> str:
        """What of it is the patient's credit."""
        return str(payment.unallocated)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "patient", "invoice", "amount", "currency", "method", "reason", "created_by"]
    list_filter = ["method", "created_at"]
    list_select_related = ["patient", "invoice", "created_by"]
    search_fields = ["reference", "reason", "patient__search_text"]


@admin.register(WriteOff)
class WriteOffAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "invoice", "amount", "reason", "batch_id", "created_by"]
    list_filter = ["created_at"]
    list_select_related = ["invoice", "created_by"]
    search_fields = ["invoice__reg_number", "reason", "batch_id"]


class CreditNoteLines(ReadOnlyTabularInline):
    model = CreditNoteLine
    fields = ["item", "quantity", "tax_amount", "total_amount"]


@admin.register(CreditNote)
class CreditNoteAdmin(ReadOnlyAdmin):
    list_display = ["number", "invoice", "total_amount", "currency", "reason", "created_by", "created_at"]
    list_filter = ["created_at"]
    list_select_related = ["invoice", "created_by"]
    search_fields = ["number", "invoice__reg_number", "reason"]
    inlines = [CreditNoteLines]
