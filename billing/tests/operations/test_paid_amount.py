"""`paid_amount` in a POST or PUT asserts all that was paid: it never invents money, and never takes any back."""

from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment
from billing.operations.create_or_update import create_invoice, update_invoice
from billing.operations.credit_notes import issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.payments import pay, reverse_payment
from billing.operations.refunds import refund
from billing.rules.crediting import CreditRequest
from billing.rules.lifecycle import InvoiceImmutable
from billing.rules.paid_amount import PaidAmountAboveTotal, PaidAmountAmbiguous, PaidAmountBelowLedger
from billing.tests.factories import InvoiceFactory, item
from clinic.domain.errors import StaleVersion
from patients.tests.factories import PatientFactory


@pytest.fixture
def assert_paid(actor):
    """PUT this `paid_amount`."""

    def assert_paid(invoice, amount, **given):
        update_invoice(invoice, InvoiceInput(paid_amount=Decimal(amount)), **given, **actor)

    return assert_paid


class TestOpenInvoice:
    def test_same_paid_amount_records_nothing(self, assert_paid):
        invoice = InvoiceFactory(part_paid="40.00")
        version = invoice.version

        assert_paid(invoice, "40.00")

        assert (invoice.version, Payment.objects.count()) == (version, 1)

    def test_higher_paid_amount_records_a_payment_of_the_difference(self, assert_paid):
        invoice = InvoiceFactory(part_paid="40.00")

        assert_paid(invoice, "55.50")

        new = Payment.objects.get(amount=Decimal("15.50"))
        assert new.method == PaymentMethod.UNSPECIFIED
        assert invoice.status == InvoiceStatus.PARTIALY_PAID

    def test_paid_amount_of_the_total_pays_the_invoice(self, actor, assert_paid):
        invoice = InvoiceFactory(
            items=[item("199.99")],
            discount_percent=Decimal("12.5"),
            discount_amount=Decimal("20.00"),
            issued=True,
        )

        assert_paid(invoice, "100.00")
        assert (invoice.status, invoice.remaining_amount) == (InvoiceStatus.PARTIALY_PAID, Decimal("54.99"))
        assert_paid(invoice, "154.99")
        assert (invoice.status, invoice.remaining_amount) == (InvoiceStatus.PAID, 0)

    def test_lower_paid_amount_is_refused(self, assert_paid):
        invoice = InvoiceFactory(part_paid="40.00")

        with pytest.raises(PaidAmountBelowLedger) as raised:
            assert_paid(invoice, "39.99")

        assert raised.value.code == "paid_amount_below_ledger"
        assert [error.pointer for error in raised.value.errors] == ["/paid_amount"]

    def test_paid_amount_above_the_total_is_refused(self, assert_paid):
        invoice = InvoiceFactory(part_paid="40.00")

        with pytest.raises(PaidAmountAboveTotal):
            assert_paid(invoice, "100.01")

        assert Payment.objects.count() == 1

    def test_paid_amount_is_recorded_after_the_changes_of_the_same_request(self, actor):
        invoice = InvoiceFactory(total="50.00")

        requested = {"paid_amount": Decimal("80.00")}
        update_invoice(invoice, InvoiceInput(items=[item("80.00")], **requested), **actor)

        assert (invoice.total_amount, invoice.paid_amount) == (Decimal("80.00"), Decimal("80.00"))

    def test_refused_paid_amount_refuses_the_changes_of_the_same_request(self, actor):
        invoice = InvoiceFactory(deposit="40.00")

        requested = {"paid_amount": Decimal(0)}
        with pytest.raises(PaidAmountBelowLedger):
            update_invoice(invoice, InvoiceInput(fields={"notes": "x"}, **requested), **actor)

        assert Invoice.objects.get().notes == ""


class TestDraft:
    def test_paid_amount_of_a_draft_is_a_deposit(self, actor):
        invoice = create_invoice(
            InvoiceInput(fields={"patient": PatientFactory()}, items=[item()], paid_amount=Decimal("40.00")), **actor
        )

        assert (invoice.status, invoice.paid_amount) == (InvoiceStatus.DRAFT, Decimal("40.00"))

    def test_paid_amount_of_zero_records_no_deposit(self, actor):
        invoice = create_invoice(InvoiceInput(fields={"patient": PatientFactory()}, paid_amount=Decimal(0)), **actor)

        assert invoice.version == 1
        assert not Payment.objects.exists()


class TestSettledInvoice:
    STATES = ({"paid": True}, {"void": True}, {"written_off": True}, {"part_paid": "40.00", "written_off": True})

    @pytest.mark.parametrize("state", STATES, ids=str)
    def test_paid_amount_of_a_settled_invoice_may_be_repeated(self, assert_paid, state):
        invoice = InvoiceFactory(**state)
        version = invoice.version

        assert_paid(invoice, invoice.paid_amount)

        assert invoice.version == version

    @pytest.mark.parametrize("state", STATES[1:], ids=str)
    def test_paid_amount_of_a_settled_invoice_is_not_raised(self, assert_paid, state):
        invoice = InvoiceFactory(**state)

        with pytest.raises(InvoiceImmutable, match="Use /payments") as raised:
            assert_paid(invoice, invoice.paid_amount + 1)

        assert [error.pointer for error in raised.value.errors] == ["/paid_amount"]

    def test_paid_amount_of_a_settled_invoice_is_not_lowered(self, assert_paid):
        invoice = InvoiceFactory(paid=True)

        with pytest.raises(PaidAmountBelowLedger):
            assert_paid(invoice, "99.99")


class TestLoweredPaidAmount:
    """A client with a stale copy of the invoice would record a payment that was refunded."""

    @pytest.fixture(params=["refund", "reversal", "credit note"])
    def invoice(self, actor, request):
        invoice = InvoiceFactory(part_paid="40.00")
        if request.param == "refund":
            refund(invoice, amount=Decimal("10.00"), method=PaymentMethod.CASH, reason="Complaint", **actor)
        if request.param == "reversal":
            reverse_payment(payment=Payment.objects.get(), reason="Bounced", **actor)
        if request.param == "credit note":
            asked = [CreditRequest(invoice.items.get().pk, amount=Decimal("70.00"))]
            issue_credit_note(invoice=invoice, reason="Not rendered", items=asked, **actor)
            refund(invoice, amount=invoice.paid_amount, method=PaymentMethod.CASH, reason="Complaint", **actor)
        invoice.refresh_from_db()
        return invoice

    def test_raising_a_lowered_paid_amount_is_ambiguous(self, assert_paid, invoice):
        with pytest.raises(PaidAmountAmbiguous, match="/payments") as raised:
            assert_paid(invoice, invoice.paid_amount + 10)

        assert raised.value.code == "paid_amount_ambiguous"

    def test_raising_a_lowered_paid_amount_is_accepted_with_the_current_version(self, assert_paid, invoice):
        before = invoice.paid_amount

        assert_paid(invoice, before + 10, expected_versions=[invoice.version])

        assert invoice.paid_amount == before + 10

    def test_raising_a_lowered_paid_amount_with_a_stale_version_is_refused(self, assert_paid, invoice):
        with pytest.raises(StaleVersion):
            assert_paid(invoice, invoice.paid_amount + 10, expected_versions=[invoice.version - 1])

    def test_repeating_a_lowered_paid_amount_is_accepted(self, assert_paid, invoice):
        version = invoice.version

        assert_paid(invoice, invoice.paid_amount)

        assert invoice.version == version

    def test_payment_is_accepted_after_the_paid_amount_was_lowered(self, actor, invoice):
        before = invoice.paid_amount

        pay(invoice, amount=Decimal("10.00"), **actor)

        assert invoice.paid_amount == before + 10


class TestCreditNote:
    def test_raising_the_paid_amount_is_accepted_after_a_credit_note_that_released_nothing(self, actor, assert_paid):
        invoice = InvoiceFactory(part_paid="40.00")
        asked = [CreditRequest(invoice.items.get().pk, amount=Decimal("10.00"))]
        issue_credit_note(invoice=invoice, reason="Not rendered", items=asked, **actor)

        assert_paid(invoice, "90.00")

        assert invoice.status == InvoiceStatus.PAID
