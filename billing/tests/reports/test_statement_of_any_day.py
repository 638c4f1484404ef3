"""Whatever happens on an account, its statement of any day says what the books said at the end of that day.

Hypothesis lets a clinic go through days of drafts, payments, write-offs, voids, credit notes and corrections. At the
end of each day every invoice and credit is noted. Then the statements of all days are computed and compared, invoice by
invoice; only what a later void undid is left out, and what was dated back is counted from its date.
`STATEMENT_EXAMPLES=300` runs as many new examples.
"""

import os
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment, Refund
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.issuing import issue
from billing.operations.payments import allocate_credit, pay, reverse_payment, take_payment
from billing.operations.refunds import refund, refund_credit
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.reports.statement import statement
from billing.rules.crediting import CreditRequest
from billing.rules.money import round_to_cents
from billing.tests.factories import ClerkFactory, InvoiceFactory
from clinic.domain.dates import clinic_time_zone, local_date
from clinic.domain.errors import RuleBroken
from patients.tests.factories import PatientFactory

EXAMPLES = int(os.environ.get("STATEMENT_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=EXAMPLES or 12,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CASH, ZERO = PaymentMethod.CASH, Decimal("0.00")
DRAFT, VOID = InvoiceStatus.DRAFT, InvoiceStatus.VOID
OWED = (InvoiceStatus.ISSUED, InvoiceStatus.PARTIALY_PAID)
CLAIMED = (*OWED, InvoiceStatus.PAID, InvoiceStatus.WRITTEN_OFF)


def part(amount, percent):
    return max(Decimal("0.01"), round_to_cents(amount * percent / 100))


class Clinic:
    """Two accounts, one of them with a merged patient, and what was noted at the end of each day."""

    def __init__(self):
        first, second = PatientFactory(), PatientFactory()
        self.accounts = [first, second]
        self.patients = [first, second, PatientFactory(merged__into=second)]
        self.by = ClerkFactory()
        self.at = datetime(2026, 3, 2, 12, tzinfo=clinic_time_zone())
        self.days = {}
        self.dated_back = []  # patient, first day, day of entry, amount, invoice

    @property
    def who(self):
        return {"by": self.by, "at": self.at}

    # -- What may happen

    def draft(self, which, percent):
        InvoiceFactory(patient=self.patients[which % 3], total=str(percent), **self.who)

    def draft_with_deposit(self, which, percent):
        InvoiceFactory(patient=self.patients[which % 3], total=str(percent), deposit=True, **self.who)

    def bill(self, which, percent):
        issued = self.at - timedelta(days=which % 4)
        invoice = InvoiceFactory(
            patient=self.patients[which % 3], total=str(percent), issue_date=issued, issued=True, **self.who
        )
        self.dated_back.append((invoice.patient, issued, self.at, invoice.total_amount, invoice.pk))

    def issue(self, which, percent):
        issue(self.pick(which, DRAFT), **self.who)

    def pay(self, which, percent):
        invoice = self.pick(which, DRAFT, *CLAIMED)
        amount, received = part(invoice.total_amount, percent), self.at - timedelta(days=which % 3)
        pay(invoice, amount=amount, received_at=received, excess_to_credit=True, **self.who)
        self.dated_back.append((invoice.patient, received, self.at, -amount, None))

    def take_payment(self, which, percent):
        patient = self.patients[which % 3]
        take_payment(patient, amount=Decimal(percent), method=CASH, excess_to_credit=True, **self.who)

    def refund(self, which, percent):
        invoice = self.pick(which, DRAFT, *CLAIMED, paid_amount__gt=0)
        refund(invoice, amount=part(invoice.paid_amount, percent), method=CASH, reason="Paid twice", **self.who)

    def write_off(self, which, percent):
        invoice = self.pick(which, *OWED)
        write_off(invoice, amount=part(invoice.remaining_amount, percent), reason="No reply", **self.who)

    def reinstate(self, which, percent):
        reinstate(self.pick(which, *CLAIMED, written_off_amount__gt=0), reason="Found again", **self.who)

    def void(self, which, percent):
        invoice = self.pick(which, DRAFT, *OWED, InvoiceStatus.WRITTEN_OFF)
        void(invoice, reason="Wrong patient", release_to=["credit", "refund"][which % 2], **self.who)

    def credit(self, which, percent):
        invoice = self.pick(which, *CLAIMED)
        requests = [CreditRequest(invoice.items.get().pk, amount=part(invoice.total_amount, percent))]
        issue_credit_note(invoice, reason="Not rendered", items=requests, **self.who)

    def correct(self, which, percent):
        correct(self.pick(which, *CLAIMED), reason="Wrong price", **self.who)

    def allocate(self, which, percent):
        allocate_credit(self.pick_payment(which), **self.who)

    def refund_credit(self, which, percent):
        payment = self.pick_payment(which)
        amount = part(payment.unallocated, percent)
        refund_credit(payment, amount=amount, method=CASH, reason="Asked for it", **self.who)

    def reverse(self, which, percent):
        payments = Payment.objects.filter(reverses=None).order_by("created_at", "receipt_number")
        reverse_payment(self.one(which, payments), reason="Bounced", **self.who)

    # -- How it goes on

    def pick(self, which, *statuses, **more):
        return self.one(which, Invoice.objects.filter(status__in=statuses, **more).order_by("created_at", "reg_number"))

    def pick_payment(self, which):
        return self.one(which, Payment.objects.with_credit().order_by("created_at", "receipt_number"))

    @staticmethod
    def one(which, rows):
        found = list(rows)
        if not found:
            raise RuleBroken("There is none.")
        return found[which % len(found)]

    def act(self, name, which, percent, days):
        with suppress(RuleBroken):
            getattr(self, name)(which, percent)
        for _ in range(days):
            self.end_day()

    def end_day(self):
        """Note every invoice and the credit of each account, then begin the next day."""
        credit = Counter()
        for payment in Payment.objects.with_credit().select_related("patient"):
            credit[payment.patient.account_root] += payment.unallocated
        self.days[local_date(self.at)] = list(Invoice.objects.select_related("patient__merged_into")), credit
        self.at += timedelta(days=1)

    # -- What it comes to

    def compare(self):
        """Compare the statement of each account on each day with what was noted; return the number of statements."""
        void_since = set(Invoice.objects.filter(status=VOID).values_list("pk", flat=True))
        compared = 0
        for account in self.accounts:
            opening = None
            whole = statement(account, first=min(self.days) - timedelta(days=9), last=max(self.days))
            for day in self.days:
                found = statement(account, first=day, last=day)
                assert found.closing == self.expected_closing(account, day, void_since), (account, day)
                assert opening is None or found.opening == opening
                opening, compared = found.closing, compared + 1
                self.compare_invoices(account, day, [entry for entry in whole.entries if entry.day <= day], void_since)
        return compared

    def expected_closing(self, account, day, void_since):
        invoices, credit = self.days[day]
        closing = -credit[account]
        for invoice in invoices:
            if invoice.patient.account_root == account:
                is_claimed = invoice.status != DRAFT and invoice.pk not in void_since
                closing += invoice.remaining_amount if is_claimed else -invoice.paid_amount
        for patient, first, entered, amount, invoice in self.dated_back:
            if patient.account_root == account and invoice not in void_since:
                closing += amount if local_date(first) <= day < local_date(entered) else ZERO
        return closing

    def compare_invoices(self, account, day, entries, void_since):
        """Compare what the entries up to a day charge for each invoice; payments are of the account alone."""
        charged = Counter()
        for entry in entries:
            if not isinstance(entry.record, Payment | Refund):
                charged[entry.record.pk if isinstance(entry.record, Invoice) else entry.record.invoice_id] += (
                    entry.amount
                )
        assert not charged.keys() & void_since
        for invoice in self.days[day][0]:
            if invoice.patient.account_root == account and invoice.status not in (DRAFT, VOID):
                due = invoice.total_amount - invoice.credited_amount - invoice.written_off_amount
                assert charged[invoice.pk] == (ZERO if invoice.pk in void_since else due)


ACTS = (
    *("bill", "bill", "bill", "pay", "pay", "write_off", "write_off", "void", "void"),  # more often than the others
    *("draft", "draft_with_deposit", "issue", "take_payment", "refund", "reinstate", "credit", "correct"),
    *("allocate", "refund_credit", "reverse"),
)


@pytest.mark.slow
@pytest.mark.neutral
@pytest.mark.django_db
def test_statement_of_any_day_adds_up_whatever_happens_later():
    compared = Counter()

    @PROFILE
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(ACTS),
                st.integers(0, 11),
                st.sampled_from([30, 50, 100, 130]),
                st.sampled_from([0, 0, 1, 2]),
            ),
            min_size=12,
            max_size=40,
        )
    )
    def run(acts):
        with transaction.atomic():
            clinic = Clinic()
            for act in acts:
                clinic.act(*act)
            clinic.end_day()
            compared["statements"] += clinic.compare()
            transaction.set_rollback(True)

    run()
    assert compared["statements"] > 100
