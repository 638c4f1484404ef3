"""Payments, deposits, over-payments and refunds of one invoice."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Payment, PaymentAllocation, PeriodClosed, Refund
from billing.operations.allocations import allocated_parts
from billing.operations.closing import close_books
from billing.operations.credit_notes import issue_credit_note
from billing.operations.payments import pay
from billing.operations.receive_payment import PaymentRefused
from billing.operations.refunds import refund
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.rules.crediting import CreditRequest
from billing.rules.settlement import Overpayment, OverRefund
from billing.tests.factories import InvoiceFactory
from clinic.domain.errors import InvalidValue


def ledger_of(invoice):
    """Return the signed amounts of the invoice's allocations, in the order written."""
    return [str(row.amount) for row in PaymentAllocation.objects.filter(invoice=invoice).order_by("created_at")]


def credit_of(patient):
    return Payment.objects.of_account(patient).unallocated_credit()


@pytest.fixture
def invoice(actor):
    """100.00, issued."""
    return InvoiceFactory(issued=True)


class TestPayment:
    def test_payment_is_stored_with_all_its_fields(self, actor, invoice):
        payment = pay(
            invoice,
            amount=Decimal("40.00"),
            method=PaymentMethod.CASH,
            reference="drawer 2",
            received_at=actor["at"] - timedelta(hours=1),
            tendered=Decimal("50.00"),
            **actor,
        )

        payment.refresh_from_db()
        assert (payment.method, payment.reference, payment.currency) == ("cash", "drawer 2", "EUR")
        assert (payment.received_at, payment.created_at) == (actor["at"] - timedelta(hours=1), actor["at"])
        assert (payment.patient, payment.created_by) == (invoice.patient, actor["by"])
        assert payment.change_amount == Decimal("10.00")
        assert str(payment) == f"{payment.receipt_number} 40.00 EUR"

    def test_payment_is_received_now_by_an_unspecified_method_by_default(self, actor, invoice):
        payment = pay(invoice, amount=Decimal("40.00"), **actor)

        assert (payment.received_at, payment.method) == (actor["at"], PaymentMethod.UNSPECIFIED)
        assert payment.change_amount is None

    def test_payments_add_up_to_the_amount_paid(self, actor, invoice):
        for amount in ("10.00", "20.00", "30.00"):
            pay(invoice, amount=Decimal(amount), **actor)

        invoice.refresh_from_db()
        assert sorted(ledger_of(invoice)) == ["10.00", "20.00", "30.00"]
        assert (invoice.paid_amount, invoice.remaining_amount) == (Decimal("60.00"), Decimal("40.00"))

    @pytest.mark.parametrize(
        ("wrong", "pointer", "code"),
        [
            ({"amount": Decimal(0)}, "/amount", "not_positive"),
            ({"amount": Decimal(-5)}, "/amount", "not_positive"),
            ({"tendered": Decimal("39.99"), "method": PaymentMethod.CASH}, "/tendered", "tendered_too_little"),
            ({"received_at": datetime(2026, 6, 15, 12, 2, 1, tzinfo=UTC)}, "/received_at", "in_the_future"),
        ],
        ids=["of nothing", "of less than nothing", "of more than was tendered", "of the future"],
    )
    @pytest.mark.parametrize("excess_to_credit", [False, True])
    def test_invalid_payment_is_refused(self, actor, invoice, wrong, pointer, code, excess_to_credit):
        with pytest.raises(PaymentRefused) as raised:
            pay(invoice, **{"amount": Decimal("40.00"), **wrong}, excess_to_credit=excess_to_credit, **actor)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [(pointer, code)]
        assert not Payment.objects.exists()

    def test_payment_may_be_tendered_to_the_cent(self, actor, invoice):
        payment = pay(invoice, amount=Decimal("40.00"), method=PaymentMethod.CASH, tendered=Decimal("40.00"), **actor)

        assert payment.change_amount == 0

    @pytest.mark.parametrize("method", sorted(set(PaymentMethod) - {PaymentMethod.CASH}))
    def test_only_cash_is_tendered(self, actor, invoice, method):
        with pytest.raises(PaymentRefused) as raised:
            pay(invoice, amount=Decimal("1.00"), method=method, tendered=Decimal("5.00"), **actor)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [
            ("/tendered", "tendered_without_cash")
        ]

    @pytest.mark.parametrize("seconds", [1, 120])
    def test_payment_of_a_clock_that_is_ahead_is_received_now(self, actor, invoice, seconds):
        ahead = actor["at"] + timedelta(seconds=seconds)

        payment = pay(invoice, amount=Decimal("1.00"), received_at=ahead, **actor)

        assert payment.received_at == actor["at"]


class TestDeposit:
    def test_deposit_is_a_payment_on_a_draft(self, actor):
        invoice = InvoiceFactory()

        pay(invoice, amount=Decimal("40.00"), **actor)

        invoice.refresh_from_db()
        assert (invoice.status, invoice.paid_amount, invoice.remaining_amount) == (
            InvoiceStatus.DRAFT,
            Decimal("40.00"),
            Decimal("60.00"),
        )

    def test_deposit_above_the_total_is_refused(self, actor):
        invoice = InvoiceFactory()

        with pytest.raises(Overpayment) as raised:
            pay(invoice, amount=Decimal("100.01"), **actor)

        assert raised.value.members["room"] == Decimal("100.00")

    def test_deposit_may_be_refunded(self, actor):
        invoice = InvoiceFactory(deposit="40.00")

        refund(invoice, amount=Decimal("40.00"), method=PaymentMethod.CASH, reason="Cancelled", **actor)

        invoice.refresh_from_db()
        assert (invoice.status, invoice.paid_amount) == (InvoiceStatus.DRAFT, 0)


class TestOverPayment:
    def test_overpayment_is_refused_with_the_amount_that_can_be_paid(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")

        with pytest.raises(Overpayment) as raised:
            pay(invoice, amount=Decimal("60.01"), **actor)

        assert (raised.value.code, raised.value.members["room"]) == ("overpayment", Decimal("60.00"))
        assert Payment.objects.count() == 1

    def test_overpayment_is_kept_as_credit_on_request(self, actor, invoice):
        payment = pay(invoice, amount=Decimal("130.00"), excess_to_credit=True, **actor)

        invoice.refresh_from_db()
        assert (invoice.status, invoice.paid_amount) == (InvoiceStatus.PAID, Decimal("100.00"))
        assert (payment.amount, credit_of(invoice.patient)) == (Decimal("130.00"), Decimal("30.00"))

    def test_overpayment_of_a_paid_invoice_is_all_credit(self, actor):
        invoice = InvoiceFactory(paid=True)

        pay(invoice, amount=Decimal("30.00"), excess_to_credit=True, **actor)

        assert credit_of(invoice.patient) == Decimal("30.00")
        assert ledger_of(invoice) == ["100.00"]

    def test_payment_of_the_exact_amount_leaves_no_credit(self, actor, invoice):
        pay(invoice, amount=Decimal("100.00"), excess_to_credit=True, **actor)

        assert credit_of(invoice.patient) == 0

    def test_overpayment_begins_above_the_amount_written_off(self, actor):
        invoice = InvoiceFactory(part_written_off="50.00")

        pay(invoice, amount=Decimal("130.00"), excess_to_credit=True, **actor)

        assert (invoice.paid_amount, invoice.written_off_amount) == (Decimal("100.00"), 0)
        assert credit_of(invoice.patient) == Decimal("30.00")

    def test_overpayment_begins_below_the_amount_credited(self, actor, invoice):
        asked = [CreditRequest(invoice.items.get().pk, amount=Decimal("30.00"))]
        issue_credit_note(invoice=invoice, reason="Not rendered", items=asked, **actor)

        with pytest.raises(Overpayment) as raised:
            pay(invoice, amount=Decimal("70.01"), **actor)

        assert raised.value.members["room"] == Decimal("70.00")


class TestRefund:
    def test_refund_lowers_the_amount_paid(self, actor):
        invoice = InvoiceFactory(paid=True)

        row = refund(
            invoice, amount=Decimal("30.00"), method=PaymentMethod.CARD, reason="Complaint", reference="T-9", **actor
        )

        row.refresh_from_db()
        assert (row.amount, row.method, row.reason, row.reference) == (
            Decimal("30.00"),
            "card",
            "Complaint",
            "T-9",
        )
        assert (row.patient, row.invoice, row.currency) == (invoice.patient, invoice, "EUR")
        assert str(row) == "refund of 30.00 EUR"
        assert sorted(ledger_of(invoice)) == ["-30.00", "100.00"]
        assert credit_of(invoice.patient) == 0

    def test_refund_is_taken_from_the_newest_payment(self, actor, noon):
        invoice = InvoiceFactory(part_paid="60.00")
        last = pay(invoice, amount=Decimal("40.00"), **actor | {"at": noon + timedelta(hours=1)})

        refund(invoice, amount=Decimal("50.00"), method=PaymentMethod.CASH, reason="Complaint", **actor)

        allocated = dict(allocated_parts(invoice))
        assert last.pk not in allocated
        assert list(allocated.values()) == [Decimal("50.00")]

    def test_refund_above_the_amount_paid_is_refused(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")

        with pytest.raises(OverRefund) as raised:
            refund(invoice, amount=Decimal("40.01"), method=PaymentMethod.CASH, reason="Complaint", **actor)

        assert raised.value.members["room"] == Decimal("40.00")
        assert not Refund.objects.exists()

    @pytest.mark.parametrize("amount", ["0.00", "-1.00"])
    def test_refund_of_nothing_is_refused(self, actor, amount):
        invoice = InvoiceFactory(paid=True)

        with pytest.raises(InvalidValue) as raised:
            refund(invoice, amount=Decimal(amount), method=PaymentMethod.CASH, reason="Complaint", **actor)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/amount", "not_positive")]

    def test_refund_needs_a_reason(self, actor):
        invoice = InvoiceFactory(paid=True)

        with pytest.raises(InvalidValue) as raised:
            refund(invoice, amount=Decimal(1), method=PaymentMethod.CASH, reason=" ", **actor)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/reason", "required")]


class TestVoidWithMoney:
    def test_void_with_payments_is_refused_without_a_choice_for_the_money(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")

        with pytest.raises(Exception, match=r"40\.00 was paid") as raised:
            void(invoice, reason="Wrong", **actor)

        assert raised.value.code == "invoice_has_payments"

    def test_void_keeps_the_money_as_credit_of_the_patient(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")

        void(invoice, reason="Wrong", release_to="credit", **actor)

        invoice.refresh_from_db()
        assert (invoice.status, invoice.paid_amount, invoice.remaining_amount) == (InvoiceStatus.VOID, 0, 0)
        assert invoice.total_amount == Decimal("100.00")
        assert credit_of(invoice.patient) == Decimal("40.00")

    def test_void_refunds_the_money(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")

        void(invoice, reason="Wrong", release_to="refund", method=PaymentMethod.CARD, **actor)

        refund = Refund.objects.get()
        assert (refund.amount, refund.method, refund.reason) == (Decimal("40.00"), "card", "Wrong")
        assert credit_of(invoice.patient) == 0

    def test_void_reverses_the_write_offs(self, actor):
        invoice = InvoiceFactory(written_off=True)

        void(invoice, reason="Wrong", **actor)

        invoice.refresh_from_db()
        assert (invoice.status, invoice.written_off_amount) == (InvoiceStatus.VOID, 0)
        assert sorted(str(row.amount) for row in invoice.write_offs.all()) == ["-100.00", "100.00"]


class TestClosedPeriod:
    """No payment, refund, write-off or void of a closed day."""

    @pytest.fixture(autouse=True)
    def closed_through_the_14th(self, actor):
        self.invoice = InvoiceFactory(part_paid="40.00", at=actor["at"] - timedelta(days=7))
        close_books(through=date(2026, 6, 14), reason="Audit", **actor)
        self.yesterday = actor | {"at": datetime(2026, 6, 14, 12, tzinfo=UTC)}

    def test_payment_received_in_a_closed_period_is_refused(self, actor):
        with pytest.raises(PeriodClosed) as raised:
            pay(self.invoice, amount=Decimal(1), received_at=self.yesterday["at"], **actor)

        assert [error.pointer for error in raised.value.errors] == ["/received_at"]

    def test_payment_received_after_the_closed_period_is_accepted(self, actor):
        pay(self.invoice, amount=Decimal(1), received_at=datetime(2026, 6, 15, 0, tzinfo=UTC), **actor)

        assert self.invoice.paid_amount == Decimal("41.00")

    def test_refund_in_a_closed_period_is_refused(self):
        with pytest.raises(PeriodClosed):
            refund(self.invoice, amount=Decimal(1), method=PaymentMethod.CASH, reason="Complaint", **self.yesterday)

    def test_write_off_in_a_closed_period_is_refused(self):
        with pytest.raises(PeriodClosed):
            write_off(self.invoice, reason="Lost", **self.yesterday)

    def test_invoice_of_a_closed_period_is_not_voided(self, actor):
        with pytest.raises(PeriodClosed, match="use a credit note"):
            void(self.invoice, reason="Wrong", release_to="credit", **actor)

    def test_invoice_of_a_closed_period_is_paid_refunded_and_written_off_later(self, actor):
        pay(self.invoice, amount=Decimal(1), **actor)
        refund(self.invoice, amount=Decimal(1), method=PaymentMethod.CASH, reason="Complaint", **actor)
        write_off(self.invoice, reason="Lost", **actor)

        assert self.invoice.status == InvoiceStatus.WRITTEN_OFF

    def test_reinstatement_in_a_closed_period_is_refused(self, actor):
        write_off(self.invoice, reason="Lost", **actor)

        with pytest.raises(PeriodClosed):
            reinstate(self.invoice, reason="Found", **self.yesterday)

    def test_draft_is_voided_whatever_period_is_closed(self, actor):
        draft = InvoiceFactory(issue_date=datetime(2026, 6, 1, tzinfo=UTC))

        void(draft, reason="", **actor)

        assert draft.status == InvoiceStatus.VOID
