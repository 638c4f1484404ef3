"""The books that are attacked: something of everything, with a name for each row."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from billing.models import CreditNote, InvoiceItem, NumberSeries, Payment, Refund, WriteOff
from billing.operations.closing import close_books
from billing.operations.refunds import refund_credit
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory, item
from clinic.domain.dates import local_date, start_of_day
from patients.tests.factories import AppointmentFactory, PatientFactory


def build_books():
    """A clinic's books with something of everything; the names that the attacks use, for what stands there."""
    now, clerk = timezone.now(), ClerkFactory()
    who = {"by": clerk, "at": now}
    patient = PatientFactory()
    appointment = AppointmentFactory(patient=patient)
    invoices = {
        "draft": InvoiceFactory(patient=patient, tags=["urgent"]),
        "empty": InvoiceFactory(items=[]),
        "issued": InvoiceFactory(issued=True, patient=patient, appointment=appointment),
        "part_paid": InvoiceFactory(part_paid=True, patient=patient),
        "paid": InvoiceFactory(paid=True, patient=patient, appointment=appointment),
        "refunded": InvoiceFactory(refunded="30.00"),
        "void": InvoiceFactory(void=True, patient=patient),
        "written_off": InvoiceFactory(written_off=True),
        "part_written_off": InvoiceFactory(part_written_off=True),
        "reinstated": InvoiceFactory(reinstated=True),
        "credited": InvoiceFactory(credited=True, items=[item("60.00"), item("40.00", description="Dressing")]),
        "overdue": InvoiceFactory(overdue=True),
    }
    credit = PaymentFactory(amount="50.00")
    handed_out = PaymentFactory(amount="50.00")
    refund = refund_credit(payment=handed_out, amount=Decimal("20.00"), method="cash", reason="Asked for it", **who)
    bounced = PaymentFactory(reversed=True)
    close_books(through=local_date(now - timedelta(days=45)), reason="Year end", **who)
    closed = start_of_day(local_date(now - timedelta(days=50)))
    rows = {
        "credit": credit,
        "handed_out": handed_out,
        "credit_refund": refund,
        "bounced": bounced,
        "reversal": bounced.reversed_by,
        "payment": Payment.objects.filter(allocations__invoice=invoices["paid"]).first(),
        "part_payment": Payment.objects.filter(allocations__invoice=invoices["part_paid"]).first(),
        "refund": Refund.objects.get(invoice=invoices["refunded"]),
        "write_off": WriteOff.objects.get(invoice=invoices["written_off"]),
        "whole_reversed": WriteOff.objects.get(invoice=invoices["reinstated"], reverses=None),
        "note": CreditNote.objects.get(),
        "issued_item": InvoiceItem.objects.get(invoice=invoices["issued"]),
        "credited_item": InvoiceItem.objects.filter(invoice=invoices["credited"]).first(),
        "draft_item": InvoiceItem.objects.get(invoice=invoices["draft"]),
        "other_patient": PatientFactory(),
    }
    connection.check_constraints()  # what waits for the commit is in order
    year = local_date(now).year
    last = NumberSeries.objects.get(document="INV", year=year).last_number
    return {
        **{name: row.pk.hex for name, row in (invoices | rows).items()},
        "new": uuid.uuid4().hex,
        "newer": uuid.uuid4().hex,
        "now": now.strftime("%Y-%m-%d %H:%M:%S"),
        "closed": closed.strftime("%Y-%m-%d %H:%M:%S"),
        "year": str(year),
        "taken_number": invoices["issued"].reg_number,
        "next_number": f"INV-{year}-{last + 1:06d}",
        "far_number": f"INV-{year}-{last + 100:06d}",
        "long_ago": str(local_date(now - timedelta(days=400))),
        "today": str(local_date(now)),
        "series": str(NumberSeries.objects.get(document="INV", year=year).pk),
        "system": str(clerk.pk),
    }
