"""Comparison of the API's books with the second set, which is kept by hand."""

from collections import Counter
from datetime import date

from billing import models
from billing.documents.receipt import Receipt
from billing.reports.statement import statement
from billing.tests.stateful.api_client import cents
from patients.models import Patient

AMOUNTS = ("total", "paid", "credited", "written_off", "remaining")


def compare_invoices(client, ledger):
    rows = {row["id"]: row for row in client.rows("/invoice/")}
    assert rows.keys() == ledger.invoices.keys()
    for key, invoice in ledger.invoices.items():
        row = rows[key]
        given = {name: cents(row[f"{name}_amount"]) for name in AMOUNTS}
        assert given == {name: getattr(invoice, name) for name in AMOUNTS}
        assert row["status"] == invoice.status
        assert row["reg_number"] == invoice.number or (not invoice.number and row["reg_number"][:6] == "DRAFT-")


def compare_payments(rows, ledger):
    credit = [payment.credit for payment in ledger.payments.values()]
    assert [cents(row["unallocated_amount"]) for row in rows] == credit


def compare_statements(ledger, patients):
    """The statement of each patient says what the second books say, invoice by invoice."""
    for patient in patients:
        found = statement(Patient.objects.get(pk=patient), first=date(1900, 1, 1), last=ledger.today)
        charged = Counter()
        for entry in found.entries:
            record = entry.record
            key = record.pk if isinstance(record, models.Invoice) else getattr(record, "invoice_id", None)
            if not isinstance(record, models.Payment | models.Refund):
                charged[str(key)] += entry.amount
        invoices = {key: each for key, each in ledger.invoices.items() if each.patient == patient}
        expected = {
            key: each.total - each.credited - each.written_off
            for key, each in invoices.items()
            if each.number and not each.is_void
        }
        assert {key: cents(amount) for key, amount in charged.items()} == expected
        owed = sum(each.remaining for each in invoices.values() if each.number)
        deposits = sum(each.paid for each in invoices.values() if not each.number)
        credit = sum(each.credit for each in ledger.payments.values() if each.patient == patient)
        assert cents(found.closing) == owed - deposits - credit


def print_new_receipts(first_printed):
    """Keep the receipt of each new payment as it is printed now."""
    payments = models.Payment.objects.filter(reverses=None).exclude(pk__in=first_printed)
    for payment in payments.select_related("patient"):
        first_printed[payment.pk] = receipt = Receipt.of(payment)
        assert receipt.credit == payment.excess_amount
        assert receipt.credit + sum(line.amount for line in receipt.lines) == payment.amount


def compare_receipts(first_printed):
    """Each receipt prints the same as when the payment was new."""
    for payment in models.Payment.objects.filter(reverses=None).select_related("patient"):
        now, then = Receipt.of(payment), first_printed[payment.pk]
        assert (now.lines, now.credit, now.payer, now.patient) == (
            then.lines,
            then.credit,
            then.payer,
            then.patient,
        )
