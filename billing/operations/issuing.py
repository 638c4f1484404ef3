"""Issue a draft: number it, freeze its content and derive its status."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User

from billing.choices import EventKind, InvoiceStatus, NumberedDocument
from billing.models import Invoice, NumberSeries
from billing.operations.names_on_documents import clinic_particulars, patient_particulars
from billing.operations.operation_checks import check_can_issue, check_issue_day
from billing.operations.recording import record_event
from billing.roles import ISSUE
from billing.rules.settlement import settled_status
from clinic.db.transactions import atomic
from clinic.domain.dates import local_date, start_of_day
from clinic.domain.permissions import check_permission


@atomic
def issue(invoice: Invoice, *, by: User, at: datetime) -> None:
    """Give a draft its number, freeze its content, and set the status that follows from its amounts.

    EmptyInvoice without items; PeriodClosed, IssueDateInFuture or BackdateNotAllowed for its date.
    """
    check_permission(by, ISSUE)
    invoice.lock()
    items = invoice.ordered_items
    check_can_issue(invoice, items)
    invoice.issue_date = invoice.issue_date or at
    day = local_date(invoice.issue_date)
    check_issue_day(day, by=by, at=at)
    invoice.due_date = invoice.due_date or default_due_date(day)
    invoice.calculate_totals(items)
    invoice.bill_to_name, invoice.bill_to_address = invoice.payer
    invoice.particulars = {"patient": patient_particulars(invoice.get_patient()), "clinic": clinic_particulars()}
    invoice.change_status(settled_status(**invoice.amounts()))
    changes = {"status": [InvoiceStatus.DRAFT, invoice.status]}
    record_event(invoice, EventKind.ISSUED, by=by, at=at, changes=changes)
    invoice.reg_number = NumberSeries.objects.draw(NumberedDocument.INVOICE, day.year)  # last: it locks the series
    invoice.search_text = invoice.build_search_text(items)
    invoice.save(at=at)


def default_due_date(issue_day: date) -> datetime:
    """Return the start of the due day that the terms of payment (PAYMENT_TERMS_DAYS) give."""
    return start_of_day(issue_day + timedelta(days=settings.PAYMENT_TERMS_DAYS))
