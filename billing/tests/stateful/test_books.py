"""Whatever the desk does, in whatever order: the API's books and a second set, kept by hand, say the same.

Hypothesis plays the desk against the real API, with amounts that are often a cent off the mark. After each step the two
are compared; where one refuses, so does the other, for the same reason. `STATEFUL_EXAMPLES=300` plays 300 long days, new ones each time.
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
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

try:
    from billing.reports.books_check import check_books
except (ImportError, TypeError):
    check_books = list
from billing.tests.stateful.desk import Desk, cents
from billing.tests.stateful.reference import Invoice, Ledger, Line, Refused, total_of
from clinic.calendar import today
from clinic.testing import ApiClient, token_for
from patients.tests.factories import PatientFactory

LONGER = int(os.environ.get("STATEFUL_EXAMPLES", "0"))
PLAY = settings(
    max_examples=LONGER or 20,
    stateful_step_count=60 if LONGER else 30,
    derandomize=not LONGER,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink] if LONGER else [Phase.generate],  # shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)
AMOUNTS = ("total", "paid", "credited", "written_off", "remaining")

which = st.integers(0, 99)  # of those that there are
often = st.sampled_from([True, True, True, False])
# An amount is told as a mark, and how far off it the desk is, in cents.
marks = st.sampled_from(["remaining", "remaining", "paid", "total"])
offs = st.sampled_from([0, 0, 0, -1, 1, -50, 2500]) | st.integers(-20_000, 20_000)
wishes = st.sampled_from([None] * 4 + ["ISSUED"] * 4 + ["DRAFT", "PARTIALY_PAID", "PAID", "VOID", "WRITTEN_OFF"])
excesses = st.sampled_from(["reject", "credit"])
due_days = st.none() | st.integers(-10, 40)
items = st.lists(
    st.builds(
        Line,
        quantity=st.sampled_from(["1", "1", "2", "0.333", "1.5"]).map(Decimal),
        unit_price=st.sampled_from(["199.99", "33.3333", "19.99", "1000", "0.995", "0.01", "0"]).map(Decimal),
        discount=st.sampled_from([0] * 9 + [1, 500]),
        discount_percent=st.sampled_from([0] * 6 + [10, 100]),
        tax_rate=st.sampled_from([0, 0, 7, 19]),
    ),
    max_size=3,
)


def told(lines):
    """Items as a client sends them."""
    return [
        {
            "description": "Visit",
            "quantity": str(line.quantity),
            "unit_price": str(line.unit_price),
            "discount_amount": line.discount,
            "discount_percent": line.discount_percent,
            "tax_rate": line.tax_rate,
        }
        for line in lines
    ]


def has_payments(books):
    return bool(books.ledger.payments)


class Books(RuleBasedStateMachine):
    """Two sets of books. Invoices go by their id, payments by the order in which they came."""

    def __init__(self):
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        clerk = User.objects.create_user("clerk", is_staff=True)
        self.desk = Desk(ApiClient(token_for(clerk)))
        self.ledger = Ledger(today())
        self.patients = [str(PatientFactory().pk) for _ in range(2)]
        self.payments = []
        self.first_etags = {}

    def teardown(self):
        try:
            for key in self.ledger.invoices:
                moved = self.desk.rows(f"/invoice/{key}/payments")
                assert sum(cents(row["amount"]) for row in moved) == self.ledger.invoices[key].paid
            assert check_books() == []
        finally:
            transaction.set_rollback(True)
            self.rolled_back.__exit__(None, None, None)

    # -- A new invoice, and an old one sent again

    @initialize(
        opening=st.lists(
            st.tuples(
                st.sampled_from(["100", "0.03", "154.99", "9999999.99"]), st.sampled_from(["ISSUED", "PAID", None])
            ),
            min_size=3,
            max_size=3,
        )
    )
    def open_with_three(self, opening):
        for place, (price, wish) in enumerate(opening):
            self.create(place, [Line(Decimal(1), Decimal(price))], 0, 0, None, None, wish)

    @rule(
        patient=which,
        lines=items,
        discount=st.sampled_from([0, 0, 0, 0, 1, 2000]),
        percent=st.sampled_from([0, 0, 0, 0, 10, 100]),
        due=due_days,
        paid=st.none() | offs,
        wish=wishes,
    )
    def create(self, patient, lines, discount, percent, due, paid, wish):
        patient = self.patients[patient % 2]
        day = None if due is None else self.ledger.today + timedelta(days=due)
        invoice = Invoice(patient, lines, discount, percent, day)
        said = self.said(paid=None if paid is None else max(0, self.total(invoice) + paid), status=wish)

        answer = self.desk.post(
            "/invoice/",
            patient_id=patient,
            items=told(lines),
            discount_amount=discount,
            discount_percent=percent,
            due_date=day and day.isoformat(),
            paid_amount=said.get("paid"),
            status=wish,
        )

        def act(ledger):
            key = answer.body.get("id", "refused")
            ledger.invoices[key] = invoice
            ledger.write(key, is_new=True, is_current=True, **said)

        self.agree(answer, act, faults=[invoice, *said])
        if answer.status == 201:
            self.first_etags[answer.body["id"]] = answer.etag

    @rule(
        which=which, lines=st.none() | items, paid=st.none() | offs, mark=marks, wish=wishes, is_current=st.booleans()
    )
    def put(self, which, lines, paid, mark, wish, is_current):
        key, invoice = self.pick(which)
        paid = None if paid is None else max(0, getattr(invoice, mark) + paid)
        etag = self.desk.get(f"/invoice/{key}").etag if is_current else ""

        answer = self.desk.put(
            f"/invoice/{key}",
            etag=etag,
            patient_id=invoice.patient,
            items=None if lines is None else told(lines),
            paid_amount=paid,
            status=wish,
            reason="Asked for",
        )

        said = self.said(lines=lines, paid=paid, status=wish)
        self.agree(answer, lambda ledger: ledger.write(key, is_new=False, is_current=is_current, **said), faults=said)

    @rule(which=which)
    def put_back_what_was_got(self, which):
        key, _ = self.pick(which)
        got = self.desk.get(f"/invoice/{key}")

        answer = self.desk.ask("PUT", f"/invoice/{key}", got.body)

        assert (answer.status, answer.etag, answer.body) == (200, got.etag, got.body)

    @rule(which=which)
    def put_what_was_read_long_ago(self, which):
        key, invoice = self.pick(which)
        first = self.first_etags.get(key)
        if first is None or first == self.desk.get(f"/invoice/{key}").etag:
            return

        answer = self.desk.put(f"/invoice/{key}", etag=first, patient_id=invoice.patient, notes="Late")

        assert (answer.status, answer.code) == (412, "stale_version")

    # -- Verbs of an invoice

    @rule(which=which)
    def issue(self, which):
        self.ask(which, "issue", lambda ledger, key: ledger.issue(key))

    @rule(which=which, mark=marks, off=offs, excess=excesses)
    def pay(self, which, mark, off, excess):
        amount = self.amount(which, mark, off)
        self.ask(
            which,
            "payments",
            lambda ledger, key: ledger.pay(key, amount, excess),
            amount=amount,
            method="cash",
            excess=excess,
        )

    @rule(which=which, off=offs)
    def refund(self, which, off):
        amount = self.amount(which, "paid", off)
        self.ask(
            which,
            "refunds",
            lambda ledger, key: ledger.refund(key, amount),
            amount=amount,
            method="cash",
            reason="Paid twice",
        )

    @rule(which=which, mark=st.none() | marks, off=offs)
    def write_off(self, which, mark, off):
        amount = mark and self.amount(which, mark, off)
        self.ask(
            which, "write-off", lambda ledger, key: ledger.write_off(key, amount), amount=amount, reason="No reply"
        )

    @rule(which=which)
    def reinstate(self, which):
        self.ask(which, "reinstate", lambda ledger, key: ledger.reinstate(key), reason="Found again")

    @rule(which=which, payments=st.sampled_from([None, "credit", "refund"]))
    def void(self, which, payments):
        self.ask(which, "void", lambda ledger, key: ledger.void(key, payments), reason="Wrong", payments=payments)

    @rule(which=which)
    def credit_the_rest(self, which):
        answer = self.ask(which, "credit-notes", lambda ledger, key: ledger.credit(key, None), reason="Not rendered")
        if answer.status == 201:
            assert answer.body["number"] == self.ledger.last_number("CN")

    @rule(which=which, mark=marks, off=offs)
    def credit_part_of_the_only_item(self, which, mark, off):
        key, invoice = self.pick(which)
        if len(invoice.lines) != 1:
            return
        amount = self.amount(which, mark, off)
        item = self.desk.get(f"/invoice/{key}").body["items"][0]["id"]
        self.ask(
            which,
            "credit-notes",
            lambda ledger, key: ledger.credit(key, amount),
            reason="Goodwill",
            items=[{"id": item, "amount": amount}],
        )

    @rule(which=which)
    def correct(self, which):
        key, _ = self.pick(which)
        answer = self.desk.post(f"/invoice/{key}/correct", reason="Wrong price")
        self.agree(answer, lambda ledger: ledger.correct(key, answer.body.get("id", "refused")))

    # -- A patient's money

    @rule(
        patient=which,
        percent=st.sampled_from([100, 100, 50, 10]),
        off=offs,
        over=st.lists(st.tuples(which, offs), max_size=3),
        excess=excesses,
    )
    def take_payment(self, patient, percent, off, over, excess):
        patient = self.patients[patient % 2]
        owed = sum(each.remaining for each in self.ledger.invoices.values() if each.patient == patient)
        amount = max(1, owed * percent // 100 + off)
        shares = self.shares(over, amount)
        answer = self.desk.post(
            "/payment/",
            patient_id=patient,
            amount=amount,
            method="transfer",
            excess=excess,
            allocations=as_allocations(shares),
        )
        self.agree(answer, lambda ledger: ledger.take(patient, amount, shares, excess))

    @precondition(has_payments)
    @rule(which=which, is_credit=often, over=st.lists(st.tuples(which, offs), max_size=2))
    def allocate(self, which, is_credit, over):
        payment = self.pick_payment(which, is_credit)
        shares = self.shares(over, self.ledger.payments[payment].credit)
        answer = self.desk.post(f"/payment/{self.payments[payment]}/allocations", allocations=as_allocations(shares))
        self.agree(answer, lambda ledger: ledger.allocate(payment, shares))

    @precondition(has_payments)
    @rule(which=which, is_credit=often, off=offs)
    def refund_credit(self, which, is_credit, off):
        payment = self.pick_payment(which, is_credit)
        amount = max(1, self.ledger.payments[payment].credit + off)
        answer = self.desk.post(
            f"/payment/{self.payments[payment]}/refund", amount=amount, method="cash", reason="Asked for it"
        )
        self.agree(answer, lambda ledger: ledger.refund_credit(payment, amount))

    @precondition(has_payments)
    @rule(which=which)
    def reverse(self, which):
        payment = self.pick_payment(which, is_credit=False)
        answer = self.desk.post(f"/payment/{self.payments[payment]}/reverse", reason="Bounced")
        self.agree(answer, lambda ledger: ledger.reverse(payment))

    # -- The comparison

    @invariant()
    def invoices_say_the_same(self):
        connection.check_constraints()  # what PostgreSQL would say at the end of the transaction
        for row in self.desk.rows("/invoice/"):
            invoice = self.ledger.invoices[row["id"]]
            assert {name: cents(row[f"{name}_amount"]) for name in AMOUNTS} == {
                name: getattr(invoice, name) for name in AMOUNTS
            }
            assert row["status"] == invoice.status
            assert row["reg_number"] == invoice.number or (not invoice.number and row["reg_number"][:6] == "DRAFT-")

    @invariant()
    def payments_say_the_same(self):
        rows = self.desk.rows("/payment/")
        self.payments = [row["id"] for row in rows]
        credit = [payment.credit for payment in self.ledger.payments.values()]
        assert [cents(row["unallocated_amount"]) for row in rows] == credit

    # -- How it is played

    def pick(self, which):
        return list(self.ledger.invoices.items())[which % len(self.ledger.invoices)]

    def pick_payment(self, which, is_credit):
        """One of those that leave credit, where there are any, or of all."""
        payments = self.ledger.payments
        credits_ = [key for key in payments if payments[key].credit] if is_credit else []
        picked = credits_ or list(payments)
        return picked[which % len(picked)]

    def amount(self, which, mark, off):
        return max(1, getattr(self.pick(which)[1], mark) + off)

    def shares(self, over, most):
        """Allocations to invoices that there are, each once; None when nothing is told."""
        told = [self.pick(which) for which, _ in over]
        shares = {
            key: max(1, min(most, invoice.remaining) + off) for (key, invoice), (_, off) in zip(told, over, strict=True)
        }
        return shares or None

    @staticmethod
    def total(invoice):
        try:
            return total_of(invoice.lines, invoice.discount, invoice.percent)
        except Refused:
            return 0

    @staticmethod
    def said(**values):
        return {name: value for name, value in values.items() if value is not None}

    def ask(self, which, verb, act, **body):
        key, _ = self.pick(which)
        answer = self.desk.post(f"/invoice/{key}/{verb}", **body)
        self.agree(answer, lambda ledger: act(ledger, key))
        return answer

    def agree(self, answer, act, faults=()):
        """Both do it, or both refuse it: for the same reason, unless there may be several `faults` in what was said."""
        before = deepcopy(self.ledger)
        reason = ""
        try:
            act(self.ledger)
        except Refused as refused:
            self.ledger, reason = before, str(refused)
        assert bool(answer.code) == bool(reason), (answer, reason)
        assert answer.code == reason or len(faults) > 1, (answer, reason)


def as_allocations(shares):
    return shares and [{"invoice_id": key, "amount": amount} for key, amount in shares.items()]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_api_and_the_ledger_kept_by_hand_agree():
    run_state_machine_as_test(Books, settings=PLAY)
