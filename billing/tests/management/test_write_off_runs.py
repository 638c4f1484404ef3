"""Runs of the write-off batch: broken off, done again, and two at once; none doubles another."""

import json
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Event, Thread
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from billing.choices import InvoiceStatus
from billing.models import Invoice, WriteOff
from billing.operations.payments import pay
from billing.operations.write_off_batch import OldDebts, write_off_batch
from billing.operations.write_offs import reinstate, write_off
from billing.tests.management.old_debts import SINCE, commit, debt
from clinic.commands import parse_user_option
from clinic.domain.errors import InvalidValue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


class TestBatch:
    @staticmethod
    def give_up(*invoices, on_each=lambda: None, **narrowed):
        return write_off_batch(
            [invoice.pk for invoice in invoices],
            debts=OldDebts(overdue_since=SINCE, **narrowed),
            reason="No reply",
            batch_id=uuid4(),
            by=parse_user_option("system"),
            clock=timezone.now,
            on_each=on_each,
        )

    def test_invoice_paid_since_it_was_selected_is_skipped(self, clerk):
        paid, open_still = debt(), debt()
        pay(paid, amount=Decimal(100), by=clerk, at=timezone.now())

        batch = self.give_up(paid, open_still)

        assert batch.written == {open_still.pk: Decimal("100.00")}
        assert batch.skipped == [paid.pk]
        assert batch.total == Decimal("100.00")

    def test_invoice_reinstated_since_it_was_selected_is_skipped(self, clerk):
        invoice = debt(reinstated=True)

        assert self.give_up(invoice).skipped == [invoice.pk]

    def test_amount_is_checked_again_before_the_write_off(self):
        invoice = debt()

        assert self.give_up(invoice, max_remaining=Decimal("99.99")).skipped == [invoice.pk]

    def test_stopped_batch_keeps_what_was_written_off(self):
        first, second = debt(), debt()

        with pytest.raises(KeyboardInterrupt):
            self.give_up(first, second, on_each=interrupt)

        assert list(WriteOff.objects.values_list("invoice_id", flat=True)) == [first.pk]

    def test_batch_needs_a_reason(self):
        with pytest.raises(InvalidValue, match="needs a reason"):
            write_off_batch(
                [],
                debts=OldDebts(overdue_since=SINCE),
                reason=" ",
                batch_id=uuid4(),
                by=parse_user_option("system"),
                clock=timezone.now,
            )


def interrupt():
    raise KeyboardInterrupt


def in_thread(act):
    """Run on a connection of its own; answers with the thread."""

    def whole():
        try:
            act()
        finally:
            connection.close()

    thread = Thread(target=whole)
    thread.start()
    return thread


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestConcurrentRuns:
    def test_two_concurrent_runs_write_off_each_invoice_once(self):
        for day in range(1, 21):
            debt(f"2026-02-{day:02}")
        start, printed = Barrier(2, timeout=10), []

        def one_run():
            start.wait()
            printed.append(json.loads(commit("--json")))

        for thread in [in_thread(one_run), in_thread(one_run)]:
            thread.join(30)

        assert WriteOff.objects.count() == 20
        assert sum(run["count"] for run in printed) == 20
        assert set(Invoice.objects.values_list("written_off_amount", flat=True)) == {Decimal("100.00")}

    def test_invoice_locked_by_another_user_is_skipped(self):
        busy, free = debt("2026-02-01"), debt("2026-02-02")
        locked, done = Event(), Event()

        def lock_invoice():
            with transaction.atomic():
                Invoice.objects.locked().get(pk=busy.pk)
                locked.set()
                done.wait(10)

        clerk_thread = in_thread(lock_invoice)
        locked.wait(10)
        printed = commit()
        done.set()
        clerk_thread.join(10)

        assert list(WriteOff.objects.values_list("invoice_id", flat=True)) == [free.pk]
        assert "Skipped 1: in use, or paid in the meantime. Run the command again." in printed.splitlines()
        assert "Wrote off 1 invoice, 100.00 EUR." in printed.splitlines()

    def test_changes_committed_before_the_lock_are_seen(self):
        invoice = debt()

        def reinstate_once_chosen(execute, sql, params, many, context):
            if "FOR NO KEY UPDATE" in sql and not seen:
                seen.append(sql)
                in_thread(written_off_and_reinstated).join(10)
            return execute(sql, params, many, context)

        def written_off_and_reinstated():
            mine = Invoice.objects.get(pk=invoice.pk)
            by = User.objects.exclude(username="system").get()
            write_off(mine, reason="No reply", by=by, at=timezone.now() - timedelta(minutes=2))
            reinstate(mine, reason="Found again", by=by, at=timezone.now() - timedelta(minutes=1))

        seen = []
        with connection.execute_wrapper(reinstate_once_chosen):
            printed = commit()

        assert seen
        assert "Skipped 1: in use, or paid in the meantime. Run the command again." in printed.splitlines()
        assert Invoice.objects.get().status == InvoiceStatus.ISSUED
