"""Receivables, ageing, drafts and unallocated credit; every figure worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from billing.models import Invoice, Payment
from billing.operations.credit_notes import issue_credit_note
from billing.operations.payments import allocate_credit, pay
from billing.operations.refunds import refund_credit
from billing.operations.voiding import void
from billing.reports.periods import Period
from billing.reports.receivables import Debts, DraftTotals, drafts_waiting, receivables, unallocated_credit
from billing.rules.crediting import CreditRequest
from billing.tests.factories import InvoiceFactory, PaymentFactory, item
from patients.tests.factories import PatientFactory

TODAY = date(2026, 6, 15)


def eur(amount):
    return Decimal(amount)


def debts(amount, invoices):
    return Debts(eur(amount), invoices)


@pytest.fixture
def due(actor, berlin):
    """`due(6, 14, "100.00")`: an invoice of 1 January over 100.00 that falls due on 14 June."""

    def due(month, day, total="100.00", *, hour=12, year=2026, **state):
        dates = {"issue_date": berlin(1, 1), "due_date": berlin(month, day, hour, year=year)}
        return InvoiceFactory(issued=True, items=[item(total)], **dates, **state)

    return due


class TestOwed:
    def test_owed_is_the_sum_of_what_remains_of_open_invoices(self, due):
        due(7, 1, "100.00")
        due(7, 1, "80.00", part_paid="30.00")
        due(7, 1, "60.00", part_written_off="10.00")

        assert receivables(on=TODAY).owed == debts("200.00", 3)

    @pytest.mark.parametrize("state", ["paid", "void", "written_off", "credited", "corrected"])
    def test_settled_invoices_are_not_owed(self, due, state):
        due(6, 1, **{state: True})

        assert receivables(on=TODAY).owed == debts("0.00", 0)

    def test_drafts_are_not_owed(self, actor):
        InvoiceFactory()
        InvoiceFactory(deposit="40.00")

        assert receivables(on=TODAY).owed == debts("0.00", 0)

    @pytest.mark.parametrize("state", ["refunded", "reversed", "reinstated"])
    def test_refunded_reversed_and_reinstated_invoices_are_owed_again(self, due, state):
        due(7, 1, **{state: True})

        assert receivables(on=TODAY).owed == debts("100.00", 1)

    def test_owed_is_reduced_by_a_credit_note(self, due, actor):
        invoice = due(7, 1)
        requests = [CreditRequest(invoice.items.get().pk, amount=eur("30.00"))]
        issue_credit_note(invoice=invoice, reason="Waited two hours", items=requests, **actor)

        assert receivables(on=TODAY).owed == debts("70.00", 1)

    def test_receivables_without_overdue_debts_have_no_oldest_due_day(self, due):
        due(7, 1)

        assert receivables(on=TODAY).oldest_due is None

    def test_receivables_of_empty_books_are_zero(self, db):
        found = receivables(on=TODAY)

        assert (found.owed, found.overdue, found.accounts, found.oldest_due) == (debts("0", 0), debts("0", 0), 0, None)


class TestOwingAccounts:
    def test_owing_accounts_count_a_patient_once(self, due):
        patient = PatientFactory()
        due(7, 1, patient=patient)
        due(7, 2, patient=patient)
        due(7, 1)

        assert receivables(on=TODAY).accounts == 2

    def test_owing_accounts_count_merged_patients_as_one(self, due):
        survivor = PatientFactory()
        for _ in range(2):
            due(7, 1, patient=PatientFactory(merged__into=survivor))
        due(7, 1)

        assert receivables(on=TODAY).accounts == 2  # the survivor owes nothing itself

        due(7, 1, patient=survivor)

        assert receivables(on=TODAY).accounts == 2


class TestOverdue:
    def test_overdue_begins_the_day_after_the_due_day(self, due):
        due(6, 15, "10.00", hour=0)
        due(6, 14, "20.00", hour=23)
        due(5, 1, "40.00")

        found = receivables(on=TODAY)

        assert (found.overdue, found.oldest_due) == (debts("60.00", 2), date(2026, 5, 1))

    def test_overdue_begins_at_midnight_of_the_clinic(self, due):
        due(6, 15, "10.00", hour=0)  # in UTC the 14th, 22:00

        assert receivables(on=TODAY).overdue == debts("0.00", 0)
        assert receivables(on=TODAY + timedelta(days=1)).overdue == debts("10.00", 1)

    def test_invoice_due_before_its_issue_is_overdue_from_its_issue_date(self, actor, berlin):
        InvoiceFactory(issued=True, issue_date=berlin(6, 10), due_date=berlin(8, 24, year=2019))

        found = receivables(on=TODAY)

        assert (found.overdue, found.oldest_due) == (debts("100.00", 1), date(2026, 6, 10))
        assert receivables(on=date(2026, 6, 10)).overdue == debts("0.00", 0)


class TestAgeing:
    """On 15 June: 1 day late is 14 June, 30 is 16 May, 31 is 15 May, 60 is 16 April, 61 is 15 April, 90 is 17 March."""

    @pytest.fixture
    def aged(self, due):
        for amount, (month, day) in enumerate(
            [(7, 1), (6, 15), (6, 14), (5, 16), (5, 15), (4, 16), (4, 15), (3, 17), (3, 16), (1, 2)]
        ):
            due(month, day, f"{2**amount}.00")

    def test_ageing_puts_each_debt_into_one_bucket(self, aged):
        found = {
            aged.bucket.key: (str(aged.debts.amount), aged.debts.invoices) for aged in receivables(on=TODAY).ageing
        }

        assert found == {
            "current": ("3.00", 2),
            "1-30": ("12.00", 2),
            "31-60": ("48.00", 2),
            "61-90": ("192.00", 2),
            "90+": ("768.00", 2),
        }

    def test_ageing_adds_up_to_the_owed_and_overdue_amounts(self, aged):
        found = receivables(on=TODAY)

        assert found.owed == debts("1023.00", 10)
        assert found.overdue == debts("1020.00", 8)

    def test_ageing_row_has_the_invoices_of_its_bucket(self, aged, actor, berlin):
        InvoiceFactory(issued=True, issue_date=berlin(5, 20), due_date=berlin(8, 24, year=2019))  # due at issue

        for bar in receivables(on=TODAY).ageing:
            remaining = list(bar.rows.values_list("remaining_amount", flat=True))

            assert (sum(remaining), len(remaining)) == (bar.debts.amount, bar.debts.invoices)

    def test_ageing_row_has_the_due_days_of_its_bucket(self, db):
        spans = {bar.bucket.key: (bar.due_from, bar.due_to) for bar in receivables(on=TODAY).ageing}

        assert spans == {
            "current": (date(2026, 6, 15), None),
            "1-30": (date(2026, 5, 16), date(2026, 6, 14)),
            "31-60": (date(2026, 4, 16), date(2026, 5, 15)),
            "61-90": (date(2026, 3, 17), date(2026, 4, 15)),
            "90+": (None, date(2026, 3, 16)),
        }


class TestDraftTotals:
    def test_draft_totals_have_number_amount_and_oldest(self, actor, berlin, supervisor):
        InvoiceFactory(items=[item("80.00")], at=berlin(6, 3))
        InvoiceFactory(items=[item("20.50")], deposit="5.00", at=berlin(6, 9))
        InvoiceFactory(items=[], at=berlin(6, 10))

        assert drafts_waiting() == DraftTotals(3, eur("100.50"), berlin(6, 3))

    def test_draft_totals_leave_out_issued_and_void_invoices(self, actor):
        InvoiceFactory(issued=True)
        InvoiceFactory(void=True, issued=False)

        assert drafts_waiting() == DraftTotals(0, eur("0.00"), None)


class TestUnallocatedCredit:
    def test_unallocated_credit_is_the_excess_of_payments(self, actor):
        invoice = InvoiceFactory(issued=True)
        pay(invoice, amount=eur("120.00"), excess_to_credit=True, **actor)
        PaymentFactory(amount="50.00")

        assert unallocated_credit() == eur("70.00")

    def test_unallocated_credit_is_reduced_by_allocations_and_refunds(self, actor):
        payment = PaymentFactory(amount="50.00")
        refund_credit(payment=payment, amount=eur("15.00"), method="cash", reason="Wants it back", **actor)
        InvoiceFactory(issued=True, patient=payment.patient, items=[item("20.00")])
        allocate_credit(payment=payment, **actor)

        assert unallocated_credit() == eur("15.00")

    def test_unallocated_credit_leaves_out_deposits_and_reversed_payments(self, actor):
        InvoiceFactory(deposit="40.00")
        InvoiceFactory(reversed=True)
        PaymentFactory(reversed=True)
        InvoiceFactory(refunded="30.00")

        assert unallocated_credit() == eur("0.00")

    def test_unallocated_credit_includes_money_released_by_credit_notes_and_voids(self, actor):
        InvoiceFactory(paid=True, credited=True)
        void(InvoiceFactory(part_paid="40.00"), reason="Wrong patient", release_to="credit", **actor)

        assert unallocated_credit() == eur("140.00")

    def test_unallocated_credit_is_the_sum_over_all_payments(self, actor):
        InvoiceFactory(paid=True, credited=True)
        InvoiceFactory(corrected=True)
        PaymentFactory(amount="50.00")
        PaymentFactory(reversed=True)

        assert unallocated_credit() == Payment.objects.all().unallocated_credit() == eur("150.00")


class TestQueries:
    @pytest.mark.parametrize("invoices", [1, 12])
    def test_receivables_take_the_same_queries_however_many_the_invoices(self, due, queries, invoices):
        survivor = PatientFactory()
        for day in range(1, invoices + 1):
            due(6, day, patient=PatientFactory(merged__into=survivor))
            InvoiceFactory()
            PaymentFactory()

        assert queries(lambda: receivables(on=TODAY)) == 2
        assert queries(drafts_waiting) == 1
        assert queries(unallocated_credit) == 2


class TestIndexes:
    """A partial index is used by queries that repeat its condition, as the plan shows when sequential scans are off."""

    @pytest.fixture
    def plan(self, due):
        """`plan(rows, index)` returns the plan of a query when only that index and the keys exist."""
        due(6, 1)

        def of(rows, index):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # deferred checks lock the table
                    cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
                    for other in {each.name for each in Invoice._meta.indexes} - {index}:
                        cursor.execute(f"DROP INDEX {other}")
            return rows.order_by().explain()

        return of

    @pytest.mark.postgres  # SQLite takes this one when it has statistics
    def test_index_of_open_invoices_is_used(self, plan):
        rows = Invoice.objects.overdue(on=TODAY).values("due_date", "issue_date", "remaining_amount", "patient")

        assert "invoice_open" in plan(rows, "invoice_open")

    def test_index_of_billed_invoices_is_used(self, plan):
        rows = Invoice.objects.billed().filter(Period(TODAY, TODAY).contains("issue_date")).values("total_amount")

        assert "invoice_billed" in plan(rows, "invoice_billed")
