"""The verbs of an invoice in the admin: who is offered which, what is said beforehand, and that each is done once."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.test import RequestFactory
from django.urls import reverse

from billing.admin.dialogs import invoice_actions
from billing.admin.dialogs.action_links import INVOICE_DIALOGS
from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.operations.payments import pay
from billing.rules.preview import Balances
from billing.tests.admin.dialog_requests import ask, foretold, said, send, verb_url
from billing.tests.factories import InvoiceFactory
from clinic.models import IdempotencyKey

DRAFT_, OPEN_, PART_, PAID_, VOID_, GIVEN_UP = "draft", "issued", "part_paid", "paid", "void", "written_off"
STATES = {
    DRAFT_: {},
    OPEN_: {"issued": True},
    PART_: {"part_paid": True},
    PAID_: {"paid": True},
    VOID_: {"void": True},
    GIVEN_UP: {"written_off": True},
}
# What each role is offered on the day of issue.
CLERKS = {
    DRAFT_: ["issue", "pay", "void"],
    OPEN_: ["pay", "void"],
    PART_: ["pay"],
    PAID_: [],
    VOID_: [],
    GIVEN_UP: ["pay"],
}
SUPERVISORS = {
    DRAFT_: ["issue", "pay", "void"],
    OPEN_: ["pay", "credit-note", "correct", "write-off", "void"],
    PART_: ["pay", "refund", "credit-note", "correct", "write-off", "void"],
    PAID_: ["refund", "credit-note", "correct"],
    VOID_: [],
    GIVEN_UP: ["pay", "credit-note", "correct", "reinstate", "void"],
}


def offered(user, invoice):
    request = RequestFactory().get("/admin/")
    request.user = user
    return [verb.name for verb in invoice_actions(request, invoice)]


class TestTheButtons:
    @pytest.mark.parametrize("state", STATES)
    def test_are_what_the_status_and_the_role_allow(self, clerk, supervisor, auditor, state):
        invoice = InvoiceFactory(**STATES[state])

        assert offered(clerk, invoice) == CLERKS[state]
        assert offered(supervisor, invoice) == SUPERVISORS[state]
        assert offered(auditor, invoice) == []

    def test_leave_out_a_void_that_is_the_supervisors(self, clerk, supervisor):
        invoice = InvoiceFactory(overdue=True)

        assert "void" not in offered(clerk, invoice)
        assert "void" in offered(supervisor, invoice)

    def test_leave_out_what_was_done_to_the_full(self, supervisor):
        assert "correct" not in offered(supervisor, InvoiceFactory(corrected=True))
        assert "credit-note" not in offered(supervisor, InvoiceFactory(credited=True))
        assert "issue" not in offered(supervisor, InvoiceFactory(items=[]))

    def test_name_the_version_that_was_seen(self, clerk):
        invoice = InvoiceFactory(issued=True)
        request = RequestFactory().get("/admin/")
        request.user = clerk

        pay = invoice_actions(request, invoice)[0]

        assert pay.url == f"{verb_url(invoice, 'pay')}?seen={invoice.version}"
        assert (pay.is_primary, pay.shortcut) == (True, "p")

    def test_cost_the_same_whatever_the_invoice(self, supervisor, clerk, django_assert_max_num_queries):
        invoice = InvoiceFactory(part_paid=True)

        for user in (clerk, supervisor):
            with django_assert_max_num_queries(4):
                offered(user, invoice)


class TestARoleThatMayNot:
    @pytest.mark.parametrize("verb", INVOICE_DIALOGS)
    def test_is_refused_by_the_page_itself(self, auditors, verb):
        invoice = InvoiceFactory(part_paid=True)

        assert auditors.get(verb_url(invoice, verb)).status_code == 403
        assert send(auditors, invoice, verb, reason="Because", amount="1.00", method="cash").status_code == 403
        assert Invoice.objects.get(pk=invoice.pk).version == invoice.version

    @pytest.mark.parametrize("verb", ["refund", "credit-note", "correct", "write-off", "reinstate"])
    def test_is_the_clerk_for_what_a_supervisor_does(self, clerks, verb):
        invoice = InvoiceFactory(part_paid=True)

        assert send(clerks, invoice, verb, reason="Because", amount="1.00", method="cash").status_code == 403

    def test_is_told_why_at_a_limit_that_the_record_sets(self, clerks):
        invoice = InvoiceFactory(overdue=True)

        assert "on a later day a supervisor voids it" in ask(clerks, invoice, "void")
        refused = send(clerks, invoice, "void", reason="Wrong patient")

        assert "on a later day a supervisor voids it" in refused.content.decode()
        assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.ISSUED

    def test_is_sent_to_the_login_when_it_is_nobody(self, client, db):
        answer = client.get(verb_url(InvoiceFactory(issued=True), "pay"))

        assert answer.status_code == 302

    def test_finds_no_verb_that_there_is_not(self, clerks):
        assert clerks.get(verb_url(InvoiceFactory(), "delete")).status_code == 404


class TestIssue:
    def test_says_what_will_be_owed_and_when(self, clerks):
        page = ask(clerks, InvoiceFactory(total="154.99"), "issue")

        assert "154.99" in page
        assert "Remaining after this" in page

    def test_gives_the_number(self, clerks):
        draft = InvoiceFactory()

        answer = send(clerks, draft, "issue")

        draft.refresh_from_db()
        assert answer.headers["Location"] == reverse("admin:billing_invoice_change", args=[draft.pk])
        assert draft.status == InvoiceStatus.ISSUED
        assert said(answer) == [f"Issued as {draft.reg_number}. 100.00\N{NO-BREAK SPACE}EUR is owed."]

    def test_of_an_empty_draft_is_not_offered_and_is_refused(self, clerks):
        draft = InvoiceFactory(items=[])

        assert "without items cannot be issued" in ask(clerks, draft, "issue")
        assert "without items cannot be issued" in send(clerks, draft, "issue").content.decode()
        assert Invoice.objects.get(pk=draft.pk).status == InvoiceStatus.DRAFT


class TestRecordPayment:
    def test_is_preset_to_what_remains(self, clerks):
        page = ask(clerks, InvoiceFactory(part_paid="45.01"), "pay")

        assert 'value="54.99"' in page

    def test_says_what_will_remain_while_somebody_types(self, clerks):
        invoice = InvoiceFactory(total="154.99", issued=True)

        told = foretold(clerks, invoice, "pay", amount="100", method="cash", tendered="120")

        assert "Remaining after this 54.99 EUR" in told
        assert "Change to give back 20.00 EUR" in told
        assert "Status after this Partially paid" in told
        assert not Payment.objects.exists()

    def test_is_recorded_once_with_its_receipt(self, clerks):
        invoice = InvoiceFactory(total="154.99", issued=True)

        answer = send(clerks, invoice, "pay", amount="100.00", method="card", reference="T-1")

        invoice.refresh_from_db()
        payment = Payment.objects.get()
        assert (invoice.status, invoice.remaining_amount) == (InvoiceStatus.PARTIALY_PAID, Decimal("54.99"))
        assert (payment.method, payment.reference, payment.client) == ("card", "T-1", "admin")
        assert payment.receipt_number in said(answer)[0]

    def test_takes_a_comma_for_a_point(self, clerks):
        invoice = InvoiceFactory(issued=True)

        send(clerks, invoice, "pay", amount="99,50", method="cash")

        assert Payment.objects.get().amount == Decimal("99.50")

    def test_beyond_what_is_owed_is_refused_at_the_amount(self, clerks):
        invoice = InvoiceFactory(issued=True)

        answer = send(clerks, invoice, "pay", amount="120.00", method="cash")

        assert answer.context["form"].errors["amount"] == ["120.00 is more than is owed: the invoice can take 100.00."]
        assert 'value="120.00"' in answer.content.decode()
        assert not Payment.objects.exists()

    def test_keeps_the_excess_as_credit_when_told(self, clerks):
        invoice = InvoiceFactory(issued=True)

        send(clerks, invoice, "pay", amount="120.00", method="cash", excess="on")

        assert Payment.objects.with_unallocated().get().unallocated == Decimal("20.00")

    def test_that_is_handed_over_short_is_refused_at_that_field(self, clerks):
        invoice = InvoiceFactory(issued=True)

        answer = send(clerks, invoice, "pay", amount="100.00", method="cash", tendered="50.00")

        assert "tendered" in answer.context["form"].errors
        assert not Payment.objects.exists()

    def test_remembers_the_method_for_the_next(self, clerks):
        send(clerks, InvoiceFactory(issued=True), "pay", amount="100.00", method="card")

        assert '<option value="card" selected>' in ask(clerks, InvoiceFactory(issued=True), "pay")

    def test_on_a_draft_is_a_deposit(self, clerks):
        draft = InvoiceFactory()

        assert "this is a deposit" in ask(clerks, draft, "pay")
        send(clerks, draft, "pay", amount="40.00", method="cash")

        draft.refresh_from_db()
        assert (draft.status, draft.paid_amount) == (InvoiceStatus.DRAFT, Decimal("40.00"))

    @pytest.mark.parametrize("amount", ["", "0", "-5", "ten", "1.005", "NaN", "99999999999999"])
    def test_of_no_amount_is_refused_at_the_field(self, clerks, amount):
        invoice = InvoiceFactory(issued=True)

        answer = send(clerks, invoice, "pay", amount=amount, method="cash")

        assert "amount" in answer.context["form"].errors
        assert not Payment.objects.exists()


class TestTheSameFormTwice:
    def test_takes_the_money_once_and_says_the_same(self, clerks):
        invoice, once = InvoiceFactory(issued=True), str(uuid4())
        version = str(invoice.version)

        first = send(clerks, invoice, "pay", once=once, version=version, amount="40.00", method="cash")
        second = send(clerks, invoice, "pay", once=once, version=version, amount="40.00", method="cash")

        assert first.headers["Location"] == second.headers["Location"]
        assert Payment.objects.count() == 1
        assert IdempotencyKey.objects.get().moved_money

    def test_with_another_amount_is_refused(self, clerks):
        invoice, once = InvoiceFactory(issued=True), str(uuid4())
        send(clerks, invoice, "pay", once=once, amount="40.00", method="cash")

        answer = send(clerks, invoice, "pay", once=once, amount="50.00", method="cash")

        assert "This form was sent before with other values" in answer.content.decode()
        assert Payment.objects.get().amount == Decimal("40.00")

    def test_may_be_sent_again_after_a_refusal(self, clerks):
        invoice, once = InvoiceFactory(issued=True), str(uuid4())
        send(clerks, invoice, "pay", once=once, amount="140.00", method="cash")

        answer = send(clerks, invoice, "pay", once=once, amount="100.00", method="cash")

        assert answer.status_code == 302
        assert Payment.objects.get().amount == Decimal("100.00")

    def test_is_forgotten_after_a_day_where_no_money_moved(self, clerks, clerk):
        draft, once = InvoiceFactory(), str(uuid4())
        version = str(draft.version)
        send(clerks, draft, "issue", once=once, version=version)

        with time_machine.travel(draft.created_at + timedelta(days=2)):
            clerks.force_login(clerk)
            answer = send(clerks, draft, "issue", once=once, version=version)

        assert "Somebody changed this" in answer.content.decode()

    def test_without_its_token_is_refused(self, clerks):
        invoice = InvoiceFactory(issued=True)

        for missing in ("once", "version"):
            answer = send(clerks, invoice, "pay", amount="100.00", method="cash", **{missing: ""})

            assert "This page is incomplete" in answer.content.decode()
        assert not Payment.objects.exists()


class TestSomebodyElseMeanwhile:
    def test_is_told_and_nothing_is_done_unseen(self, clerks, clerk):
        invoice = InvoiceFactory(issued=True)
        seen = invoice.version
        pay(invoice, amount=Decimal("60.00"), by=clerk, at=invoice.updated_at + timedelta(minutes=1))

        answer = send(clerks, invoice, "pay", version=str(seen), amount="100.00", method="cash")

        page = answer.content.decode()
        assert "Somebody changed this while you had it open" in page
        assert "Payment taken" in page
        assert "0.00 → 60.00" in page
        assert 'value="100.00"' in page  # what was typed is kept
        assert Payment.objects.count() == 1

    def test_lets_the_same_be_sent_again_once_it_was_seen(self, clerks, clerk):
        invoice = InvoiceFactory(issued=True)
        seen, once = invoice.version, str(uuid4())
        pay(invoice, amount=Decimal("60.00"), by=clerk, at=invoice.updated_at + timedelta(minutes=1))
        told = send(clerks, invoice, "pay", once=once, version=str(seen), amount="40.00", method="cash")
        now = told.context["form"]["version"].value()

        answer = send(clerks, invoice, "pay", once=once, version=str(now), amount="40.00", method="cash")

        assert answer.status_code == 302
        assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.PAID

    def test_is_told_when_the_page_behind_is_older(self, clerks, clerk):
        invoice = InvoiceFactory(issued=True)
        seen = invoice.version
        pay(invoice, amount=Decimal("60.00"), by=clerk, at=invoice.updated_at + timedelta(minutes=1))

        assert "Changed since you opened it" in ask(clerks, invoice, "pay", seen=seen)
        assert "Changed since you opened it" not in ask(clerks, invoice, "pay", seen=invoice.version)
        assert "Changed since you opened it" not in ask(clerks, invoice, "pay", seen="nonsense")


class TestADialog:
    def test_is_a_part_for_the_page_and_a_page_without_a_script(self, clerks):
        invoice = InvoiceFactory(issued=True)

        page = clerks.get(verb_url(invoice, "pay")).content.decode()
        part = clerks.get(verb_url(invoice, "pay"), headers={"HX-Request": "true"}).content.decode()

        assert "<html" in page
        assert "<html" not in part
        assert 'id="dialog"' in part

    def test_changes_nothing_when_it_is_looked_at(self, supervisors):
        invoice = InvoiceFactory(part_paid=True)

        for verb in INVOICE_DIALOGS:
            supervisors.get(verb_url(invoice, verb))

        assert Invoice.objects.get(pk=invoice.pk).version == invoice.version

    def test_costs_few_statements(self, clerks, django_assert_max_num_queries):
        invoice = InvoiceFactory(issued=True)
        clerks.get(verb_url(invoice, "pay"), headers={"HX-Request": "true"})

        with django_assert_max_num_queries(6):
            clerks.get(verb_url(invoice, "pay"), headers={"HX-Request": "true"})


class TestWhatIsForetold:
    """The same rules as the verbs': what is said beforehand is what happens."""

    @pytest.mark.parametrize("state", ["issued", "part_paid", "paid", "part_written_off", "written_off"])
    def test_comes_true_for_a_credit_note(self, supervisors, state):
        invoice = InvoiceFactory(**{state: True})
        before = Balances(InvoiceStatus(invoice.status), **invoice.amounts())

        send(supervisors, invoice, "credit-note", amount_0="30.00", reason="Not rendered")

        invoice.refresh_from_db()
        expected = before.after_credit_note(Decimal("30.00"))
        assert (invoice.status, invoice.remaining_amount) == (expected.status, expected.remaining)

    @pytest.mark.parametrize("state", ["issued", "part_paid", "part_written_off", "written_off"])
    def test_comes_true_for_a_payment(self, clerks, state):
        invoice = InvoiceFactory(**{state: True})
        before = Balances(InvoiceStatus(invoice.status), **invoice.amounts())

        send(clerks, invoice, "pay", amount="50.00", method="cash")

        invoice.refresh_from_db()
        expected = before.after_payment(Decimal("50.00"))
        assert (invoice.status, invoice.remaining_amount) == (expected.status, expected.remaining)


class TestTheKeys:
    def test_are_told_to_each_role(self, client, clerk, auditor):
        client.force_login(clerk)
        assert "Record payment" in client.get(reverse("admin:billing_keys")).content.decode()

        client.force_login(auditor)
        assert "Record payment" not in client.get(reverse("admin:billing_keys")).content.decode()
