"""The worked cases of the settlement: what money, write-offs and credit notes leave of an invoice over 100.00."""

from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Payment, WriteOff
from billing.operations.credit_notes import issue_credit_note
from billing.operations.payments import pay
from billing.operations.refunds import refund
from billing.operations.voiding import void
from billing.operations.write_offs import write_off
from billing.rules.crediting import CreditRequest
from billing.tests.factories import InvoiceFactory, item


@pytest.fixture
def credit(actor):
    """Give that much of an invoice back."""

    def credit(invoice, amount):
        asked = [CreditRequest(invoice.items.get().pk, amount=Decimal(amount))]
        return issue_credit_note(invoice=invoice, reason="Not rendered", items=asked, **actor)

    return credit


def figures(invoice):
    """Paid, credited, written off, remaining, the patient's credit; and the status."""
    invoice.refresh_from_db()
    amounts = (
        invoice.paid_amount,
        invoice.credited_amount,
        invoice.written_off_amount,
        invoice.remaining_amount,
        Payment.objects.of_account(invoice.patient).unallocated_credit(),
    )
    return [str(amount) for amount in amounts], invoice.status


class TestPartWriteOffOf50Then80Paid:
    @pytest.fixture
    def invoice(self, actor):
        invoice = InvoiceFactory(part_written_off="50.00")
        pay(invoice, amount=Decimal("80.00"), **actor)
        return invoice

    def test_payment_settles_the_50_that_remain_and_reverses_30_of_the_write_off(self, invoice):
        assert figures(invoice) == (["80.00", "0.00", "20.00", "0.00", "0.00"], InvoiceStatus.WRITTEN_OFF)
        assert [str(row.amount) for row in invoice.write_offs.order_by("-amount")] == ["50.00", "-30.00"]

    def test_payment_of_100_pays_the_invoice(self, actor, invoice):
        pay(invoice, amount=Decimal("20.00"), **actor)

        assert figures(invoice) == (["100.00", "0.00", "0.00", "0.00", "0.00"], InvoiceStatus.PAID)


class TestWrittenOff100Then30Recovered:
    def test_invoice_stays_written_off_with_70(self, actor):
        invoice = InvoiceFactory(written_off=True)

        pay(invoice, amount=Decimal("30.00"), **actor)

        assert figures(invoice) == (["30.00", "0.00", "70.00", "0.00", "0.00"], InvoiceStatus.WRITTEN_OFF)


class TestPaid60WrittenOff40ThenRefund60:
    def test_refund_reopens_60(self, actor):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        refund(invoice, amount=Decimal("60.00"), method=PaymentMethod.CASH, reason="Complaint", **actor)

        assert figures(invoice) == (["0.00", "0.00", "40.00", "60.00", "0.00"], InvoiceStatus.ISSUED)

    def test_event_shows_that_the_debt_is_due_again(self, actor):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        refund(invoice, amount=Decimal("60.00"), method=PaymentMethod.CASH, reason="Complaint", **actor)

        assert invoice.events.latest("version").changes["status"] == ["WRITTEN_OFF", "ISSUED"]


class TestCreditNoteOf30OnPaid100:
    def test_credit_note_leaves_70_paid_and_30_of_credit(self, credit):
        invoice = InvoiceFactory(paid=True)

        credit(invoice, "30.00")

        assert figures(invoice) == (["70.00", "30.00", "0.00", "0.00", "30.00"], InvoiceStatus.PAID)


class TestCreditNoteOf70OnPaid60Of100:
    def test_credit_note_settles_40_and_releases_30(self, credit):
        invoice = InvoiceFactory(part_paid="60.00")

        credit(invoice, "70.00")

        assert figures(invoice) == (["30.00", "70.00", "0.00", "0.00", "30.00"], InvoiceStatus.PAID)


class TestCreditNoteOf100OnPaid60WrittenOff40:
    def test_credit_note_reverses_the_write_off_and_releases_60(self, credit):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        credit(invoice, "100.00")

        assert figures(invoice) == (["0.00", "100.00", "0.00", "0.00", "60.00"], InvoiceStatus.PAID)


class TestFullDiscountForTheWrongPatient:
    @pytest.fixture
    def invoice(self, actor):
        return InvoiceFactory(issued=True, items=[item("80.00")], discount_percent=Decimal(100))

    def test_fully_discounted_invoice_is_paid_at_issue(self, invoice):
        assert figures(invoice) == (["0.00", "0.00", "0.00", "0.00", "0.00"], InvoiceStatus.PAID)
        assert str(invoice.subtotal) == "80.00"

    def test_fully_discounted_invoice_may_be_voided(self, actor, invoice):
        void(invoice, reason="Wrong patient", **actor)

        assert figures(invoice)[1] == InvoiceStatus.VOID


class TestOrderOfSettlement:
    """A credit note settles the amount due, then write-offs, newest first, then money."""

    def test_newest_write_off_is_reversed_first(self, actor, noon):
        invoice = InvoiceFactory(issued=True)
        first = write_off(invoice, amount=Decimal("50.00"), reason="Goodwill", **actor)
        later = actor | {"at": noon.replace(hour=13)}
        second = write_off(invoice, amount=Decimal("30.00"), reason="Moved", **later)

        pay(invoice, amount=Decimal("60.00"), **later)  # 20 remain, then 30 of the second, then 10 of the first

        taken_back = WriteOff.objects.filter(amount__lt=0).values_list("reverses", "amount")
        assert set(taken_back) == {(second.pk, Decimal("-30.00")), (first.pk, Decimal("-10.00"))}
        assert figures(invoice) == (["60.00", "0.00", "40.00", "0.00", "0.00"], InvoiceStatus.WRITTEN_OFF)

    def test_newest_payment_is_released_first(self, actor, noon, credit):
        invoice = InvoiceFactory(issued=True)
        first = pay(invoice, amount=Decimal("70.00"), **actor)
        second = pay(invoice, amount=Decimal("30.00"), **actor | {"at": noon.replace(hour=13)})

        credit(invoice, "50.00")

        released = {row.pk: row.unallocated for row in Payment.objects.with_credit()}
        assert released == {second.pk: Decimal("30.00"), first.pk: Decimal("20.00")}

    def test_credit_note_before_any_payment_only_lowers_the_amount_due(self, credit):
        invoice = InvoiceFactory(issued=True)

        credit(invoice, "30.00")

        assert figures(invoice) == (["0.00", "30.00", "0.00", "70.00", "0.00"], InvoiceStatus.ISSUED)

    def test_credit_note_settles_the_rest_of_a_partly_written_off_invoice(self, credit):
        invoice = InvoiceFactory(part_written_off="50.00")

        credit(invoice, "50.00")

        assert figures(invoice) == (["0.00", "50.00", "50.00", "0.00", "0.00"], InvoiceStatus.WRITTEN_OFF)

    def test_refund_after_a_credit_note_reopens_what_is_not_credited(self, actor, credit):
        invoice = InvoiceFactory(paid=True)
        credit(invoice, "30.00")

        refund(invoice, amount=Decimal("70.00"), method=PaymentMethod.CARD, reason="Complaint", **actor)

        assert figures(invoice) == (["0.00", "30.00", "0.00", "70.00", "30.00"], InvoiceStatus.ISSUED)
