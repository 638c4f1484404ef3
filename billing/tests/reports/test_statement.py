"""Account queries: entries in order, with a running balance between two days."""

from datetime import date
from decimal import Decimal

import pytest

from billing.choices import PaymentMethod
from billing.models import CreditNote, Invoice, Payment, WriteOff
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.issuing import issue
from billing.operations.payments import pay, reverse_payment
from billing.operations.refunds import refund_credit
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.reports.patient_account import patient_account
from billing.reports.statement import statement
from billing.rules.crediting import CreditRequest
from billing.tests.factories import InvoiceFactory, PaymentFactory, item
from patients.tests.factories import PatientFactory

CASH = PaymentMethod.CASH


def eur(amount):
    return Decimal(amount)


@pytest.fixture
def patient(actor):
    return PatientFactory()


@pytest.fixture
def on(berlin, supervisor):
    """`**on(5, 3)` is the supervisor, at noon of 3 May in Berlin."""
    return lambda month, day, hour=12, minute=0: {"by": supervisor, "at": berlin(month, day, hour, minute)}


@pytest.fixture
def rows(patient):
    """`rows(first, last)` returns the statement, of May to June by default, as (day, kind, amount, balance)."""

    def rows(first=date(2026, 5, 1), last=date(2026, 6, 30)):
        entries = statement(patient, first=first, last=last).entries
        return [(f"{entry.day:%m-%d}", entry.kind, str(entry.amount), str(entry.balance)) for entry in entries]

    return rows


@pytest.fixture
def history(patient, on):
    """
    | 2 May  | invoice over 100.00                                       |  100.00 |
    | 4 May  | 120.00 by card, 20.00 of it kept as credit                |  -20.00 |
    | 5 May  | the 20.00 are refunded in cash                                 |    0.00 |
    | 8 May  | invoice over 80.00                                        |   80.00 |
    | 9 May  | a cheque over 80.00                                       |    0.00 |
    | 12 May | bounces                                                   |   80.00 |
    | 13 May | a credit note over 30.00                                  |   50.00 |
    | 20 May | the rest is written off                                   |    0.00 |
    | 2 June | 15.00 are recovered: so much of the write-off is reversed |    0.00 |
    """
    first = InvoiceFactory(patient=patient, issued=True, **on(5, 2))
    payment = pay(first, amount=eur("120.00"), method=PaymentMethod.CARD, excess_to_credit=True, **on(5, 4))
    refund_credit(payment=payment, amount=eur("20.00"), method=CASH, reason="Wants it back", **on(5, 5))
    second = InvoiceFactory(patient=patient, items=[item("80.00")], issued=True, **on(5, 8))
    cheque = pay(second, amount=eur("80.00"), method=PaymentMethod.CHEQUE, **on(5, 9))
    reverse_payment(payment=cheque, reason="Bounced", **on(5, 12))
    second.refresh_from_db()
    requests = [CreditRequest(second.items.get().pk, amount=eur("30.00"))]
    issue_credit_note(invoice=second, reason="Waited", items=requests, **on(5, 13))
    write_off(second, reason="No reply", **on(5, 20))
    pay(second, amount=eur("15.00"), method=CASH, **on(6, 2))
    return second


class TestEntries:
    def test_statement_lists_its_entries_in_order_with_a_running_balance(self, history, rows):
        assert rows() == [
            ("05-02", "invoice", "100.00", "100.00"),
            ("05-04", "payment", "-120.00", "-20.00"),
            ("05-05", "refund", "20.00", "0.00"),
            ("05-08", "invoice", "80.00", "80.00"),
            ("05-09", "payment", "-80.00", "0.00"),
            ("05-12", "reversal", "80.00", "80.00"),
            ("05-13", "credit_note", "-30.00", "50.00"),
            ("05-20", "write_off", "-50.00", "0.00"),
            ("06-02", "payment", "-15.00", "-15.00"),
            ("06-02", "reinstated", "15.00", "0.00"),
        ]

    def test_entries_have_the_number_and_record_of_their_document(self, history, patient):
        entries = statement(patient, first=date(2026, 5, 8), last=date(2026, 5, 20)).entries

        assert [(entry.number[:9], type(entry.record)) for entry in entries] == [
            ("INV-2026-", Invoice),
            ("REC-2026-", Payment),
            ("REC-2026-", Payment),
            ("CN-2026-0", CreditNote),
            ("", WriteOff),
        ]
        assert entries[0].record == history

    def test_statement_includes_the_invoices_of_merged_patients(self, patient, on, rows):
        merged = PatientFactory(merged__into=patient)
        InvoiceFactory(patient=merged, issued=True, **on(5, 2))
        PaymentFactory(amount="100.00", patient=patient, **on(5, 3))
        InvoiceFactory(issued=True, **on(5, 3))  # somebody else's

        assert [kind for _, kind, _, _ in rows()] == ["invoice", "payment"]

    def test_statement_leaves_out_drafts_and_void_invoices_but_not_their_payments(self, patient, on, rows, supervisor):
        InvoiceFactory(patient=patient, deposit="40.00", **on(5, 2))
        paid = InvoiceFactory(patient=patient, part_paid="30.00", **on(5, 3))
        void(paid, reason="Wrong patient", release_to="credit", **on(5, 4))

        assert rows() == [("05-02", "payment", "-40.00", "-40.00"), ("05-03", "payment", "-30.00", "-70.00")]

    def test_statement_leaves_out_the_write_offs_of_an_invoice_that_is_void(self, patient, on, rows):
        invoice = InvoiceFactory(patient=patient, written_off=True, **on(5, 2))
        reinstate(invoice, reason="Found again", **on(5, 3))
        write_off(invoice, reason="No reply", **on(5, 4))
        void(invoice, reason="Wrong patient", **on(5, 5))

        assert rows() == []

    def test_statement_shows_a_correction_as_a_credit_note_and_an_invoice(self, patient, on, rows):
        invoice = InvoiceFactory(patient=patient, paid=True, **on(5, 2))
        issue(correct(invoice=invoice, reason="Wrong price", **on(5, 3)), **on(5, 3))

        assert rows() == [
            ("05-02", "invoice", "100.00", "100.00"),
            ("05-02", "payment", "-100.00", "0.00"),
            ("05-03", "invoice", "100.00", "100.00"),
            ("05-03", "credit_note", "-100.00", "0.00"),
        ]


class TestPeriod:
    def test_statement_has_the_balance_before_its_first_and_after_its_last_day(self, history, patient):
        found = statement(patient, first=date(2026, 5, 9), last=date(2026, 5, 13))

        assert (found.opening, len(found.entries), found.closing) == (eur("80.00"), 3, eur("50.00"))

    def test_statement_days_begin_and_end_at_midnight_of_the_clinic(self, patient, on, rows):
        PaymentFactory(amount="1.00", patient=patient, **on(4, 30, 23, 59))
        PaymentFactory(amount="2.00", patient=patient, **on(5, 1, 0, 0))
        PaymentFactory(amount="4.00", patient=patient, **on(5, 31, 23, 59))
        PaymentFactory(amount="8.00", patient=patient, **on(6, 1, 0, 0))

        assert rows(last=date(2026, 5, 31)) == [
            ("05-01", "payment", "-2.00", "-3.00"),
            ("05-31", "payment", "-4.00", "-7.00"),
        ]

    def test_statement_without_entries_carries_the_balance_over(self, history, patient):
        found = statement(patient, first=date(2026, 5, 14), last=date(2026, 5, 19))

        assert (found.opening, found.entries, found.closing) == (eur("50.00"), (), eur("50.00"))

    def test_closing_balance_is_the_opening_balance_of_the_next_statement(self, history, patient):
        may = statement(patient, first=date(2026, 5, 1), last=date(2026, 5, 31))
        june = statement(patient, first=date(2026, 6, 1), last=date(2026, 6, 30))

        assert may.closing == june.opening


class TestClosingBalance:
    def test_closing_balance_is_the_open_amount_less_credit_and_deposits(self, history, patient, on):
        InvoiceFactory(patient=patient, part_paid="30.00", **on(6, 3))
        InvoiceFactory(patient=patient, deposit="12.00", **on(6, 4))
        InvoiceFactory(patient=patient, paid=True, credited=True, **on(6, 5))
        PaymentFactory(amount="7.00", patient=patient, reversed=True, **on(6, 6))

        now = patient_account(patient, on=date(2026, 6, 15))
        closing = statement(patient, first=date(2026, 6, 1), last=date(2026, 6, 15)).closing

        assert closing == now.open.amount - now.credit - now.deposits == eur("70.00") - eur("100.00") - eur("12.00")


class TestQueries:
    @pytest.mark.parametrize("invoices", [1, 12])
    def test_statement_takes_six_queries_however_long_the_hihistory(self, patient, on, queries, invoices):
        for day in range(1, invoices + 1):
            InvoiceFactory(patient=patient, part_paid=True, written_off=True, **on(5, day))

        assert Payment.objects.count() == invoices
        assert queries(lambda: statement(patient, first=date(2026, 5, 1), last=date(2026, 5, 31))) == 6
