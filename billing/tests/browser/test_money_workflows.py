"""Workflows of money: cash for two invoices, write-off and reinstatement, correction, conflicts, ended sessions."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.operations.payments import pay
from billing.tests.browser.conftest import NARROW, WIDE, overflows, wait_for_shortcuts
from billing.tests.factories import InvoiceFactory
from clinic.admin import change_url, list_url
from patients.tests.factories import PatientFactory

LOOKS = [
    pytest.param({"dark": dark, "width": width}, id=f"{'dark' if dark else 'light'}-{width}")
    for dark, width in [(False, WIDE), (True, WIDE), (False, NARROW), (True, NARROW)]
]


@pytest.fixture
def patient(live_database):
    return PatientFactory(given_name="Margarete", family_name=f"Steinbrück {timezone.now():%H%M%S%f}")


@pytest.fixture
def two_invoices(patient):
    """An overdue invoice of 60 and one of 30."""
    long_ago = timezone.now() - timedelta(days=60)
    older = InvoiceFactory(patient=patient, total="60.00", issued=True, at=long_ago)
    return older, InvoiceFactory(patient=patient, total="30.00", issued=True)


class TestTakePayment:
    def test_cash_payment_settles_two_invoices_and_shows_the_change(self, open_page, patient, two_invoices, screenshot):
        page = open_page("clerk")
        page.goto("/admin/")
        page.get_by_role("link", name="Take a payment").first.click()
        page.get_by_label("Who is paying?").fill(patient.family_name)
        page.get_by_role("link", name=re.compile(patient.record_number)).wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")

        page.get_by_role("heading", name="Effect").wait_for()
        assert page.get_by_label("Payment amount").input_value() == "90.00"
        page.get_by_label("Cash received").fill("100")
        page.locator("#payment-preview").get_by_text("Change due").wait_for()
        expect(page.locator("#payment-preview .preview-main")).to_contain_text("10.00")
        screenshot(page, "take-payment-cash")
        page.get_by_role("button", name="Take the payment").click()

        page.wait_for_url("**/cash-desk/receipt/**")
        assert re.fullmatch(r"REC-\d{4}-\d{6}", page.locator("#receipt-number").inner_text())
        assert "10.00" in page.locator(".receipt-change").inner_text()
        assert page.locator("tbody").get_by_text("Paid").count() == 2
        screenshot(page, "receipt-cash")
        for invoice in two_invoices:
            invoice.refresh_from_db()
            assert invoice.status == "PAID"

    def test_smaller_amount_is_allocated_as_proposed_or_entered(self, open_page, patient, two_invoices):
        page = open_page("clerk")
        page.goto(f"/admin/cash-desk/?patient={patient.pk}")
        older, newer = (page.get_by_label(f"Amount for {invoice.reg_number}") for invoice in two_invoices)
        assert (older.input_value(), newer.input_value()) == ("60.00", "30.00")

        page.get_by_label("Payment amount").fill("70")
        page.wait_for_function("it => it.value === '10.00'", arg=newer.element_handle())
        older.fill("50")
        newer.fill("20")
        expect(page.get_by_label("As entered below")).to_be_checked()
        page.get_by_role("button", name="Take the payment").click()

        page.wait_for_url("**/cash-desk/receipt/**")
        for invoice, paid in zip(two_invoices, ("50.00", "20.00"), strict=True):
            invoice.refresh_from_db()
            assert str(invoice.paid_amount) == paid

    def test_excess_is_kept_only_if_chosen(self, open_page, patient, two_invoices):
        page = open_page("clerk")
        page.goto(f"/admin/cash-desk/?patient={patient.pk}")
        page.get_by_label("Payment amount").fill("100")
        page.get_by_text("10.00 EUR would not be allocated").wait_for()
        page.get_by_role("button", name="Take the payment").click()
        page.locator("li").filter(has_text="Lower the amount, or keep the excess as credit").wait_for()

        page.get_by_label("Keep the excess").check()
        page.get_by_role("button", name="Take the payment").click()

        page.wait_for_url("**/cash-desk/receipt/**")
        assert page.get_by_text("Kept as the patient’s credit").is_visible()


class TestKeyboardShortcuts:
    def test_payment_is_recorded_from_the_list_with_three_keys(self, open_page, patient, two_invoices):
        older, _ = two_invoices
        page = open_page("clerk")
        page.goto(list_url(type(older), f"q={older.reg_number}"))
        page.locator("#result_list").wait_for()
        wait_for_shortcuts(page)

        page.keyboard.press("j")
        page.keyboard.press("p")
        amount = page.get_by_role("dialog").locator("[name=amount]")
        amount.wait_for()
        assert amount.input_value() == "60.00"
        expect(amount).to_be_focused()
        page.keyboard.type("45.01")
        page.get_by_role("dialog").get_by_text("14.99").wait_for()
        page.keyboard.press("Enter")

        page.get_by_text(re.compile(r"45\.01.EUR recorded on")).wait_for()
        older.refresh_from_db()
        assert str(older.remaining_amount) == "14.99"

    def test_payment_key_does_nothing_for_auditors(self, open_page, two_invoices):
        older, _ = two_invoices
        page = open_page("auditor")
        page.goto(list_url(type(older), f"q={older.reg_number}"))
        page.locator("#result_list").wait_for()
        wait_for_shortcuts(page)

        page.keyboard.press("j")
        page.keyboard.press("p")
        page.wait_for_timeout(300)

        assert not page.get_by_role("dialog").is_visible()

    def test_shortcuts_are_listed_and_can_be_switched_off(self, open_page, two_invoices, axe, screenshot):
        older, _ = two_invoices
        page = open_page("clerk")
        page.goto(change_url(older))
        wait_for_shortcuts(page)
        page.keyboard.press("?")
        shortcuts = page.get_by_role("dialog", name="Keyboard shortcuts")
        shortcuts.wait_for()
        assert shortcuts.get_by_text("Record a payment for the selected invoice").is_visible()
        assert axe(page) == []
        screenshot(page, "shortcuts", full_page=False)

        shortcuts.get_by_label("Single-key shortcuts are on").uncheck()
        page.keyboard.press("Escape")
        shortcuts.wait_for(state="hidden")
        page.keyboard.press("p")
        page.wait_for_timeout(300)

        assert not page.get_by_role("dialog").is_visible()


class TestWriteOff:
    def test_overdue_debt_is_written_off_and_reinstated(self, open_page, patient, screenshot):
        long_ago = timezone.now() - timedelta(days=90)
        invoice = InvoiceFactory(patient=patient, total="100.00", part_paid="60.00", at=long_ago)
        page = open_page("supervisor")
        page.goto(change_url(invoice))
        page.get_by_role("link", name="Write off").click()
        dialog = page.get_by_role("dialog", name="Write off")
        dialog.get_by_label("Reason").fill("Moved abroad, no reply")
        dialog.get_by_text("Remaining after this").wait_for()
        expect(dialog.locator(".preview-main")).to_contain_text(re.compile(r"(?<!\d)0\.00"))
        screenshot(page, "write-off", full_page=False)
        dialog.get_by_role("button", name="Write off").click()

        page.get_by_text(re.compile(r"40\.00.EUR of INV-.* was written off")).wait_for()
        invoice.refresh_from_db()
        assert invoice.status == "WRITTEN_OFF"

        page.get_by_role("link", name="Reinstate").click()
        dialog = page.get_by_role("dialog", name="Reinstate")
        dialog.get_by_label("Reason").fill("Found again")
        dialog.get_by_role("button", name="Reinstate").click()

        page.get_by_text(re.compile(r"40\.00.EUR of INV-.* is due again")).wait_for()
        invoice.refresh_from_db()
        assert (invoice.status, str(invoice.remaining_amount)) == ("PARTIALY_PAID", "40.00")

    def test_write_off_without_reason_keeps_the_input(self, open_page, two_invoices):
        older, _ = two_invoices
        page = open_page("supervisor")
        page.goto(change_url(older))
        page.get_by_role("link", name="Write off").click()
        dialog = page.get_by_role("dialog", name="Write off")
        dialog.get_by_label("Amount to write off").fill("12.50")
        dialog.get_by_role("button", name="Write off").click()

        dialog.get_by_text("This field is required").wait_for()
        assert dialog.get_by_label("Amount to write off").input_value() == "12.50"
        older.refresh_from_db()
        assert older.written_off_amount == 0


class TestCorrection:
    def test_correction_creates_a_credit_note_and_a_linked_draft(self, open_page, patient, screenshot):
        invoice = InvoiceFactory(patient=patient, total="80.00", part_paid="30.00")
        page = open_page("supervisor")
        page.goto(change_url(invoice))
        page.get_by_role("link", name="Correct").click()
        dialog = page.get_by_role("dialog", name="Correct this invoice")
        assert "30.00" in dialog.get_by_text("Deposit of the new draft").locator("..").inner_text()
        dialog.get_by_label("Reason for the correction").fill("Wrong price")
        screenshot(page, "correction", full_page=False)
        dialog.get_by_role("button", name="Correct").click()

        page.get_by_text("This draft corrects it.").wait_for()
        draft = invoice.corrected_by
        assert str(draft.pk) in page.url
        page.get_by_role("link", name=invoice.reg_number).first.click()
        page.wait_for_url(f"**{change_url(invoice)}*")
        assert page.get_by_role("link", name=re.compile(draft.reg_number)).first.is_visible()
        assert page.get_by_text(invoice.credit_notes.get().number).first.is_visible()


class TestConcurrentChange:
    def test_dialog_shows_changes_of_others_and_can_be_sent_again(self, open_page, patient, clinic, screenshot):
        invoice = InvoiceFactory(patient=patient, issued=True)
        page = open_page("clerk")
        page.goto(change_url(invoice))
        page.get_by_role("link", name="Record payment").click()
        dialog = page.get_by_role("dialog", name="Record a payment")
        dialog.locator("[name=amount]").fill("40")
        by = invoice.events.first().created_by
        pay(invoice, amount=60, by=by, at=timezone.now())
        dialog.get_by_role("button", name="Record payment").click()

        dialog.get_by_text("Changed since you opened it").wait_for()
        assert dialog.locator("[name=amount]").input_value() == "40"
        screenshot(page, "dialog-conflict", full_page=False)
        dialog.get_by_role("button", name="Record payment").click()

        page.get_by_text(re.compile(r"40\.00.EUR recorded on")).wait_for()
        invoice.refresh_from_db()
        assert invoice.status == "PAID"


class TestEndedSession:
    def test_login_after_an_ended_session_completes_the_payment(self, open_page, patient, watch):
        watch.expects(403)
        invoice = InvoiceFactory(patient=patient, issued=True)
        page = open_page("clerk")
        page.goto(change_url(invoice))
        page.get_by_role("link", name="Record payment").click()
        dialog = page.get_by_role("dialog", name="Record a payment")
        dialog.locator("[name=amount]").fill("40")
        page.context.clear_cookies(name=re.compile("session"))
        dialog.get_by_role("button", name="Record payment").click()

        page.get_by_role("heading", name="Your session has ended").last.wait_for()
        page.get_by_label("Username").fill("clerk")
        page.get_by_label("Password").fill("demo")
        page.get_by_role("button", name=re.compile("Log in|send", re.IGNORECASE)).click()

        page.get_by_text(re.compile(r"40\.00.EUR recorded on")).wait_for()
        invoice.refresh_from_db()
        assert str(invoice.paid_amount) == "40.00"

    def test_ended_session_leads_to_the_login_before_a_dialog(self, open_page, patient):
        invoice = InvoiceFactory(patient=patient, issued=True)
        page = open_page("clerk")
        page.goto(change_url(invoice))
        page.context.clear_cookies()
        page.get_by_role("link", name="Record payment").click()

        page.wait_for_url("**/admin/login/**")


@pytest.mark.parametrize("look", LOOKS)
class TestAccessibility:
    def test_payment_page_is_accessible_in_every_look(self, open_page, patient, two_invoices, look, axe, screenshot):
        page = open_page("clerk", **look)
        page.goto("/admin/cash-desk/")
        assert axe(page) == []
        screenshot(page, "take-payment-search")

        page.goto(f"/admin/cash-desk/?patient={patient.pk}")
        page.get_by_label("Cash received").fill("100")
        page.locator("#payment-preview").get_by_text("Change due").wait_for()
        assert axe(page) == []
        assert not overflows(page)
        screenshot(page, "take-payment")
        page.get_by_role("button", name="Take the payment").click()
        page.wait_for_url("**/cash-desk/receipt/**")
        assert axe(page) == []
        assert not overflows(page)
        screenshot(page, "receipt")

    @pytest.mark.parametrize("action", ["pay", "refund", "credit-note", "correct", "write-off", "void"])
    def test_action_dialogs_are_accessible_in_every_look(self, open_page, patient, look, axe, screenshot, action):
        invoice = InvoiceFactory(patient=patient, part_paid="45.01")
        page = open_page("supervisor", **look)
        page.goto(change_url(invoice))
        button = page.locator(f'[href*="/verb/{action}/"]').first
        button.press("Enter")
        page.get_by_role("dialog").wait_for()
        assert axe(page) == []
        screenshot(page, f"dialog-{action}", full_page=False)
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")

        expect(button).to_be_focused()

    def test_page_of_a_payment_is_accessible_in_every_look(self, open_page, patient, look, axe, screenshot):
        from billing.tests.factories import PaymentFactory

        payment = PaymentFactory(patient=patient, amount="50.00")
        InvoiceFactory(patient=patient, issued=True)
        page = open_page("supervisor", **look)
        page.goto(change_url(payment))
        assert axe(page) == []
        assert not overflows(page)
        screenshot(page, "payment-page")
        page.locator('[href*="/verb/allocate/"]').press("Enter")
        page.get_by_role("dialog", name="Allocate credit").wait_for()
        assert axe(page) == []
        screenshot(page, "dialog-allocate", full_page=False)
