"""An invoice as a document to read: figures, items, ledger and history."""

from django.contrib import admin

from billing.models import CreditNote, Invoice, InvoiceEvent, InvoiceItem, PaymentAllocation, WriteOff
from clinic.admin import ReadOnlyAdmin, ReadOnlyTabularInline


class Items(ReadOnlyTabularInline):
    model = InvoiceItem
    fields = [
        "position",
        "code",
        "description",
        "quantity",
        "unit_price",
        "discount_percent",
        "discount_amount",
        "tax_rate",
        "line_total",
    ]


class Movements(ReadOnlyTabularInline):
    model = PaymentAllocation
    fields = ["created_at", "payment", "amount", "refund", "credit_note", "reversal", "created_by"]
    verbose_name_plural = "payments on this invoice"


class CreditNotes(ReadOnlyTabularInline):
    model = CreditNote
    fields = ["number", "total_amount", "reason", "created_by", "created_at"]


class WriteOffs(ReadOnlyTabularInline):
    model = WriteOff
    fields = ["created_at", "amount", "reason", "batch_id", "created_by"]


class Events(ReadOnlyTabularInline):
    model = InvoiceEvent
    fields = ["created_at", "kind", "status", "version", "changes", "reason", "created_by", "client", "request_id"]
    verbose_name_plural = "history"


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = [
        "reg_number",
        "patient",
        "status",
        "issue_date",
        "due_date",
        "total_amount",
        "paid_amount",
        "remaining_amount",
        "currency",
    ]
    list_filter = ["status", "issue_date", "due_date", "tags"]
    list_select_related = ["patient"]
    search_fields = ["search_text", "patient__search_text"]
    date_hierarchy = "issue_date"
    ordering = ["-created_at"]
    fieldsets = [
        (None, {"fields": [("reg_number", "status"), ("patient", "appointment"), ("issue_date", "due_date")]}),
        (
            "What is owed",
            {
                "fields": [
                    ("subtotal", "discount_total", "tax_amount", "total_amount"),
                    ("paid_amount", "credited_amount", "written_off_amount", "remaining_amount", "currency"),
                ]
            },
        ),
        ("Who pays", {"fields": ["bill_to_name", "bill_to_address"], "classes": ["collapse"]}),
        ("Words", {"fields": ["notes", "internal_note", "tags", "corrects"]}),
    ]
    inlines = [Items, Movements, CreditNotes, WriteOffs, Events]
