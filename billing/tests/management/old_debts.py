"""Old debts, and how the tests run the command that writes them off."""

import io
import json
from datetime import UTC, date, datetime

from django.core.management import call_command

from billing.models import Invoice
from billing.tests.factories import InvoiceFactory

SINCE = date(2026, 3, 31)
LONG_AGO = datetime(2026, 1, 5, 10, tzinfo=UTC)


def debt(due="2026-02-04", **states):
    """An open invoice over 100.00, issued on 5 January 2026."""
    due_date = datetime.fromisoformat(due).replace(tzinfo=UTC)
    return InvoiceFactory(**{"issued": True, "at": LONG_AGO, "due_date": due_date} | states)


def run(*arguments, since="2026-03-31", **options):
    stdout = io.StringIO()
    call_command("write_off_invoices", f"--overdue-since={since}", *arguments, stdout=stdout, **options)
    return stdout.getvalue()


def commit(*arguments, **options):
    return run("--commit", "--reason=No reply", *arguments, **options)


def chosen(*arguments, **options):
    """The invoices that a run would write off, in its order."""
    rows = json.loads(run("--json", *arguments, **options))["invoices"]
    return [Invoice.objects.get(pk=row["id"]) for row in rows]
