"""Work queues: the invoices and payments in each, and their counts."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Invoice
from billing.operations.payments import pay
from billing.operations.refunds import refund_credit
from billing.operations.write_offs import write_off
from billing.reports.queues import QUEUES, queue_counts
from billing.tests.factories import InvoiceFactory, PaymentFactory
from patients.tests.factories import PatientFactory

TODAY = date(2026, 6, 15)


@pytest.fixture
def rows(db):
    """`rows("overdue")` returns the rows of that queue today."""
    return lambda key: set(QUEUES[key].rows(TODAY))


class TestToIssue:
    def test_to_issue_has_every_draft(self, actor, rows):
        drafts = {InvoiceFactory(), InvoiceFactory(deposit=True)}
        InvoiceFactory(issued=True)
        InvoiceFactory(void=True, issued=False)

        assert rows("to_issue") == drafts


class TestOverdue:
    def test_overdue_has_the_open_invoices_due_before_today(self, actor, rows, berlin):
        late = InvoiceFactory(issued=True, issue_date=berlin(5, 1), due_date=berlin(6, 14))
        InvoiceFactory(issued=True, issue_date=berlin(5, 1), due_date=berlin(6, 15))
        InvoiceFactory(paid=True, issue_date=berlin(5, 1), due_date=berlin(6, 14))

        assert rows("overdue") == {late}


class TestPartPaid:
    def test_part_paid_has_invoices_paid_in_part(self, actor, rows):
        part = InvoiceFactory(part_paid=True)
        for state in ({"issued": True}, {"paid": True}, {"deposit": True}, {"part_paid": True, "written_off": True}):
            InvoiceFactory(**state)

        assert rows("part_paid") == {part}


class TestCreditToAllocate:
    @pytest.fixture
    def credit(self, actor):
        """A payment that was kept as credit before its patient owed anything."""
        return PaymentFactory(amount="50.00")

    def test_credit_queue_has_payments_with_a_rest_of_patients_who_owe(self, rows, credit):
        InvoiceFactory(issued=True, patient=credit.patient)

        assert rows("credit") == {credit}

    def test_credit_queue_has_the_unallocated_amount(self, rows, credit):
        InvoiceFactory(issued=True, patient=credit.patient)

        assert [payment.unallocated for payment in rows("credit")] == [Decimal("50.00")]

    @pytest.mark.parametrize("state", [{}, {"paid": True}, {"void": True}, {"written_off": True}], ids=str)
    def test_credit_queue_leaves_out_patients_without_an_open_invoice(self, rows, credit, state):
        InvoiceFactory(patient=credit.patient, **state)

        assert rows("credit") == set()

    def test_credit_queue_leaves_out_allocated_refunded_and_reversed_payments(self, rows, actor):
        patient = PatientFactory()
        InvoiceFactory(paid=True, patient=patient)
        refunded = PaymentFactory(amount="50.00", patient=patient)
        refund_credit(payment=refunded, amount=Decimal(50), method="cash", reason="Wants it back", **actor)
        PaymentFactory(reversed=True, patient=patient)
        InvoiceFactory(issued=True, patient=patient)

        assert rows("credit") == set()

    def test_credit_queue_has_payments_released_by_a_credit_note(self, rows, actor):
        credited = InvoiceFactory(paid=True, credited=True)
        InvoiceFactory(issued=True, patient=credited.patient)

        assert [payment.unallocated for payment in rows("credit")] == [Decimal("100.00")]

    @pytest.mark.parametrize("owing", ["survivor", "merged", "also_merged"])
    @pytest.mark.parametrize("paying", ["survivor", "merged"])
    def test_credit_queue_is_by_account(self, rows, actor, owing, paying):
        survivor = PatientFactory()
        people = {
            "survivor": survivor,
            "merged": PatientFactory(merged__into=survivor),
            "also_merged": PatientFactory(merged__into=survivor),
        }
        payment = PaymentFactory(amount="50.00", patient=people[paying])
        InvoiceFactory(issued=True, patient=people[owing])
        InvoiceFactory(issued=True)  # somebody else's

        assert rows("credit") == {payment}


class TestWrittenOffThisYear:
    def test_written_off_has_this_years_write_offs_whole_or_in_part(self, actor, rows):
        given_up = {InvoiceFactory(written_off=True), InvoiceFactory(part_written_off=True)}
        InvoiceFactory(issued=True)

        assert rows("written_off") == given_up

    def test_written_off_leaves_out_reversed_write_offs(self, actor, rows):
        InvoiceFactory(reinstated=True)
        pay(InvoiceFactory(written_off=True), amount=Decimal(100), **actor)
        part = InvoiceFactory(written_off=True)
        pay(part, amount=Decimal(30), **actor)

        assert rows("written_off") == {part}

    def test_written_off_leaves_out_last_year_when_this_years_part_is_reversed(self, actor, rows, berlin, supervisor):
        last_year = {"by": supervisor, "at": berlin(12, 31, 23, 59, year=2025)}
        invoice = InvoiceFactory(issued=True, **last_year)
        write_off(invoice, amount=Decimal(60), reason="Goodwill", **last_year)
        write_off(invoice, amount=Decimal(40), reason="The rest", **actor)
        pay(invoice, amount=Decimal(40), **actor)  # reverses the newest first

        assert rows("written_off") == set()

    def test_written_off_year_begins_at_midnight_of_the_clinic(self, actor, rows, berlin):
        first = InvoiceFactory(written_off=True, at=berlin(1, 1, 0, 0))  # in UTC last year

        assert rows("written_off") == {first}


class TestCounts:
    def test_counts_are_those_of_each_queue(self, actor, berlin):
        InvoiceFactory()
        InvoiceFactory()
        part = InvoiceFactory(part_paid=True, issue_date=berlin(5, 1), due_date=berlin(6, 1))
        InvoiceFactory(written_off=True)
        PaymentFactory(amount="100.00", patient=part.patient)  # 60.00 settle it, 40.00 are credit
        InvoiceFactory(issued=True, patient=part.patient)

        counts = queue_counts(on=TODAY)

        assert counts == {"to_issue": 2, "overdue": 0, "part_paid": 0, "not_billed": 0, "credit": 1, "written_off": 1}
        assert counts == {key: queue.rows(TODAY).count() for key, queue in QUEUES.items()}

    def test_counts_of_empty_books_are_zero(self, db):
        assert queue_counts(on=TODAY) == dict.fromkeys(QUEUES, 0)

    @pytest.mark.parametrize("invoices", [1, 12])
    def test_counts_take_one_query_however_many_the_invoices(self, actor, queries, invoices):
        for _ in range(invoices):
            InvoiceFactory(part_paid=True)
            InvoiceFactory(written_off=True)

        assert queries(lambda: queue_counts(on=TODAY)) == 1

    def test_queue_can_be_searched_and_ordered(self, actor):
        InvoiceFactory(part_paid=True)
        found = QUEUES["part_paid"].rows(TODAY).matching("consultation").order_by("-due_date", "pk")

        assert list(found) == list(Invoice.objects.part_paid())
