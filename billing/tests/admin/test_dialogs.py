"""Action dialogs of an invoice: which are offered, their previews, issue and payment."""

from decimal import Decimal

import pytest
from django.test import RequestFactory
from django.urls import reverse

from billing.admin.dialogs import invoice_actions, supervisor_actions
from billing.admin.dialogs.action_links import INVOICE_DIALOGS
from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.rules.preview import Balances
from billing.tests.admin.dialog_requests import dialog_url, messages_of, open_dialog, preview_text, submit
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import change_url

pytestmark = pytest.mark.neutral

DRAFT, OPEN, PART_PAID, PAID, VOID, WRITTEN_OFF = "draft", "issued", "part_paid", "paid", "void", "written_off"
STATES = {
    DRAFT: {},
    OPEN: {"issued": True},
    PART_PAID: {"part_paid": True},
    PAID: {"paid": True},
    VOID: {"void": True},
    WRITTEN_OFF: {"written_off": True},
}
# The actions offered to each role on the day of issue.
OFFERED_TO_CLERKS = {
    DRAFT: ["issue", "pay", "void", "copy"],
    OPEN: ["pay", "void", "copy"],
    PART_PAID: ["pay", "copy"],
    PAID: ["copy"],
    VOID: ["copy"],
    WRITTEN_OFF: ["pay", "copy"],
}
OFFERED_TO_SUPERVISORS = {
    DRAFT: ["issue", "pay", "void", "copy"],
    OPEN: ["pay", "credit-note", "correct", "write-off", "void", "copy"],
    PART_PAID: ["pay", "refund", "credit-note", "correct", "write-off", "void", "copy"],
    PAID: ["refund", "credit-note", "correct", "copy"],
    VOID: ["copy"],
    WRITTEN_OFF: ["pay", "credit-note", "correct", "reinstate", "void", "copy"],
}
# The labels of what only a supervisor may do, as a clerk reads them.
LEFT_TO_SUPERVISORS = {
    DRAFT: [],
    OPEN: ["Credit note", "Correct", "Write off"],
    PART_PAID: ["Refund", "Credit note", "Correct", "Write off", "Void"],
    PAID: ["Refund", "Credit note", "Correct"],
    VOID: [],
    WRITTEN_OFF: ["Credit note", "Correct", "Reinstate", "Void"],
}


def offered(user, invoice):
    request = RequestFactory().get("/admin/")
    request.user = user
    return [action.name for action in invoice_actions(request, invoice)]


class TestActionButtons:
    @pytest.mark.parametrize("state", STATES)
    def test_actions_are_those_that_status_and_role_allow(self, clerk, supervisor, auditor, state):
        invoice = InvoiceFactory(**STATES[state])

        assert offered(clerk, invoice) == OFFERED_TO_CLERKS[state]
        assert offered(supervisor, invoice) == OFFERED_TO_SUPERVISORS[state]
        assert offered(auditor, invoice) == []

    @pytest.mark.parametrize("state", STATES)
    def test_clerk_reads_what_a_supervisor_can_do(self, clerk, supervisor, auditor, state):
        invoice = InvoiceFactory(**STATES[state])
        request = RequestFactory().get("/admin/")

        shown = {}
        for request.user in (clerk, supervisor, auditor):
            shown[request.user] = [str(label) for label in supervisor_actions(request, invoice)]

        assert shown == {clerk: LEFT_TO_SUPERVISORS[state], supervisor: [], auditor: []}

    def test_page_of_an_invoice_names_what_a_supervisor_can_do(self, clerk_client, supervisor_client):
        invoice = InvoiceFactory(issued=True)
        text = "A supervisor can also: Credit note, Correct, Write off."

        assert text in clerk_client.get(change_url(invoice)).content.decode()
        assert "A supervisor can also" not in supervisor_client.get(change_url(invoice)).content.decode()

    def test_page_of_a_payment_names_what_a_supervisor_can_do(self, clerk_client, supervisor):
        payment = PaymentFactory(by=supervisor)

        page = clerk_client.get(change_url(payment)).content.decode()

        assert "A supervisor can also: Refund credit, Reverse." in page

    def test_void_that_needs_a_supervisor_is_not_offered_to_clerks(self, clerk, supervisor):
        invoice = InvoiceFactory(overdue=True)

        assert "void" not in offered(clerk, invoice)
        assert "void" in offered(supervisor, invoice)

    def test_actions_without_possible_effect_are_not_offered(self, supervisor):
        assert "correct" not in offered(supervisor, InvoiceFactory(corrected=True))
        assert "credit-note" not in offered(supervisor, InvoiceFactory(credited=True))
        assert "issue" not in offered(supervisor, InvoiceFactory(items=[]))

    def test_action_links_carry_the_displayed_version(self, clerk):
        invoice = InvoiceFactory(issued=True)
        request = RequestFactory().get("/admin/")
        request.user = clerk

        pay = invoice_actions(request, invoice)[0]

        assert pay.url == f"{dialog_url(invoice, 'pay')}?seen={invoice.version}"
        assert (pay.is_primary, pay.shortcut) == (True, "p")

    def test_actions_take_at_most_four_queries(self, supervisor, clerk, django_assert_max_num_queries):
        invoice = InvoiceFactory(part_paid=True)

        for user in (clerk, supervisor):
            with django_assert_max_num_queries(4):
                offered(user, invoice)


class TestPermissions:
    @pytest.mark.parametrize("action", INVOICE_DIALOGS)
    def test_dialogs_are_forbidden_without_permission(self, auditor_client, action):
        invoice = InvoiceFactory(part_paid=True)

        assert auditor_client.get(dialog_url(invoice, action)).status_code == 403
        assert (
            submit(auditor_client, invoice, action, reason="Because", amount="1.00", method="cash").status_code == 403
        )
        assert Invoice.objects.get(pk=invoice.pk).version == invoice.version

    @pytest.mark.parametrize("action", ["refund", "credit-note", "correct", "write-off", "reinstate"])
    def test_clerks_are_forbidden_the_actions_of_supervisors(self, clerk_client, action):
        invoice = InvoiceFactory(part_paid=True)

        assert submit(clerk_client, invoice, action, reason="Because", amount="1.00", method="cash").status_code == 403

    def test_clerk_sees_why_a_void_needs_a_supervisor(self, clerk_client):
        invoice = InvoiceFactory(overdue=True)

        assert "Only a supervisor can void it now" in open_dialog(clerk_client, invoice, "void")
        refused = submit(clerk_client, invoice, "void", reason="Wrong patient")

        assert "Only a supervisor can void it now" in refused.content.decode()
        assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.ISSUED

    def test_anonymous_user_is_redirected_to_the_login(self, client, db):
        response = client.get(dialog_url(InvoiceFactory(issued=True), "pay"))

        assert response.status_code == 302

    def test_unknown_action_is_not_found(self, clerk_client):
        assert clerk_client.get(dialog_url(InvoiceFactory(), "delete")).status_code == 404


class TestIssue:
    def test_issue_dialog_previews_the_amount_due(self, clerk_client):
        page = open_dialog(clerk_client, InvoiceFactory(total="154.99"), "issue")

        assert "154.99" in page
        assert "Remaining after this" in page

    def test_issue_assigns_the_number(self, clerk_client):
        draft = InvoiceFactory()

        response = submit(clerk_client, draft, "issue")

        draft.refresh_from_db()
        assert response.headers["Location"] == reverse("admin:billing_invoice_change", args=[draft.pk])
        assert draft.status == InvoiceStatus.ISSUED
        assert messages_of(response) == [f"Issued as {draft.reg_number}. 100.00\N{NO-BREAK SPACE}EUR is owed."]

    def test_issue_of_an_empty_draft_is_refused(self, clerk_client):
        draft = InvoiceFactory(items=[])

        assert "without items cannot be issued" in open_dialog(clerk_client, draft, "issue")
        assert "without items cannot be issued" in submit(clerk_client, draft, "issue").content.decode()
        assert Invoice.objects.get(pk=draft.pk).status == InvoiceStatus.DRAFT


class TestRecordPayment:
    def test_payment_amount_is_preset_to_the_amount_due(self, clerk_client):
        page = open_dialog(clerk_client, InvoiceFactory(part_paid="45.01"), "pay")

        assert 'value="54.99"' in page

    def test_payment_dialog_previews_remaining_amount_and_change(self, clerk_client):
        invoice = InvoiceFactory(total="154.99", issued=True)

        preview = preview_text(clerk_client, invoice, "pay", amount="100", method="cash", tendered="120")

        assert "Remaining after this 54.99 EUR" in preview
        assert "Change due 20.00 EUR" in preview
        assert "Status after this Partially paid" in preview
        assert not Payment.objects.exists()

    def test_payment_is_recorded_with_its_receipt_number(self, clerk_client):
        invoice = InvoiceFactory(total="154.99", issued=True)

        response = submit(clerk_client, invoice, "pay", amount="100.00", method="card", reference="T-1")

        invoice.refresh_from_db()
        payment = Payment.objects.get()
        assert (invoice.status, invoice.remaining_amount) == (InvoiceStatus.PARTIALY_PAID, Decimal("54.99"))
        assert (payment.method, payment.reference, payment.client) == ("card", "T-1", "admin")
        assert payment.receipt_number in messages_of(response)[0]

    def test_payment_amount_may_have_a_decimal_comma(self, clerk_client):
        invoice = InvoiceFactory(issued=True)

        submit(clerk_client, invoice, "pay", amount="99,50", method="cash")

        assert Payment.objects.get().amount == Decimal("99.50")

    def test_overpayment_is_refused_at_the_amount_field(self, clerk_client):
        invoice = InvoiceFactory(issued=True)

        response = submit(clerk_client, invoice, "pay", amount="120.00", method="cash")

        assert response.context["form"].errors["amount"] == [
            "120.00 is more than the amount due. The invoice can take 100.00."
        ]
        assert 'value="120.00"' in response.content.decode()
        assert not Payment.objects.exists()

    def test_overpayment_is_kept_as_credit_if_chosen(self, clerk_client):
        invoice = InvoiceFactory(issued=True)

        submit(clerk_client, invoice, "pay", amount="120.00", method="cash", excess="on")

        assert Payment.objects.with_unallocated().get().unallocated == Decimal("20.00")

    def test_tendered_less_than_the_amount_is_refused_at_its_field(self, clerk_client):
        invoice = InvoiceFactory(issued=True)

        response = submit(clerk_client, invoice, "pay", amount="100.00", method="cash", tendered="50.00")

        assert "tendered" in response.context["form"].errors
        assert not Payment.objects.exists()

    def test_next_payment_is_preset_to_the_last_method(self, clerk_client):
        submit(clerk_client, InvoiceFactory(issued=True), "pay", amount="100.00", method="card")

        assert '<option value="card" selected>' in open_dialog(clerk_client, InvoiceFactory(issued=True), "pay")

    def test_payment_on_a_draft_is_a_deposit(self, clerk_client):
        draft = InvoiceFactory()

        assert "is a deposit until the invoice is issued" in open_dialog(clerk_client, draft, "pay")
        submit(clerk_client, draft, "pay", amount="40.00", method="cash")

        draft.refresh_from_db()
        assert (draft.status, draft.paid_amount) == (InvoiceStatus.DRAFT, Decimal("40.00"))

    @pytest.mark.parametrize("amount", ["", "0", "-5", "ten", "1.005", "NaN", "99999999999999"])
    def test_payment_of_an_invalid_amount_is_refused_at_the_field(self, clerk_client, amount):
        invoice = InvoiceFactory(issued=True)

        response = submit(clerk_client, invoice, "pay", amount=amount, method="cash")

        assert "amount" in response.context["form"].errors
        assert not Payment.objects.exists()


class TestDialogPage:
    def test_dialog_is_a_fragment_for_htmx_and_a_page_without(self, clerk_client):
        invoice = InvoiceFactory(issued=True)

        page = clerk_client.get(dialog_url(invoice, "pay")).content.decode()
        part = clerk_client.get(dialog_url(invoice, "pay"), headers={"HX-Request": "true"}).content.decode()

        assert "<html" in page
        assert "<html" not in part
        assert 'id="dialog"' in part

    def test_get_of_any_dialog_changes_nothing(self, supervisor_client):
        invoice = InvoiceFactory(part_paid=True)

        for action in INVOICE_DIALOGS:
            supervisor_client.get(dialog_url(invoice, action))

        assert Invoice.objects.get(pk=invoice.pk).version == invoice.version

    def test_payment_dialog_takes_at_most_six_queries(self, clerk_client, django_assert_max_num_queries):
        invoice = InvoiceFactory(issued=True)
        clerk_client.get(dialog_url(invoice, "pay"), headers={"HX-Request": "true"})

        with django_assert_max_num_queries(6):
            clerk_client.get(dialog_url(invoice, "pay"), headers={"HX-Request": "true"})


class TestPreview:
    """The preview and the operation use the same rules."""

    @pytest.mark.parametrize("state", ["issued", "part_paid", "paid", "part_written_off", "written_off"])
    def test_preview_of_a_credit_note_is_its_outcome(self, supervisor_client, state):
        invoice = InvoiceFactory(**{state: True})
        before = Balances(InvoiceStatus(invoice.status), **invoice.amounts())

        submit(supervisor_client, invoice, "credit-note", amount_0="30.00", reason="Not rendered")

        invoice.refresh_from_db()
        expected = before.after_credit_note(Decimal("30.00"))
        assert (invoice.status, invoice.remaining_amount) == (expected.status, expected.remaining)

    @pytest.mark.parametrize("state", ["issued", "part_paid", "part_written_off", "written_off"])
    def test_preview_of_a_payment_is_its_outcome(self, clerk_client, state):
        invoice = InvoiceFactory(**{state: True})
        before = Balances(InvoiceStatus(invoice.status), **invoice.amounts())

        submit(clerk_client, invoice, "pay", amount="50.00", method="cash")

        invoice.refresh_from_db()
        expected = before.after_payment(Decimal("50.00"))
        assert (invoice.status, invoice.remaining_amount) == (expected.status, expected.remaining)


class TestKeyboardShortcuts:
    def test_shortcuts_page_lists_the_actions_of_the_role(self, client, clerk, auditor):
        client.force_login(clerk)
        assert "Record payment" in client.get(reverse("admin:billing_keys")).content.decode()

        client.force_login(auditor)
        assert "Record payment" not in client.get(reverse("admin:billing_keys")).content.decode()
