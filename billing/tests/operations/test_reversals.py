"""Reversals of payments, and payments of merged patients."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment, PeriodClosed
from billing.operations.closing import close_books
from billing.operations.credit_notes import issue_credit_note
from billing.operations.operation_checks import AlreadyReversed, PaymentRefunded
from billing.operations.payments import allocate_credit, pay, reverse_payment, take_payment
from billing.operations.refunds import credit_of, refund, refund_credit
from billing.operations.voiding import void
from billing.rules.crediting import CreditRequest
from billing.tests.factories import InvoiceFactory, PaymentFactory
from billing.tests.operations.invoice_dates import due, paid_on
from clinic.domain.errors import InvalidValue
from patients.tests.factories import PatientFactory


class TestReversal:
    def test_reversal_removes_the_money_from_every_invoice(self, actor, take, invoices):
        payment = take("110.00", excess_to_credit=True)

        reversal = reverse_payment(payment=payment, reason="Bounced", **actor)

        assert paid_on(*invoices) == ["0.00"] * 3
        assert {invoice.status for invoice in Invoice.objects.all()} == {InvoiceStatus.ISSUED}
        assert reversal.amount == Decimal("-110.00")
        assert (credit_of(payment), credit_of(reversal)) == (0, 0)

    def test_reversal_leaves_other_payments_unchanged(self, actor, take, invoices):
        first, second = take("40.00"), take("30.00")  # 40, then 10 on the second and 20 on the third

        reverse_payment(payment=first, reason="Bounced", **actor)

        assert paid_on(*invoices) == ["0.00", "10.00", "20.00"]
        assert credit_of(second) == 0

    def test_reversal_records_its_reason_for_each_invoice(self, actor, take, invoices):
        payment = take("50.00")

        reversal = reverse_payment(payment=payment, reason="Bounced", **actor)

        event = invoices[1].events.latest("version")
        assert (event.kind, event.reason) == (EventKind.REVERSED, "Bounced")
        assert event.changes == {
            "paid_amount": ["50.00", "0.00"],
            "status": ["PAID", "ISSUED"],
            "payment_id": [None, str(reversal.pk)],
        }

    def test_payment_is_reversed_only_once(self, actor, take, invoices):
        payment = take("50.00")
        reverse_payment(payment=payment, reason="Bounced", **actor)

        with pytest.raises(AlreadyReversed):
            reverse_payment(payment=payment, reason="Bounced", **actor)

        assert Payment.objects.count() == 2

    def test_reversal_of_a_reversal_is_refused(self, actor, take, invoices):
        reversal = reverse_payment(payment=take("50.00"), reason="Bounced", **actor)

        with pytest.raises(AlreadyReversed):
            reverse_payment(payment=reversal, reason="It came after all", **actor)

    def test_reversal_after_a_refund_of_its_credit_is_refused(self, actor, patient):
        payment = PaymentFactory(patient=patient)
        refund_credit(payment=payment, amount=Decimal(1), method=PaymentMethod.CASH, reason="Leaves", **actor)

        with pytest.raises(PaymentRefunded):
            reverse_payment(payment=payment, reason="Bounced", **actor)

    def test_reversal_after_a_refund_of_its_invoice_is_refused(self, actor):
        invoice = InvoiceFactory(paid=True)
        refund(invoice, amount=Decimal(1), method=PaymentMethod.CASH, reason="Complaint", **actor)

        with pytest.raises(PaymentRefunded):
            reverse_payment(payment=Payment.objects.get(), reason="Bounced", **actor)

        assert paid_on(invoice) == ["99.00"]

    def test_reversal_of_a_payment_other_than_the_refunded_one_is_allowed(self, actor, noon):
        invoice = InvoiceFactory(part_paid="60.00")
        first = Payment.objects.get()
        pay(invoice, amount=Decimal("40.00"), **actor | {"at": noon + timedelta(hours=1)})
        refund(invoice, amount=Decimal("40.00"), method=PaymentMethod.CASH, reason="Complaint", **actor)

        reverse_payment(payment=first, reason="Bounced", **actor)

        assert paid_on(invoice) == ["0.00"]

    def test_reversal_removes_allocated_credit_too(self, actor, patient):
        first = InvoiceFactory(patient=patient, paid=True)
        payment = Payment.objects.get()
        asked = [CreditRequest(first.items.get().pk, amount=Decimal("30.00"))]
        issue_credit_note(invoice=first, reason="Not rendered", items=asked, **actor)
        second = InvoiceFactory(patient=patient, issued=True)
        allocate_credit(payment=payment, **actor)
        assert paid_on(first, second) == ["70.00", "30.00"]

        reverse_payment(payment=payment, reason="Bounced", **actor)

        assert paid_on(first, second) == ["0.00", "0.00"]
        first.refresh_from_db()
        assert (first.status, first.remaining_amount) == (InvoiceStatus.ISSUED, Decimal("70.00"))

    def test_reversal_leaves_a_void_invoice_void(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")
        void(invoice, reason="Wrong", release_to="credit", **actor)
        events = invoice.events.count()

        reverse_payment(payment=Payment.objects.get(), reason="Bounced", **actor)

        invoice.refresh_from_db()
        assert (invoice.status, invoice.events.count()) == (InvoiceStatus.VOID, events)
        assert Payment.objects.of_account(invoice.patient).unallocated_credit() == 0

    def test_reversal_does_not_restore_recovered_write_offs(self, actor):
        invoice = InvoiceFactory(written_off=True)
        payment = pay(invoice, amount=Decimal("30.00"), **actor)

        reverse_payment(payment=payment, reason="Bounced", **actor)

        invoice.refresh_from_db()
        assert (invoice.status, invoice.written_off_amount, invoice.remaining_amount) == (
            InvoiceStatus.ISSUED,
            Decimal("70.00"),
            Decimal("30.00"),
        )

    def test_reversal_needs_a_reason(self, actor, take, invoices):
        payment = take("10.00")

        with pytest.raises(InvalidValue, match="A reversal needs a reason"):
            reverse_payment(payment=payment, reason="", **actor)

    def test_reversal_is_not_dated_in_a_closed_period(self, actor, take, invoices):
        payment = take("10.00")
        close_books(through=date(2026, 6, 14), reason="Audit", **actor)

        with pytest.raises(PeriodClosed):
            reverse_payment(payment=payment, reason="Bounced", **actor | {"at": due(14)})

    def test_reversal_of_a_payment_of_a_closed_period_is_dated_now(self, actor, take, invoices):
        payment = take("10.00", received_at=due(1))
        close_books(through=date(2026, 6, 14), reason="Audit", **actor)

        assert reverse_payment(payment=payment, reason="Bounced", **actor).received_at == actor["at"]


class TestMergedPatients:
    @pytest.fixture
    def merged(self, actor, patient):
        other = PatientFactory()
        other.merge_into(patient, **actor)
        return other

    def test_payment_of_a_merged_patient_includes_the_invoices_of_both(self, take, patient, merged):
        invoices = [InvoiceFactory(patient=person, issued=True) for person in (patient, merged)]

        take("200.00")

        assert paid_on(*invoices) == ["100.00", "100.00"]

    def test_payment_of_one_merged_patient_pays_an_invoice_of_the_other(self, actor, patient, merged):
        invoice = InvoiceFactory(patient=patient, issued=True)

        payment = take_payment(patient=merged, amount=Decimal(100), method=PaymentMethod.CASH, **actor)

        assert (paid_on(invoice), payment.patient) == (["100.00"], merged)

    def test_credit_of_merged_patients_is_shared(self, actor, patient, merged):
        payment = PaymentFactory(patient=merged, amount=Decimal("50.00"))
        invoice = InvoiceFactory(patient=patient, issued=True)

        allocate_credit(payment=payment, **actor)

        assert paid_on(invoice) == ["50.00"]

    def test_invoices_of_merged_patients_keep_their_patient(self, actor, patient):
        other = PatientFactory()
        invoice = InvoiceFactory(patient=other, issued=True)

        other.merge_into(patient, **actor)

        invoice.refresh_from_db()
        assert invoice.patient == other
        assert invoice.version == 2

    def test_reversal_reopens_the_invoices_of_both_merged_patients(self, actor, take, patient, merged):
        invoices = [InvoiceFactory(patient=person, issued=True) for person in (patient, merged)]
        payment = take("200.00")

        reverse_payment(payment=payment, reason="Bounced", **actor)

        assert paid_on(*invoices) == ["0.00", "0.00"]
