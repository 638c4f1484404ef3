"""An invoice as a document to read: figures, items, ledger and history."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from billing.models import CreditNote, Invoice, InvoiceEvent, InvoiceItem, PaymentAllocation, WriteOff
from clinic.admin import FoundByWords, ReadOnlyAdmin, ReadOnlyTabularInline
from clinic.calendar import day_of


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
    fields = ["created_at", "kind", "told", "reason", "created_by", "client", "request_id"]
    readonly_fields = ["told"]
    verbose_name_plural = "history"

    @admin.display(description="from → to")
    def told(self, event: InvoiceEvent) -> str:
        """What changed, a line each."""
        rows = (
            (name.replace("_", " "), _said(before), _said(after)) for name, (before, after) in event.changes.items()
        )
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {} → {}</li>", rows))


@admin.register(Invoice)
class InvoiceAdmin(FoundByWords, ReadOnlyAdmin):
    list_display = [
        "reg_number",
        "patient",
        "status",
        "issued_on",
        "due_on",
        "total_amount",
        "paid_amount",
        "remaining_amount",
    ]
    list_filter = ["status", "issue_date", "due_date"]
    list_select_related = ["patient"]
    search_help_text = "Number, item, patient's name, record number, phone or e-mail; case and accents do not matter."
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

    @admin.display(description="issued", ordering="issue_date")
    def issued_on(self, invoice: Invoice) -> str:
        """The issue day at the clinic."""
        return str(day_of(invoice.issue_date)) if invoice.issue_date else "–"

    @admin.display(description="due", ordering="due_date")
    def due_on(self, invoice: Invoice) -> str:
        """The due day at the clinic, and whether it is over."""
        if invoice.due_date is None:
            return "–"
        return str(day_of(invoice.due_date)) + (", overdue" if invoice.is_overdue() else "")


def _said(value: Any) -> str:
    """A value of an event's changes, as a clerk reads it."""
    if value is None or value == []:
        return "–"
    if isinstance(value, list):
        return f"{len(value)} items" if isinstance(value[0], dict) else ", ".join(map(str, value))
    return str(value)
