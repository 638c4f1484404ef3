"""Render the stored representations of invoices again, after a change of their format or of the clinic's time zone."""

from collections.abc import Iterator

from django.db import transaction

from billing.models import Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from clinic.db.bulk import bulk_update

BATCH_SIZE = 200


def render_again(invoices: InvoiceQuerySet) -> Iterator[tuple[int, int]]:
    """Render the representations of these invoices, a batch per transaction; yield how many were read, and written.

    Neither the version of an invoice nor its last change changes. Whoever changes an invoice of the batch waits for it;
    what was written meanwhile is kept.
    """
    remaining = invoices.order_by("pk").values_list("pk", flat=True)
    keys = list(remaining[:BATCH_SIZE])
    while keys:
        with transaction.atomic():
            locked = Invoice.objects.filter(pk__in=keys).locked().values_list("pk", flat=True)
            rows = Invoice.objects.filter(pk__in=list(locked)).for_rendering()
            changed = [invoice for invoice in rows if _render(invoice)]
            bulk_update(changed, ["wire_document"])
        yield len(keys), len(changed)
        keys = list(remaining.filter(pk__gt=keys[-1])[:BATCH_SIZE])


def _render(invoice: Invoice) -> bool:
    """Set the representation; True if it differs from the stored one."""
    stored, invoice.wire_document = invoice.wire_document, invoice.render_representation()
    return stored != invoice.wire_document
