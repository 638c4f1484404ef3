"""The price list, the tags and the closing date."""

from django.contrib import admin

from billing.models import BooksClosing, NumberSeries, Service, Tag
from clinic.admin import KeptAdmin, ReadOnlyAdmin


@admin.register(Service)
class ServiceAdmin(KeptAdmin):
    """A service that was billed is kept; one that is no longer offered is made inactive."""

    list_display = ["code", "description", "category", "unit_price", "tax_rate", "active"]
    list_filter = ["active", "category"]
    search_fields = ["code", "description", "search_text"]
    readonly_fields = ["created_at", "updated_at"]


@admin.register(Tag)
class TagAdmin(KeptAdmin):
    """A tag may stand on issued invoices."""

    list_display = ["name", "created_at"]
    search_fields = ["name", "key"]


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    list_display = ["document", "year", "last_number"]
    list_filter = ["document", "year"]


@admin.register(BooksClosing)
class BooksClosingAdmin(ReadOnlyAdmin):
    list_display = ["closed_through", "reason", "created_by", "created_at"]
