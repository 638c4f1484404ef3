"""The number of SQL statements of each operation is the same for any number of items; savepoints are not counted."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice, NumberSeries, Payment, WriteOff
from billing.operations.create_or_update import create_invoice, update_invoice
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import pay, reverse_payment, take_payment
from billing.operations.refunds import refund
from billing.operations.voiding import void
from billing.operations.write_off_batch import OldDebts, write_off_batch
from billing.operations.write_offs import reinstate, write_off
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from clinic.commands import parse_user_option
from patients.models import Patient
from patients.tests.factories import PatientFactory

# A receipt's number: a sequence on PostgreSQL, a counter that is stepped and read on SQLite.
RECEIPT = 1 if connection.vendor == "postgresql" else 3  # with the closing date


@pytest.fixture
def statements(actor, noon):
    """Run it, and count; the series of the year has begun."""
    for document in ("INV", "CN", "REC"):
        NumberSeries.objects.create(document=document, year=noon.year)

    def statements(run):
        with CaptureQueriesContext(connection) as captured:
            run()
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    return statements


@pytest.fixture
def invoice(statements):
    """Make an invoice, and read it as a request does."""

    def invoice(items=1, **state):
        services = [ServiceFactory() for _ in range(items)]
        made = InvoiceFactory(items=[item("100.00", service=service) for service in services], **state)
        return Invoice.objects.get(pk=made.pk)

    return invoice


def pay_part(invoice, amount="40.00", **actor):
    pay(invoice, amount=Decimal(amount), **actor)


def refund_part(invoice, **actor):
    refund(invoice, amount=Decimal("10.00"), method=PaymentMethod.CASH, reason="Complaint", **actor)


@pytest.mark.parametrize("items", [1, 40])
class TestOperation:
    def test_statements_of_create(self, actor, statements, items):
        patient = Patient.objects.get(pk=PatientFactory().pk)
        given = [item("100.00") for _ in range(items)]

        # the invoice, its items, its event
        assert statements(lambda: create_invoice(InvoiceInput(fields={"patient": patient}, items=given), **actor)) == 3

    def test_statements_of_create_and_issue(self, actor, statements, items):
        patient = Patient.objects.get(pk=PatientFactory().pk)
        requested = {"status": InvoiceStatus.ISSUED}
        given = [item("100.00") for _ in range(items)]

        run = statements(
            lambda: create_invoice(InvoiceInput(fields={"patient": patient}, items=given, **requested), **actor)
        )

        assert run == 3 + 8  # as one after the other

    def test_statements_of_issue(self, actor, statements, invoice, items):
        draft = invoice(items)

        # lock, items, closing date, patient, event, number stepped and read, invoice
        assert statements(lambda: issue(draft, **actor)) == 8

    def test_statements_of_payment(self, actor, statements, invoice, items):
        issued = invoice(items, issued=True)

        # lock, closing date, payment, allocation, event, invoice
        assert statements(lambda: pay_part(issued, **actor)) == 5 + RECEIPT

    def test_statements_of_deposit(self, actor, statements, invoice, items):
        draft = invoice(items)

        assert statements(lambda: pay_part(draft, **actor)) == 7 + RECEIPT  # the items, the patient

    def test_statements_of_refund(self, actor, statements, invoice, items):
        paid = invoice(items, paid=True)

        assert statements(lambda: refund_part(paid, **actor)) == 8

    def test_statements_of_void(self, actor, statements, invoice, items):
        issued = invoice(items, issued=True)

        # lock, closing date, event, invoice
        assert statements(lambda: void(issued, reason="Wrong", **actor)) == 4

    def test_statements_of_write_off(self, actor, statements, invoice, items):
        issued = invoice(items, issued=True)

        # lock, closing date, write-off, event, invoice
        assert statements(lambda: write_off(issued, reason="Lost", **actor)) == 5

    def test_statements_of_reinstatement(self, actor, statements, invoice, items):
        lost = invoice(items, written_off=True)

        assert statements(lambda: reinstate(lost, reason="Found", **actor)) == 6

    def test_statements_of_credit_note(self, actor, statements, invoice, items):
        paid = invoice(items, paid=True)

        assert statements(lambda: issue_credit_note(invoice=paid, reason="Not rendered", **actor)) == 14

    def test_statements_of_correction(self, actor, statements, invoice, items):
        paid = invoice(items, paid=True)

        assert statements(lambda: correct(invoice=paid, reason="Wrong price", **actor)) == 27

    def test_statements_of_update_without_change(self, actor, statements, invoice, items):
        draft = invoice(items)

        # lock, items
        assert statements(lambda: update_invoice(draft, InvoiceInput(fields={"notes": ""}), **actor)) == 2

    def test_statements_of_update_of_items(self, actor, statements, invoice, items):
        draft = invoice(items)
        given = [{"id": line.pk, "unit_price": Decimal("50.00")} for line in draft.items.all()]

        # lock, items read and written, invoice, event
        assert statements(lambda: update_invoice(draft, InvoiceInput(items=given), **actor)) == 5

    def test_statements_of_reversal(self, actor, statements, invoice, items):
        invoice(items, paid=True)
        payment = Payment.objects.get()

        assert statements(lambda: reverse_payment(payment=payment, reason="Bounced", **actor)) == 11 + RECEIPT


class TestPaymentOfManyInvoices:
    @pytest.mark.parametrize("count", [1, 5])
    def test_payment_takes_three_statements_for_each_invoice(self, actor, statements, invoice, count):
        patient = PatientFactory()
        for _ in range(count):
            invoice(patient=patient, issued=True)
        payer = Patient.objects.get(pk=patient.pk)

        run = statements(
            lambda: take_payment(patient=payer, amount=Decimal(100 * count), method=PaymentMethod.CASH, **actor)
        )

        assert run == 4 + RECEIPT + 3 * count


class TestWriteOffBatch:
    @pytest.mark.parametrize("count", [1, 5])
    def test_batch_takes_five_statements_for_each_invoice(self, actor, noon, statements, invoice, count):
        debts = [
            invoice(issued=True, at=noon - timedelta(days=90), due_date=noon - timedelta(days=60)) for _ in range(count)
        ]
        batch = {
            "debts": OldDebts(noon.date()),
            "reason": "No reply",
            "batch_id": uuid4(),
            "by": parse_user_option("system"),
        }

        run = statements(lambda: write_off_batch([debt.pk for debt in debts], clock=lambda: noon, **batch))

        # the closing date; of each: lock, is it an old debt still, write-off, event, invoice
        assert run == 1 + 5 * count
        assert WriteOff.objects.count() == count
