"""Writing the stored documents of invoices anew: after a change of their format or of the clinic's zone, or where a
document is not what it should be."""

from collections.abc import Iterator

from django.db import transaction

from billing.models import Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from clinic.db.compiled import update_all

PORTION = 200


def write_documents(invoices: InvoiceQuerySet) -> Iterator[tuple[int, int]]:
    """Write them a portion at a time, each in a transaction of its own: how many were looked at, and written.

    A document changes nothing that an invoice says, neither its version nor its last change. Whoever changes one of
    the portion waits for it; what was written meanwhile is kept.
    """
    seen = invoices.order_by("pk").values_list("pk", flat=True)
    keys = list(seen[:PORTION])
    while keys:
        with transaction.atomic():
            held = Invoice.objects.filter(pk__in=keys).locked().values_list("pk", flat=True)
            written = [invoice for invoice in Invoice.objects.filter(pk__in=list(held)).to_write() if _differs(invoice)]
            update_all(written, ["wire_document"])
        yield len(keys), len(written)
        keys = list(seen.filter(pk__gt=keys[-1])[:PORTION])


def _differs(invoice: Invoice) -> bool:
    stored, invoice.wire_document = invoice.wire_document, invoice.written_anew()
    return stored != invoice.wire_document
