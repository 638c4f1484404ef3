"""The versions of invoices at their last check without findings: which invoices a daily check skips.

A version is compared, not a time: an invoice whose change commits late, or with a clock that is wrong, has another
version than the one that was checked, and is checked by the next run.
The alternatives are in docs/adr/0007-check-books-by-version.md.
"""

from django.db import OperationalError, connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_noop as _

from billing.models import CheckedInvoice, Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.reports.books_check.invariant import sql_invariant

CHECKED_VERSIONS = sql_invariant(
    "checked_versions",
    _("No checked invoice has disappeared or returned to an earlier version."),
    "SELECT checked.invoice_id FROM billing_checkedinvoice checked "
    "LEFT JOIN billing_invoice invoice ON invoice.id = checked.invoice_id "
    "WHERE (invoice.version >= checked.version) IS NOT TRUE",
)
UPDATE = (
    "INSERT INTO billing_checkedinvoice (invoice_id, version) SELECT invoice.id, invoice.version "
    "FROM billing_invoice invoice LEFT JOIN billing_checkedinvoice checked ON checked.invoice_id = invoice.id "
    "WHERE (checked.version = invoice.version) IS NOT TRUE "
    "ON CONFLICT (invoice_id) DO UPDATE SET version = excluded.version"
)


def changed_invoices() -> InvoiceQuerySet:
    """Return the invoices that changed since their last check, or that were never checked."""
    checked = CheckedInvoice.objects.filter(pk=OuterRef("pk"), version=OuterRef("version"))
    return Invoice.objects.filter(~Exists(checked))


def record_checked_versions() -> bool:
    """Record the versions of all invoices that the snapshot sees, and return whether that succeeded.

    It fails when another check recorded some since the snapshot, or, on SQLite, when anything was written since; the
    next check then verifies the same invoices again.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(UPDATE)
    except OperationalError:
        return False
    return True
