"""Template filters of status badges.

`{% load billing_badges %}`, `{{ invoice|invoice_badge }}`, `{{ status|status_badge }}`, `{{ invoice|overdue_text }}`.

Django imports template libraries while it imports the admin; so each filter imports the admin when it is called.
"""

from django import template
from django.utils.safestring import SafeString

from billing.models import Invoice

register = template.Library()


@register.filter
def status_badge(status: str) -> SafeString:
    """Return the badge of an invoice status."""
    from billing.admin import status_badges

    return status_badges.status_badge(status)


@register.filter
def invoice_badge(invoice: Invoice) -> SafeString:
    """Return the badge of an invoice's status."""
    from billing.admin import status_badges

    return status_badges.invoice_badge(invoice)


@register.filter
def overdue_text(invoice: Invoice) -> str:
    """Return “overdue by 12 days”, or an empty string."""
    from billing.admin import status_badges

    return status_badges.overdue_text(invoice)
