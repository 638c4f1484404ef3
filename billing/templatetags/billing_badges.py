"""Badges in templates: `{% load billing_badges %}`, `{{ invoice.status|status_badge }}`, `{{ invoice|late_by }}`.

Libraries are read while the admin is still being imported, so each asks for it when it is used.
"""

from django import template
from django.utils.safestring import SafeString

from billing.models import Invoice

register = template.Library()


@register.filter
def status_badge(status: str) -> SafeString:
    """The word of a status in its colour."""
    from billing.admin import status_badges

    return status_badges.status_badge(status)


@register.filter
def late_by(invoice: Invoice) -> str:
    """“overdue by 12 days”, or nothing."""
    from billing.admin import status_badges

    return status_badges.late_by(invoice)
