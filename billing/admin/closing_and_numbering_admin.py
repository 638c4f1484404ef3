"""Read-only admin of the closing of the books and of the number series."""

from django.contrib import admin

from billing.models import BooksClosing, NumberSeries
from clinic.admin import ReadOnlyAdmin


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    """The last number of each series; numbers are assigned when a document is created."""

    list_display = ["document", "year", "last_number"]
    ordering = ["-year", "document"]


@admin.register(BooksClosing)
class BooksClosingAdmin(ReadOnlyAdmin):
    """The closing dates of the books."""

    list_display = ["closed_through", "reason", "created_by", "created_at"]
    list_select_related = ["created_by"]
    fields = ["closed_through", "reason", "created_by", "created_at", "client"]
