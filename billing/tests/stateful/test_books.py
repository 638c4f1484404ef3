"""Whatever the desk does, in whatever order: the API's books and a second set, kept by hand, say the same.

Hypothesis plays the desk against the real API, with amounts that are often a cent off the mark. After each step the two
are compared; where one refuses, so does the other, for the same reason.
`STATEFUL_EXAMPLES=300` plays 300 long days, new ones each time.
"""

import os
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from billing.reports.books_check import check_books
from billing.tests.stateful.api_client import BooksClient, as_allocations, as_items, cents
from billing.tests.stateful.arithmetic import Line, Refused, total_of
from billing.tests.stateful.comparison import (
    compare_invoices,
    compare_payments,
    compare_receipts,
    compare_statements,
    print_new_receipts,
)
from billing.tests.stateful.preconditions import (
    can_be_credited,
    has_money,
    has_one_item,
    is_draft,
    is_given_up,
    is_open,
    is_owed,
    is_standing,
    is_uncorrected,
    leaves_credit,
    may_be_void,
    meant_for,
)
from billing.tests.stateful.reference import Invoice, Ledger
from billing.tests.stateful.strategies import (
    due_days,
    excesses,
    items,
    marks,
    offs,
    percents,
    statuses,
    which,
)
from clinic.domain.dates import today
from clinic.testing import ApiClient, in_role, token_for
from patients.tests.factories import PatientFactory

LONGER = int(os.environ.get("STATEFUL_EXAMPLES", "0"))
PLAY = settings(
    max_examples=LONGER or 30,
    stateful_step_count=50 if LONGER else 20,
    derandomize=not LONGER,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink] if LONGER else [Phase.generate],  # shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)


class Books(RuleBasedStateMachine):
    """Two sets of books. Invoices go by their id, payments by the order in which they came."""

    def __init__(self):
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        supervisor = in_role(User.objects.create_user("supervisor", is_staff=True), "supervisor")
        self.client = BooksClient(ApiClient(token_for(supervisor)))
        self.ledger = Ledger(today())
        self.patients = [str(PatientFactory().pk) for _ in range(2)]
        self.payments = []
        self.steps = 0
        self.is_compared = False
        self.first_etags = {}
        self.receipts = {}

    def teardown(self):
        try:
            self.is_compared = False
            self.both_agree()
            for key in self.ledger.invoices:
                moved = self.client.rows(f"/invoice/{key}/payments")
                assert sum(cents(row["amount"]) for row in moved) == self.ledger.invoices[key].paid
            compare_statements(self.ledger, self.patients)
            compare_receipts(self.receipts)
            assert check_books() == []
        finally:
            transaction.set_rollback(True)
            self.rolled_back.__exit__(None, None, None)

    # -- A new invoice, and an old one sent again

    @initialize(
        opening=st.lists(
            st.tuples(
                st.sampled_from(["100", "154.99", "0.03", "9999999.99"]),
                due_days,
                st.sampled_from([[], [50], [10, 20], [1, 1, 1], [100]]),  # percent of the price, paid one by one
                st.sampled_from([0, 0, 0, 20, 50]),  # percent of it, given up
            ),
            min_size=4,
            max_size=4,
        )
    )
    def open_with_four(self, opening):
        for place, (price, due, paid, given_up) in enumerate(opening):
            self.create(place // 3, [Line(Decimal(1), Decimal(price))], 0, 0, due, None, "ISSUED")
            key, invoice = list(self.ledger.invoices.items())[-1]
            for percent in paid:
                self.take(key, max(1, invoice.total * percent // 100), "credit")
            if part := invoice.total * given_up // 100:
                self.give_up(key, part)

    @rule(
        patient=which,
        lines=items,
        discount=st.sampled_from([0, 0, 0, 0, 1, 2000]),
        percent=st.sampled_from([0, 0, 0, 0, 10, 100]),
        due=due_days,
        paid=st.none() | offs,
        requested=statuses,
    )
    def create(self, patient, lines, discount, percent, due, paid, requested):
        patient = self.patients[patient % 2]
        day = None if due is None else self.ledger.today + timedelta(days=due)
        invoice = Invoice(patient, lines, discount, percent, day)
        given = self.given(paid=None if paid is None else max(0, self.total(invoice) + paid), status=requested)

        answer = self.client.post(
            "/invoice/",
            patient_id=patient,
            items=as_items(lines),
            discount_amount=discount,
            discount_percent=percent,
            due_date=day and day.isoformat(),
            paid_amount=given.get("paid"),
            status=requested,
        )

        def act(ledger):
            key = answer.body.get("id", "refused")
            ledger.invoices[key] = invoice
            ledger.write(key, is_new=True, is_current=True, **given)

        self.agree(answer, act, faults=[invoice, *given])
        if answer.status == 201:
            self.first_etags[answer.body["id"]] = answer.etag

    @meant_for(is_open)
    @rule(
        which=which,
        lines=st.none() | items,
        paid=st.none() | offs,
        mark=marks,
        requested=statuses,
        is_current=st.booleans(),
    )
    def put(self, which, lines, paid, mark, requested, is_current):
        key, invoice = self.pick(which, is_open)
        paid = None if paid is None else max(0, getattr(invoice, mark) + paid)
        etag = self.client.get(f"/invoice/{key}").etag if is_current else ""

        answer = self.client.put(
            f"/invoice/{key}",
            etag=etag,
            patient_id=invoice.patient,
            items=None if lines is None else as_items(lines),
            paid_amount=paid,
            status=requested,
            reason="Asked for",
        )

        given = self.given(lines=lines, paid=paid, status=requested)
        self.agree(answer, lambda ledger: ledger.write(key, is_new=False, is_current=is_current, **given), faults=given)

    @rule(which=which)
    def put_back_what_was_got(self, which):
        key, _ = self.pick(which)
        got = self.client.get(f"/invoice/{key}")

        answer = self.client.ask("PUT", f"/invoice/{key}", got.body)

        assert (answer.status, answer.etag, answer.body) == (200, got.etag, got.body)

    @rule(which=which)
    def put_what_was_read_long_ago(self, which):
        key, invoice = self.pick(which)
        first = self.first_etags.get(key)
        if first is None or first == self.client.get(f"/invoice/{key}").etag:
            return

        answer = self.client.put(f"/invoice/{key}", etag=first, patient_id=invoice.patient, notes="Late")

        assert (answer.status, answer.code) == (412, "stale_version")

    # -- Verbs of an invoice

    @meant_for(is_draft)
    @rule(which=which)
    def issue(self, which):
        key, _ = self.pick(which, is_draft)
        self.ask(key, "issue", lambda ledger: ledger.issue(key))

    @meant_for(is_owed)
    @rule(which=which, mark=marks, percent=percents, off=offs, excess=excesses)
    def pay(self, which, mark, percent, off, excess):
        key, invoice = self.pick(which, is_owed)
        self.take(key, max(1, getattr(invoice, mark) * percent // 100 + off), excess)

    @meant_for(has_money)
    @rule(which=which, percent=percents, off=offs)
    def refund(self, which, percent, off):
        key, invoice = self.pick(which, has_money)
        amount = max(1, invoice.paid * percent // 100 + off)
        given = {"amount": amount, "method": "cash", "reason": "Paid twice"}
        self.ask(key, "refunds", lambda ledger: ledger.refund(key, amount), **given)

    @meant_for(is_owed)
    @rule(which=which, mark=st.none() | marks, percent=percents, off=offs)
    def write_off(self, which, mark, percent, off):
        key, invoice = self.pick(which, is_owed)
        amount = mark and max(1, getattr(invoice, mark) * percent // 100 + off)
        self.give_up(key, amount)

    @meant_for(is_given_up)
    @rule(which=which)
    def reinstate(self, which):
        key, _ = self.pick(which, is_given_up)
        self.ask(key, "reinstate", lambda ledger: ledger.reinstate(key), reason="Found again")

    @meant_for(may_be_void)
    @rule(which=which, payments=st.sampled_from([None, "credit", "refund"]))
    def void(self, which, payments):
        key, _ = self.pick(which, may_be_void)
        self.ask(key, "void", lambda ledger: ledger.void(key, payments), reason="Wrong", payments=payments)

    @meant_for(can_be_credited)
    @rule(which=which)
    def credit_the_rest(self, which):
        key, _ = self.pick(which, can_be_credited)
        answer = self.ask(key, "credit-notes", lambda ledger: ledger.credit(key, None), reason="Not rendered")
        if answer.status == 201:
            assert answer.body["number"] == self.ledger.last_number("CN")

    @meant_for(has_one_item)
    @rule(which=which, mark=marks, percent=percents, off=offs)
    def credit_part_of_the_only_item(self, which, mark, percent, off):
        key, invoice = self.pick(which, has_one_item)
        if len(invoice.lines) != 1:
            return
        amount = max(1, getattr(invoice, mark) * percent // 100 + off)
        item = {"id": self.client.get(f"/invoice/{key}").body["items"][0]["id"], "amount": amount}
        self.ask(key, "credit-notes", lambda ledger: ledger.credit(key, amount), reason="Goodwill", items=[item])

    @meant_for(is_uncorrected)
    @rule(which=which)
    def correct(self, which):
        key, _ = self.pick(which, is_uncorrected)
        answer = self.client.post(f"/invoice/{key}/correct", reason="Wrong price")
        self.agree(answer, lambda ledger: ledger.correct(key, answer.body.get("id", "refused")))

    # -- A patient's money

    @rule(
        patient=which,
        percent=percents,
        off=offs,
        over=st.lists(st.tuples(which, offs), max_size=3),
        excess=excesses,
    )
    def take_payment(self, patient, percent, off, over, excess):
        patient = self.patients[patient % 2]
        owed = sum(each.remaining for each in self.ledger.invoices.values() if each.patient == patient)
        amount = max(1, owed * percent // 100 + off)
        shares = self.shares(over, amount)
        answer = self.client.post(
            "/payment/",
            patient_id=patient,
            amount=amount,
            method="transfer",
            excess=excess,
            allocations=as_allocations(shares),
        )
        self.agree(answer, lambda ledger: ledger.take(patient, amount, shares, excess))

    @meant_for(leaves_credit, of="payments")
    @rule(which=which, over=st.lists(st.tuples(which, offs), max_size=2))
    def allocate(self, which, over):
        payment = self.pick_payment(which, leaves_credit)
        shares = self.shares(over, self.ledger.payments[payment].credit)
        answer = self.client.post(f"/payment/{self.payments[payment]}/allocations", allocations=as_allocations(shares))
        self.agree(answer, lambda ledger: ledger.allocate(payment, shares))

    @meant_for(leaves_credit, of="payments")
    @rule(which=which, off=offs)
    def refund_credit(self, which, off):
        payment = self.pick_payment(which, leaves_credit)
        amount = max(1, self.ledger.payments[payment].credit + off)
        answer = self.client.post(
            f"/payment/{self.payments[payment]}/refund", amount=amount, method="cash", reason="Asked for it"
        )
        self.agree(answer, lambda ledger: ledger.refund_credit(payment, amount))

    @meant_for(is_standing, of="payments")
    @rule(which=which)
    def reverse(self, which):
        payment = self.pick_payment(which, is_standing)
        answer = self.client.post(f"/payment/{self.payments[payment]}/reverse", reason="Bounced")
        self.agree(answer, lambda ledger: ledger.reverse(payment))

    # -- The comparison

    @invariant()
    def both_agree(self):
        """Asked after each act that was not refused, and at the end."""
        if not self.is_compared:
            compare_invoices(self.client, self.ledger)
            rows = self.client.rows("/payment/")
            self.payments = [row["id"] for row in rows]
            compare_payments(rows, self.ledger)
            print_new_receipts(self.receipts)
            connection.check_constraints()  # what PostgreSQL would say at the end of the transaction
            self.is_compared = True

    # -- How it is played

    def pick(self, which, fits=lambda _: True):
        """An invoice: three times of four one that fits what is to be done to it, if any does."""
        every = list(self.ledger.invoices.items())
        among = [each for each in every if which % 4 and fits(each[1])] or every
        return among[which // 4 % len(among)]

    def pick_payment(self, which, fits):
        """A payment, by its number, in the same way."""
        every = list(self.ledger.payments.items())
        among = [each for each in every if which % 4 and fits(each[1])] or every
        return among[which // 4 % len(among)][0]

    def shares(self, over, most):
        """Allocations to invoices that there are, each once; None when nothing is told."""
        given = [self.pick(which, is_owed) for which, _ in over]
        shares = {
            key: max(1, min(most, invoice.remaining) + off)
            for (key, invoice), (_, off) in zip(given, over, strict=True)
        }
        return shares or None

    @staticmethod
    def total(invoice):
        try:
            return total_of(invoice.lines, invoice.discount, invoice.percent)
        except Refused:
            return 0

    @staticmethod
    def given(**values):
        return {name: value for name, value in values.items() if value is not None}

    def take(self, key, amount, excess):
        given = {"amount": amount, "method": "cash", "excess": excess}
        self.ask(key, "payments", lambda ledger: ledger.pay(key, amount, excess), **given)

    def give_up(self, key, amount):
        self.ask(key, "write-off", lambda ledger: ledger.write_off(key, amount), amount=amount, reason="No reply")

    def ask(self, key, verb, act, **body):
        answer = self.client.post(f"/invoice/{key}/{verb}", **body)
        self.agree(answer, act)
        return answer

    def agree(self, answer, act, faults=()):
        """Both do it, or both refuse it: for the same reason, unless there may be several `faults` in what was said."""
        before, reason = deepcopy(self.ledger), ""
        self.steps += 1
        self.is_compared = self.is_compared and bool(answer.code)
        try:
            act(self.ledger)
        except Refused as refused:
            self.ledger, reason = before, str(refused)
        assert bool(answer.code) == bool(reason), (answer, reason)
        assert answer.code == reason or len(faults) > 1, (answer, reason)


@pytest.mark.slow
@pytest.mark.django_db
def test_api_and_independent_ledger_agree():
    run_state_machine_as_test(Books, settings=PLAY)
