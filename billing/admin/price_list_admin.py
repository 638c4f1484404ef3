"""The price list, the tags and the closing date."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing.models import BooksClosing, NumberSeries, Service, Tag
from clinic.admin import FoundByWords, KeptAdmin, ReadOnlyAdmin, YesNoFilter, display, money, quantity


@admin.register(Service)
class ServiceAdmin(FoundByWords, KeptAdmin):
    """A service that was billed is kept; one that is no longer offered is made inactive."""

    list_display = ["code", "description", "category", "price", "tax", "active"]
    list_filter = [("active", YesNoFilter)]
    search_help_text = _("Code, description or category")
    fields = ["code", "description", "category", ("unit_price", "tax_rate"), "active", ("created_at", "updated_at")]
    readonly_fields = ["created_at", "updated_at"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The price to the cent, or as exact as it is."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "unit_price":
            field.least_places = 2
        return field

    @display(description=_("Unit price"), ordering="unit_price")
    def price(self, service: Service) -> str:
        """As many decimals as it has, two at least."""
        exact = service.unit_price
        return money(exact) if exact == round(exact, 2) else quantity(exact)

    @display(description=_("Tax, percent"), ordering="tax_rate")
    def tax(self, service: Service) -> str:
        return quantity(service.tax_rate)


@admin.register(Tag)
class TagAdmin(KeptAdmin):
    """A tag may stand on issued invoices."""

    list_display = ["name", "created_at"]
    search_fields = ["name", "key"]
    search_help_text = _("Word")
    fields = ["name"]


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    """How far each series of numbers has come; a number is drawn by what bears it."""

    list_display = ["document", "year", "last_number"]


@admin.register(BooksClosing)
class BooksClosingAdmin(ReadOnlyAdmin):
    """Up to which day the books are closed, and who closed them."""

    list_display = ["closed_through", "reason", "created_by", "created_at"]
    list_select_related = ["created_by"]
    fields = ["closed_through", "reason", "created_by", "created_at", "client"]
