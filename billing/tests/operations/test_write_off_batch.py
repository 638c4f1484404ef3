"""Bulk write-offs: the choice of old debts, and a second run that finds none."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.choices import InvoiceStatus
from billing.models import WriteOff
from billing.operations.payments import pay
from billing.operations.write_off_batch import OldDebts, write_off_batch
from billing.tests.factories import InvoiceFactory
from clinic.domain.errors import InvalidValue
from patients.tests.factories import PatientFactory

SINCE = date(2026, 3, 31)


def debt(day=1, month=3, **fields):
    """Issued on 1 January, due on that day."""
    dates = {"issue_date": datetime(2026, 1, 1, tzinfo=UTC), "due_date": datetime(2026, month, day, tzinfo=UTC)}
    return InvoiceFactory(issued=True, **dates, **fields)


def found(**narrowed):
    return list(OldDebts(SINCE, **narrowed).invoices())


@pytest.fixture
def run(actor):
    """Write a batch off, as of noon."""

    def run(invoices, debts=None, reason="No reply", **more):
        ids = [invoice.pk for invoice in invoices]
        return write_off_batch(
            ids,
            debts=debts or OldDebts(SINCE),
            reason=reason,
            batch_id=uuid4(),
            by=actor["by"],
            clock=lambda: actor["at"],
            **more,
        )

    return run


class TestOldDebts:
    def test_old_debts_are_open_invoices_due_by_the_day_oldest_first(self, actor):
        march, january = debt(31), debt(1, month=1)
        debt(1, month=4)
        for state in ({"paid": True}, {"void": True}, {"written_off": True}):
            debt(1, **state)
        InvoiceFactory()

        assert found() == [january, march]

    def test_old_debts_of_one_day_are_in_the_order_of_their_issue_and_number(self, actor):
        day = datetime(2026, 3, 1, tzinfo=UTC)
        issued = [
            datetime(2026, 1, 2, 15, tzinfo=UTC),
            datetime(2026, 1, 2, 9, tzinfo=UTC),
            datetime(2026, 1, 1, tzinfo=UTC),
        ]
        first, second, earlier = (InvoiceFactory(issued=True, issue_date=each, due_date=day) for each in issued)

        assert found() == [earlier, first, second]

    def test_old_debts_are_overdue(self, actor):
        debt(15, month=6)
        yesterday = debt(14, month=6)

        assert list(OldDebts(date(2026, 6, 15)).invoices()) == [yesterday]

    def test_old_debts_due_before_their_issue_count_from_their_issue(self, actor):
        InvoiceFactory(
            issued=True, issue_date=datetime(2026, 4, 1, tzinfo=UTC), due_date=datetime(2019, 8, 24, tzinfo=UTC)
        )

        assert found() == []

    def test_old_debts_are_limited_by_the_remaining_amount(self, actor):
        small, _ = debt(total="20.00"), debt(total="20.01")

        assert found(max_remaining=Decimal("20.00")) == [small]

    def test_old_debts_are_limited_to_one_account(self, actor):
        survivor, merged = PatientFactory(), PatientFactory()
        theirs = {debt(patient=survivor), debt(patient=merged)}
        debt()
        merged.merge_into(survivor, **actor)

        assert set(found(patient=survivor)) == set(found(patient=merged)) == theirs

    def test_old_debts_are_limited_to_tags(self, actor):
        tagged, _ = debt(tags=["Lost"]), debt(tags=["VIP"])

        assert found(tags=("lost", "other")) == [tagged]

    def test_old_debts_leave_out_reinstated_invoices_by_default(self, actor):
        claimed_again = debt(reinstated=True)

        assert found() == []
        assert found(include_reinstated=True) == [claimed_again]


class TestBatch:
    def test_batch_writes_off_each_remaining_amount(self, actor, run):
        debts = [debt(total="70.00"), debt(part_paid="40.00")]

        batch = run(debts)

        assert batch.total == Decimal("130.00")
        assert batch.written == {debts[0].pk: Decimal("70.00"), debts[1].pk: Decimal("60.00")}
        for invoice in debts:
            invoice.refresh_from_db()
            assert invoice.status == InvoiceStatus.WRITTEN_OFF

    def test_batch_skips_invoices_that_are_no_longer_old_debts(self, actor, run):
        paid, other = debt(), debt()
        pay(paid, amount=Decimal("100.00"), **actor)

        batch = run([paid, other])

        assert batch.skipped == [paid.pk]
        assert list(batch.written) == [other.pk]

    def test_repeated_batch_changes_nothing(self, actor, run):
        debts = [debt()]
        run(debts)

        batch = run(debts)

        assert (batch.written, batch.total) == ({}, Decimal("0.00"))
        assert WriteOff.objects.count() == 1

    def test_batch_reports_its_progress(self, actor, run):
        calls = []

        run([debt(), debt()], on_each=lambda: calls.append(1))

        assert len(calls) == 2

    def test_batch_needs_a_reason(self, actor, run):
        with pytest.raises(InvalidValue, match="A write-off needs a reason"):
            run([debt()], reason=" ")

        assert not WriteOff.objects.exists()
