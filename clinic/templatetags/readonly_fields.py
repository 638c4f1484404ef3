"""Template filter of the admin's read-only fields: `{% load readonly_fields %}`, `{{ field|contents_for:request }}`."""

from typing import Any

from django import template
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

register = template.Library()


@register.filter
def contents_for(field: Any, request: HttpRequest) -> str:
    """Return the contents of a field; a related record is a link only for users who may open its page."""
    from clinic.admin.pages import may_view  # Django imports template libraries while it imports the admin

    record = field.resolved_field[2] if field.resolved_field else None
    is_record = isinstance(record, Model) and admin.site.is_registered(type(record))
    if is_record and not may_view(request, record):
        return str(record)
    return str(field.contents())
