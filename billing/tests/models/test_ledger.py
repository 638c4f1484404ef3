"""The ledger is written once: a mistake is corrected by a row that reverses it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import BooksClosing, CreditNote, CreditNoteLine, InvoiceEvent, Payment, PaymentAllocation, WriteOff
from billing.models.ledger import LedgerIsAppendOnly
from billing.models.payment import Refund
from billing.operations.closing import close_books
from billing.operations.credit_notes import issue_credit_note
from billing.operations.payments import pay, reverse_payment
from billing.operations.refunds import refund
from billing.rules.crediting import CreditRequest
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.domain.audit_context import audit_context, current_audit_context
from patients.tests.factories import PatientFactory

LEDGER = [Payment, PaymentAllocation, Refund, WriteOff, CreditNote, CreditNoteLine, InvoiceEvent, BooksClosing]


@pytest.fixture
def books(actor):
    """At least one row of each kind."""
    invoice = InvoiceFactory(part_paid="60.00", part_written_off="10.00")
    refund(invoice, amount=Decimal("10.00"), method="cash", reason="Complaint", **actor)
    asked = [CreditRequest(invoice.items.get().pk, amount=Decimal("5.00"))]
    issue_credit_note(invoice=invoice, reason="Not rendered", items=asked, **actor)
    close_books(through=actor["at"].date().replace(day=1), reason="Audit", **actor)
    return invoice


@pytest.mark.parametrize("kind", LEDGER, ids=lambda kind: kind.__name__)
class TestLedgerRow:
    def test_ledger_row_cannot_be_changed(self, books, kind):
        row = kind.objects.first()

        with pytest.raises(LedgerIsAppendOnly) as raised:
            row.save()

        assert raised.value.code == "ledger_append_only"

    def test_ledger_row_cannot_be_deleted(self, books, kind):
        row = kind.objects.first()

        with pytest.raises(LedgerIsAppendOnly):
            row.delete()

        assert kind.objects.filter(pk=row.pk).exists()

    def test_ledger_row_cannot_be_changed_by_sql(self, books, kind):
        with pytest.raises(IntegrityError), transaction.atomic():
            kind.objects.update(client="somebody else")

    def test_ledger_row_cannot_be_deleted_by_sql(self, books, kind):
        with pytest.raises(IntegrityError), transaction.atomic():
            kind.objects.all()._raw_delete("default")

    def test_ledger_row_has_user_time_and_text(self, books, actor, kind):
        row = kind.objects.first()

        assert row.created_by_id is not None
        assert row.created_at == actor["at"]
        assert str(row)


class TestSource:
    def test_source_is_stored_in_every_row_of_an_operation(self, actor):
        invoice = InvoiceFactory(issued=True)

        with audit_context(client="kiosk", request_id="r-1"):
            payment = pay(invoice, amount=Decimal(1), **actor)

        rows = [payment, payment.allocations.get(), invoice.events.latest("version")]
        assert {(row.client, row.request_id) for row in rows} == {("kiosk", "r-1")}

    def test_source_is_empty_without_an_audit_context(self, actor):
        payment = pay(InvoiceFactory(issued=True), amount=Decimal(1), **actor)

        assert (payment.client, payment.request_id) == ("", "")

    def test_audit_context_ends_with_its_block(self):
        with audit_context(client="kiosk"):
            assert current_audit_context() == ("kiosk", "")

        assert current_audit_context() == ("", "")


class TestUnallocatedCredit:
    def test_unallocated_credit_is_what_no_invoice_took(self, actor):
        patient = PatientFactory()
        InvoiceFactory(issued=True, patient=patient, total="30.00")

        payment = PaymentFactory(patient=patient, amount=Decimal("50.00"))

        assert Payment.objects.with_unallocated().get(pk=payment.pk).unallocated == Decimal("20.00")
        assert list(Payment.objects.with_credit()) == [payment]

    def test_unallocated_credit_of_a_reversed_payment_is_zero(self, actor):
        payment = PaymentFactory(reversed=True)

        assert [row.unallocated for row in Payment.objects.with_unallocated()] == [0, 0]
        assert Payment.objects.of_account(payment.patient).unallocated_credit() == 0

    def test_unallocated_credit_without_payments_is_zero(self, actor):
        assert Payment.objects.of_account(PatientFactory()).unallocated_credit() == Decimal("0.00")

    def test_unallocated_credit_is_that_of_the_whole_account(self, actor):
        survivor, merged, other = PatientFactory.create_batch(3)
        for patient in (survivor, merged, other):
            PaymentFactory(patient=patient, amount=Decimal("10.00"))

        merged.merge_into(survivor, **actor)

        assert Payment.objects.of_account(survivor).unallocated_credit() == Decimal("20.00")
        assert Payment.objects.of_account(merged).unallocated_credit() == Decimal("20.00")
        assert Payment.objects.of_account(other).unallocated_credit() == Decimal("10.00")


class TestReversal:
    def test_reversal_is_a_negative_payment_that_references_the_reversed_one(self, actor):
        payment = PaymentFactory(amount=Decimal("50.00"))

        reversal = reverse_payment(payment=payment, reason="Bounced", **actor)

        reversal.refresh_from_db()
        assert (reversal.amount, reversal.reverses, reversal.reason) == (Decimal("-50.00"), payment, "Bounced")
        assert reversal.receipt_number != payment.receipt_number


class TestPaymentsWithPossibleCredit:
    """The payments that may have unallocated credit, known by the excess that is stored with each payment."""

    @pytest.mark.parametrize(("brought", "excess"), [("100.00", "0.00"), ("120.00", "20.00"), ("30.00", "0.00")])
    def test_excess_amount_is_what_no_invoice_took(self, actor, brought, excess):
        invoice = InvoiceFactory(issued=True)

        payment = pay(invoice, amount=Decimal(brought), excess_to_credit=True, **actor)

        assert payment.excess_amount == Decimal(excess)
        assert set(Payment.objects.credit_candidates()) == ({payment} if payment.excess_amount else set())

    def test_excess_amount_of_a_payment_of_a_patient_is_what_no_invoice_took(self, actor):
        patient = PatientFactory()
        InvoiceFactory(issued=True, patient=patient, total="30.00")

        payment = PaymentFactory(patient=patient, amount=Decimal("50.00"))

        assert payment.excess_amount == Decimal("20.00")

    @pytest.mark.parametrize("state", ["credited", "refunded", "corrected", "reversed"])
    def test_payment_released_by_an_invoice_may_have_credit(self, actor, state):
        InvoiceFactory(**{"paid": True, state: True})
        InvoiceFactory(paid=True)

        found = Payment.objects.credit_candidates()

        assert {payment.excess_amount for payment in found} == {Decimal("0.00")}
        assert found.count() == 1
        assert set(Payment.objects.with_credit()) <= set(found)

    @pytest.mark.postgres
    def test_payments_with_possible_credit_are_found_by_two_indexes(self, actor):
        PaymentFactory()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is checked at the commit holds the table
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'billing_paymentallocation'")
            for (other,) in cursor.fetchall():
                if other not in {"billing_paymentallocation_pkey", "allocation_released"}:
                    cursor.execute(f'DROP INDEX "{other}"')

        plan = Payment.objects.credit_candidates().order_by().explain()

        assert "payment_with_excess" in plan
        assert "allocation_released" in plan
