"""Payments of a patient over several invoices: taken, allocated and refunded."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment, PeriodClosed, Refund
from billing.operations.closing import close_books
from billing.operations.payments import AllocationsRefused, Share, allocate_credit, reverse_payment
from billing.operations.receive_payment import PaymentRefused
from billing.operations.refunds import CreditExceeded, credit_of, refund_credit
from billing.rules.lifecycle import MoveNotAllowed
from billing.rules.settlement import Overpayment
from billing.tests.factories import InvoiceFactory, PaymentFactory
from billing.tests.operations.invoice_dates import due, paid_on
from clinic.domain.errors import InvalidValue


class TestPayment:
    def test_payment_goes_to_the_oldest_due_invoice_first(self, take, invoices):
        take("60.00")

        assert paid_on(*invoices) == ["0.00", "50.00", "10.00"]

    def test_payment_of_everything_owed_pays_every_invoice(self, take, invoices):
        payment = take("100.00")

        assert paid_on(*invoices) == ["30.00", "50.00", "20.00"]
        assert credit_of(payment) == 0
        assert {invoice.status for invoice in Invoice.objects.all()} == {InvoiceStatus.PAID}

    def test_payment_counts_an_invoice_due_before_its_issue_as_due_at_issue(self, take, patient):
        odd = InvoiceFactory(patient=patient, issued=True, issue_date=due(10), due_date=due(24, month=1))
        older = InvoiceFactory(patient=patient, issued=True, issue_date=due(1), due_date=due(9))

        take("100.00")

        assert paid_on(odd, older) == ["0.00", "100.00"]

    def test_of_invoices_due_on_one_day_a_payment_goes_to_the_one_issued_first(self, take, patient):
        late, early = (
            InvoiceFactory(
                patient=patient, issued=True, issue_date=due(day, month=5), due_date=due(1).replace(hour=hour)
            )
            for day, hour in ((20, 8), (10, 12))
        )

        take("100.00")

        assert paid_on(late, early) == ["0.00", "100.00"]

    def test_of_invoices_issued_and_due_on_one_day_a_payment_goes_to_the_lowest_number(self, take, patient):
        owed = [
            InvoiceFactory(
                patient=patient, issued=True, issue_date=due(15, month=5).replace(hour=hour), due_date=due(1)
            )
            for hour in (15, 9, 12)
        ]

        take("150.00")

        assert paid_on(*owed) == ["100.00", "50.00", "0.00"]

    def test_payment_skips_invoices_that_are_not_open(self, take, patient):
        others = [
            InvoiceFactory(patient=patient, **state)
            for state in ({}, {"paid": True}, {"void": True}, {"written_off": True})
        ]
        before = paid_on(*others)

        with pytest.raises(Overpayment) as raised:
            take("1.00")

        assert raised.value.members["room"] == 0
        assert paid_on(*others) == before

    def test_payment_leaves_invoices_of_other_patients_unchanged(self, take, invoices):
        other = InvoiceFactory(issued=True)

        take("110.00", excess_to_credit=True)

        assert paid_on(other) == ["0.00"]

    def test_payment_above_what_is_owed_is_refused(self, take, invoices):
        with pytest.raises(Overpayment) as raised:
            take("100.01")

        assert raised.value.members["room"] == Decimal("100.00")
        assert not Payment.objects.exists()

    def test_payment_above_what_is_owed_is_kept_as_credit_on_request(self, take, invoices):
        payment = take("110.00", excess_to_credit=True)

        assert credit_of(payment) == Decimal("10.00")

    def test_payment_is_stored_with_reference_time_and_change(self, take, invoices):
        received = due(14)

        payment = take("10.00", reference="R-1", received_at=received, tendered=Decimal(20), method=PaymentMethod.CASH)

        payment.refresh_from_db()
        assert (payment.reference, payment.received_at, payment.change_amount) == ("R-1", received, Decimal(10))

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [
            ({"amount": "0.00"}, "/amount"),
            ({"amount": "10.00", "tendered": Decimal("9.99"), "method": PaymentMethod.CASH}, "/tendered"),
            ({"amount": "10.00", "received_at": due(16)}, "/received_at"),
        ],
        ids=["of nothing", "of more than was tendered", "of tomorrow"],
    )
    def test_invalid_payment_is_refused(self, take, invoices, wrong, pointer):
        with pytest.raises(PaymentRefused) as raised:
            take(**wrong)

        assert [error.pointer for error in raised.value.errors] == [pointer]

    def test_payment_is_not_dated_in_a_closed_period(self, actor, take, invoices):
        close_books(through=date(2026, 6, 14), reason="Audit", **actor)

        with pytest.raises(PeriodClosed):
            take("10.00", received_at=due(14))

        assert paid_on(*invoices) == ["0.00"] * 3

    def test_payment_records_an_event_for_each_invoice(self, actor, take, invoices):
        payment = take("60.00")

        events = [invoice.events.latest("version") for invoice in invoices]
        assert [event.kind for event in events] == [EventKind.ISSUED, EventKind.PAID, EventKind.PAID]
        assert events[2].changes == {
            "paid_amount": ["0.00", "10.00"],
            "status": ["ISSUED", "PARTIALY_PAID"],
            "payment_id": [None, str(payment.pk)],
        }


class TestRequestedAllocations:
    def test_requested_allocations_are_followed(self, take, invoices):
        first, _, third = invoices

        take("25.00", allocations=[Share(first.pk, Decimal("20.00")), Share(third.pk, Decimal("5.00"))])

        assert paid_on(*invoices) == ["20.00", "0.00", "5.00"]

    def test_requested_allocations_may_name_a_draft_and_a_written_off_invoice(self, take, patient):
        draft = InvoiceFactory(patient=patient)
        lost = InvoiceFactory(patient=patient, written_off=True)

        take("30.00", allocations=[Share(draft.pk, Decimal(10)), Share(lost.pk, Decimal(20))])

        assert paid_on(draft, lost) == ["10.00", "20.00"]

    def test_requested_allocations_below_the_payment_are_refused_unless_the_rest_is_credit(self, take, invoices):
        shares = [Share(invoices[0].pk, Decimal("20.00"))]

        with pytest.raises(Overpayment):
            take("25.00", allocations=shares)
        payment = take("25.00", allocations=shares, excess_to_credit=True)

        assert credit_of(payment) == Decimal("5.00")
        assert paid_on(*invoices) == ["20.00", "0.00", "0.00"]

    def test_empty_allocations_keep_the_whole_payment_as_credit(self, take, invoices):
        payment = take("25.00", allocations=[], excess_to_credit=True)

        assert credit_of(payment) == Decimal("25.00")

    def test_requested_allocations_above_the_payment_are_refused(self, take, invoices):
        with pytest.raises(AllocationsRefused, match=r"add up to 25\.01, more than 25\.00") as raised:
            take("25.00", allocations=[Share(invoices[0].pk, Decimal("25.01"))])

        assert [error.pointer for error in raised.value.errors] == ["/allocations"]

    def test_requested_allocations_above_the_amount_due_are_refused(self, take, invoices):
        with pytest.raises(Overpayment) as raised:
            take("40.00", allocations=[Share(invoices[0].pk, Decimal("30.01")), Share(invoices[1].pk, Decimal("9.99"))])

        assert raised.value.members["room"] == Decimal("30.00")
        assert paid_on(*invoices) == ["0.00"] * 3

    def test_requested_allocations_are_refused_with_a_pointer_to_every_mistake(self, take, invoices):
        first = invoices[0].pk
        shares = [
            Share(uuid4(), Decimal(1)),
            Share(first, Decimal(0)),
            Share(first, Decimal(1)),
            Share(InvoiceFactory(issued=True).pk, Decimal(-1)),
        ]

        with pytest.raises(AllocationsRefused) as raised:
            take("25.00", allocations=shares)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [
            ("/allocations/0/invoice_id", "unknown_id"),
            ("/allocations/1/amount", "not_positive"),
            ("/allocations/2/invoice_id", "repeated_id"),
            ("/allocations/3/invoice_id", "unknown_id"),
            ("/allocations/3/amount", "not_positive"),
        ]

    def test_requested_allocations_to_a_void_invoice_are_refused(self, take, patient):
        void = InvoiceFactory(patient=patient, void=True)

        with pytest.raises(MoveNotAllowed):
            take("1.00", allocations=[Share(void.pk, Decimal(1))])

        assert not Payment.objects.exists()


class TestAllocatingCredit:
    @pytest.fixture
    def credit(self, patient):
        """Return a payment of 60.00 that is unallocated, because it came before the invoices."""
        return PaymentFactory(patient=patient, amount=Decimal("60.00"))

    def test_credit_goes_to_the_oldest_due_invoice_first(self, actor, credit, invoices):
        shares = allocate_credit(payment=credit, **actor)

        assert paid_on(*invoices) == ["0.00", "50.00", "10.00"]
        assert shares == [(invoices[1].pk, Decimal("50.00")), (invoices[2].pk, Decimal("10.00"))]
        assert credit_of(credit) == 0

    def test_credit_goes_to_the_requested_invoice(self, actor, credit, invoices):
        allocate_credit(payment=credit, allocations=[Share(invoices[0].pk, Decimal("30.00"))], **actor)

        assert paid_on(*invoices) == ["30.00", "0.00", "0.00"]
        assert credit_of(credit) == Decimal("30.00")

    def test_credit_may_become_a_deposit(self, actor, patient, credit):
        draft = InvoiceFactory(patient=patient)

        allocate_credit(payment=credit, allocations=[Share(draft.pk, Decimal("60.00"))], **actor)

        assert paid_on(draft) == ["60.00"]

    def test_allocating_credit_adds_no_payment(self, actor, credit, invoices):
        allocate_credit(payment=credit, **actor)

        assert Payment.objects.count() == 1
        assert invoices[1].events.latest("version").kind == EventKind.ALLOCATED

    def test_allocation_above_the_credit_is_refused(self, actor, patient, credit):
        invoice = InvoiceFactory(patient=patient, issued=True)

        with pytest.raises(CreditExceeded) as raised:
            allocate_credit(payment=credit, allocations=[Share(invoice.pk, Decimal("60.01"))], **actor)

        assert raised.value.members["room"] == Decimal("60.00")

    def test_second_allocation_of_the_same_credit_is_refused(self, actor, credit, invoices):
        allocate_credit(payment=credit, **actor)

        with pytest.raises(CreditExceeded, match="This payment has no unallocated credit"):
            allocate_credit(payment=credit, **actor)

    def test_credit_without_an_open_invoice_is_not_allocated(self, actor, credit):
        with pytest.raises(CreditExceeded, match="no open invoice"):
            allocate_credit(payment=credit, **actor)

    def test_credit_of_a_reversed_payment_is_not_allocated(self, actor, credit, invoices):
        reversal = reverse_payment(payment=credit, reason="Bounced", **actor)

        for payment in (credit, reversal):
            with pytest.raises(CreditExceeded):
                allocate_credit(payment=payment, **actor)

    def test_credit_is_not_allocated_to_another_patient(self, actor, credit):
        foreign = InvoiceFactory(issued=True)

        with pytest.raises(AllocationsRefused):
            allocate_credit(payment=credit, allocations=[Share(foreign.pk, Decimal(1))], **actor)


class TestRefundingCredit:
    @pytest.fixture
    def credit(self, patient):
        return PaymentFactory(patient=patient, amount=Decimal("60.00"))

    @pytest.fixture
    def hand_out(self, actor, credit):
        def hand_out(amount, reason="Moves away", **given):
            return refund_credit(
                payment=credit, amount=Decimal(amount), method=PaymentMethod.CASH, reason=reason, **actor | given
            )

        return hand_out

    def test_refund_lowers_the_credit(self, patient, credit, hand_out):
        refund = hand_out("20.00", reference="T-1")

        refund.refresh_from_db()
        assert (refund.amount, refund.invoice, refund.patient, refund.reference) == (20, None, patient, "T-1")
        assert str(refund.allocations.get()).startswith("20.00 of")
        assert credit_of(credit) == Decimal("40.00")

    def test_refund_may_be_the_whole_credit(self, credit, hand_out):
        hand_out("60.00")

        assert credit_of(credit) == 0

    def test_refund_above_the_credit_is_refused(self, hand_out):
        with pytest.raises(CreditExceeded) as raised:
            hand_out("60.01")

        assert raised.value.members["room"] == Decimal("60.00")
        assert not Refund.objects.exists()

    @pytest.mark.parametrize("amount", ["0.00", "-0.01"])
    def test_refund_of_nothing_is_refused(self, hand_out, amount):
        with pytest.raises(InvalidValue) as raised:
            hand_out(amount)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/amount", "not_positive")]

    def test_refund_of_credit_needs_a_reason(self, hand_out):
        with pytest.raises(InvalidValue, match="A refund needs a reason"):
            hand_out("1.00", reason="")

    def test_refund_of_credit_is_not_dated_in_a_closed_period(self, actor, hand_out):
        close_books(through=date(2026, 6, 14), reason="Audit", **actor)

        with pytest.raises(PeriodClosed):
            hand_out("1.00", at=due(14))
