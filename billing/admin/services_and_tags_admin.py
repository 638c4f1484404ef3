"""Admin of the price list (services) and the tags."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing.models import Service, Tag
from billing.roles import CHANGE, CHANGE_SERVICE
from clinic.admin import (
    BooleanFilter,
    NoDeleteAdmin,
    SearchTextMixin,
    display,
    format_quantity,
    register_panel,
)
from clinic.domain.permissions import has_permission
from clinic.i18n.display import format_unit_price


@register_panel(Service)
def supervisor_note(request: HttpRequest, _service: Service) -> tuple[str, dict[str, Any]] | None:
    """Return a note for clerks about who may change the price list; None for users who may, and for auditors."""
    user = cast("User", request.user)
    if has_permission(user, CHANGE_SERVICE) or not has_permission(user, CHANGE):
        return None
    return "admin/billing/supervisor_note.html", {"text": _("A supervisor can change the price list.")}


@admin.register(Service)
class ServiceAdmin(SearchTextMixin, NoDeleteAdmin):
    """Services are not deleted; one that is no longer offered is made inactive."""

    list_display = ["code", "description", "category", "price", "tax", "active"]
    list_filter = [("active", BooleanFilter)]
    list_order: ClassVar[Mapping[str, Any]] = {
        "code": "code_key",
        "description": "description_key",
        "category": "category_key",
    }
    search_help_text = _("Code, description or category")
    fields = ["code", "description", "category", ("unit_price", "tax_rate"), "active", ("created_at", "updated_at")]
    readonly_fields = ["created_at", "updated_at"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show a price with at least two decimals."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "unit_price":
            field.min_decimals = 2
        return field

    @display(description=_("Unit price"), ordering="unit_price")
    def price(self, service: Service) -> str:
        return format_unit_price(service.unit_price)

    @display(description=_("Tax, percent"), ordering="tax_rate")
    def tax(self, service: Service) -> str:
        return format_quantity(service.tax_rate)


@admin.register(Tag)
class TagAdmin(SearchTextMixin, NoDeleteAdmin):
    """Tags are not deleted: issued invoices may have them."""

    list_display = ["name", "created_at"]
    list_order: ClassVar[Mapping[str, Any]] = {"name": "key"}
    search_help_text = _("Name")
    fields = ["name"]
