"""Due dates of invoices, and the amounts paid on them."""

from datetime import UTC, datetime

from billing.models import Invoice


def due(day, *, month=6):
    return datetime(2026, month, day, tzinfo=UTC)


def paid_on(*invoices):
    """Return the stored `paid_amount` of each invoice."""
    return [str(Invoice.objects.get(pk=invoice.pk).paid_amount) for invoice in invoices]
