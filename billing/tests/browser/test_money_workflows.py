"""Tours of the desk: money in cash on two invoices, a debt given up and claimed again, an invoice corrected."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.operations.payments import pay
from billing.tests.browser.conftest import NARROW, WIDE, is_too_wide
from billing.tests.factories import InvoiceFactory
from clinic.admin import change_url, list_url
from patients.tests.factories import PatientFactory

LOOKS = [
    pytest.param({"dark": dark, "width": width}, id=f"{'dark' if dark else 'light'}-{width}")
    for dark, width in [(False, WIDE), (True, WIDE), (False, NARROW), (True, NARROW)]
]


@pytest.fixture
def patient(on_the_desk):
    return PatientFactory(given_name="Margarete", family_name=f"Steinbrück {timezone.now():%H%M%S%f}")


@pytest.fixture
def two(patient):
    """An overdue invoice over 60, and one over 30."""
    long_ago = timezone.now() - timedelta(days=60)
    older = InvoiceFactory(patient=patient, total="60.00", issued=True, at=long_ago)
    return older, InvoiceFactory(patient=patient, total="30.00", issued=True)


class TestCashOnTwoInvoices:
    """Tour (b)."""

    def test_gives_the_right_change_and_settles_both(self, page, patient, two, shoot):
        desk = page("clerk")
        desk.goto("/admin/")
        desk.get_by_role("link", name="Take a payment").first.click()
        desk.get_by_label("Whose money is it?").fill(patient.family_name)
        desk.get_by_role("link", name=re.compile(patient.record_number)).wait_for()
        desk.keyboard.press("ArrowDown")
        desk.keyboard.press("Enter")

        desk.get_by_role("heading", name="What will happen").wait_for()
        assert desk.get_by_label("Amount to take").input_value() == "90.00"
        desk.get_by_label("Handed over").fill("100")
        desk.locator("#payment-preview").get_by_text("Change to give back").wait_for()
        expect(desk.locator("#payment-preview .preview-main")).to_contain_text("10.00")
        shoot(desk, "tour-b-cash-desk")
        desk.get_by_role("button", name="Take the payment").click()

        desk.wait_for_url("**/cash-desk/receipt/**")
        assert re.fullmatch(r"REC-\d{4}-\d{6}", desk.locator("#receipt-number").inner_text())
        assert "10.00" in desk.locator(".receipt-change").inner_text()
        assert desk.locator("tbody").get_by_text("Paid").count() == 2
        shoot(desk, "tour-b-receipt")
        for invoice in two:
            invoice.refresh_from_db()
            assert invoice.status == "PAID"

    def test_divides_a_smaller_amount_as_one_types_and_as_one_says(self, page, patient, two):
        desk = page("clerk")
        desk.goto(f"/admin/cash-desk/?patient={patient.pk}")
        older, newer = (desk.get_by_label(f"What {invoice.reg_number} gets") for invoice in two)
        assert (older.input_value(), newer.input_value()) == ("60.00", "30.00")

        desk.get_by_label("Amount to take").fill("70")
        desk.wait_for_function("it => it.value === '10.00'", arg=newer.element_handle())
        older.fill("50")
        newer.fill("20")
        expect(desk.get_by_label("As entered below")).to_be_checked()
        desk.get_by_role("button", name="Take the payment").click()

        desk.wait_for_url("**/cash-desk/receipt/**")
        for invoice, paid in zip(two, ("50.00", "20.00"), strict=True):
            invoice.refresh_from_db()
            assert str(invoice.paid_amount) == paid

    def test_keeps_the_excess_only_when_one_says_so(self, page, patient, two):
        desk = page("clerk")
        desk.goto(f"/admin/cash-desk/?patient={patient.pk}")
        desk.get_by_label("Amount to take").fill("100")
        desk.get_by_text("10.00 EUR would be on no invoice").wait_for()
        desk.get_by_role("button", name="Take the payment").click()
        desk.get_by_text(re.compile("lower the amount, or keep the excess as credit")).wait_for()

        desk.get_by_label("Keep what is left over").check()
        desk.get_by_role("button", name="Take the payment").click()

        desk.wait_for_url("**/cash-desk/receipt/**")
        assert desk.get_by_text("Kept as the patient’s credit").is_visible()


class TestFromTheListToAPayment:
    def test_is_three_keys_and_the_amount(self, page, patient, two):
        older, _ = two
        desk = page("clerk")
        desk.goto(list_url(type(older), f"q={older.reg_number}"))
        desk.locator("#result_list").wait_for()

        desk.keyboard.press("j")
        desk.keyboard.press("p")
        amount = desk.get_by_role("dialog").locator("[name=amount]")
        amount.wait_for()
        assert amount.input_value() == "60.00"
        expect(amount).to_be_focused()
        desk.keyboard.type("45.01")
        desk.get_by_role("dialog").get_by_text("14.99").wait_for()
        desk.keyboard.press("Enter")

        desk.get_by_text(re.compile(r"45\.01.EUR recorded on")).wait_for()
        older.refresh_from_db()
        assert str(older.remaining_amount) == "14.99"

    def test_leaves_an_auditors_keys_alone(self, page, two):
        older, _ = two
        desk = page("auditor")
        desk.goto(list_url(type(older), f"q={older.reg_number}"))
        desk.locator("#result_list").wait_for()

        desk.keyboard.press("j")
        desk.keyboard.press("p")
        desk.wait_for_timeout(300)

        assert not desk.get_by_role("dialog").is_visible()

    def test_is_told_by_the_question_mark_and_can_be_switched_off(self, page, two, axe, shoot):
        older, _ = two
        desk = page("clerk")
        desk.goto(change_url(older))
        desk.keyboard.press("?")
        keys = desk.get_by_role("dialog", name="Keys")
        keys.wait_for()
        assert keys.get_by_text("Record a payment on the line’s invoice").is_visible()
        assert axe(desk) == []
        shoot(desk, "keys", whole=False)

        keys.get_by_label("Single keys are on").uncheck()
        desk.keyboard.press("Escape")
        keys.wait_for(state="hidden")
        desk.keyboard.press("p")
        desk.wait_for_timeout(300)

        assert not desk.get_by_role("dialog").is_visible()


class TestWritingOff:
    """Tour (c)."""

    def test_gives_up_an_overdue_rest_and_claims_it_again(self, page, patient, shoot):
        long_ago = timezone.now() - timedelta(days=90)
        invoice = InvoiceFactory(patient=patient, total="100.00", part_paid="60.00", at=long_ago)
        desk = page("supervisor")
        desk.goto(change_url(invoice))
        desk.get_by_role("link", name="Write off").click()
        dialog = desk.get_by_role("dialog", name="Write off")
        dialog.get_by_label("Reason").fill("Moved abroad, no reply")
        dialog.get_by_text("Remaining after this").wait_for()
        expect(dialog.locator(".preview-main")).to_contain_text(re.compile(r"(?<!\d)0\.00"))
        shoot(desk, "tour-c-write-off", whole=False)
        dialog.get_by_role("button", name="Write off").click()

        desk.get_by_text(re.compile(r"40\.00.EUR of INV-.* is written off")).wait_for()
        invoice.refresh_from_db()
        assert invoice.status == "WRITTEN_OFF"

        desk.get_by_role("link", name="Reinstate").click()
        dialog = desk.get_by_role("dialog", name="Reinstate")
        dialog.get_by_label("Reason").fill("Found again")
        dialog.get_by_role("button", name="Reinstate").click()

        desk.get_by_text(re.compile(r"40\.00.EUR of INV-.* is owed again")).wait_for()
        invoice.refresh_from_db()
        assert (invoice.status, str(invoice.remaining_amount)) == ("PARTIALY_PAID", "40.00")

    def test_needs_a_reason_and_keeps_what_was_typed(self, page, two):
        older, _ = two
        desk = page("supervisor")
        desk.goto(change_url(older))
        desk.get_by_role("link", name="Write off").click()
        dialog = desk.get_by_role("dialog", name="Write off")
        dialog.get_by_label("Amount to give up").fill("12.50")
        dialog.get_by_role("button", name="Write off").click()

        dialog.get_by_text("This field is required").wait_for()
        assert dialog.get_by_label("Amount to give up").input_value() == "12.50"
        older.refresh_from_db()
        assert older.written_off_amount == 0


class TestCorrecting:
    """Tour (d)."""

    def test_gives_a_credit_note_and_a_draft_that_know_each_other(self, page, patient, shoot):
        invoice = InvoiceFactory(patient=patient, total="80.00", part_paid="30.00")
        desk = page("supervisor")
        desk.goto(change_url(invoice))
        desk.get_by_role("link", name="Correct").click()
        dialog = desk.get_by_role("dialog", name="Correct this invoice")
        assert "30.00" in dialog.get_by_text("Deposit of the new draft").locator("..").inner_text()
        dialog.get_by_label("What was wrong").fill("Wrong price")
        shoot(desk, "tour-d-correct", whole=False)
        dialog.get_by_role("button", name="Correct").click()

        desk.get_by_text("This is the draft that corrects it.").wait_for()
        draft = invoice.corrected_by
        assert str(draft.pk) in desk.url
        desk.get_by_role("link", name=invoice.reg_number).first.click()
        desk.wait_for_url(f"**{change_url(invoice)}*")
        assert desk.get_by_role("link", name=re.compile(draft.reg_number)).first.is_visible()
        assert desk.get_by_text(invoice.credit_notes.get().number).first.is_visible()


class TestTwoAtOnce:
    def test_is_told_in_the_dialog_and_may_go_on(self, page, patient, clinic, shoot):
        invoice = InvoiceFactory(patient=patient, issued=True)
        desk = page("clerk")
        desk.goto(change_url(invoice))
        desk.get_by_role("link", name="Record payment").click()
        dialog = desk.get_by_role("dialog", name="Record a payment")
        dialog.locator("[name=amount]").fill("40")
        by = invoice.events.first().created_by
        pay(invoice, amount=60, by=by, at=timezone.now())
        dialog.get_by_role("button", name="Record payment").click()

        dialog.get_by_text("Changed since you opened it").wait_for()
        assert dialog.locator("[name=amount]").input_value() == "40"
        shoot(desk, "two-at-once", whole=False)
        dialog.get_by_role("button", name="Record payment").click()

        desk.get_by_text(re.compile(r"40\.00.EUR recorded on")).wait_for()
        invoice.refresh_from_db()
        assert invoice.status == "PAID"


class TestASessionThatEndedMeanwhile:
    def test_asks_for_the_password_and_then_takes_the_money(self, page, patient, watch):
        watch.expects(403)
        invoice = InvoiceFactory(patient=patient, issued=True)
        desk = page("clerk")
        desk.goto(change_url(invoice))
        desk.get_by_role("link", name="Record payment").click()
        dialog = desk.get_by_role("dialog", name="Record a payment")
        dialog.locator("[name=amount]").fill("40")
        desk.context.clear_cookies(name=re.compile("session"))
        dialog.get_by_role("button", name="Record payment").click()

        desk.get_by_role("heading", name="Your session has ended").last.wait_for()
        desk.get_by_label("Username").fill("clerk")
        desk.get_by_label("Password").fill("demo")
        desk.get_by_role("button", name=re.compile("Log in|send", re.IGNORECASE)).click()

        desk.get_by_text(re.compile(r"40\.00.EUR recorded on")).wait_for()
        invoice.refresh_from_db()
        assert str(invoice.paid_amount) == "40.00"

    def test_leads_to_the_login_before_a_dialog_opens(self, page, patient):
        invoice = InvoiceFactory(patient=patient, issued=True)
        desk = page("clerk")
        desk.goto(change_url(invoice))
        desk.context.clear_cookies()
        desk.get_by_role("link", name="Record payment").click()

        desk.wait_for_url("**/admin/login/**")


@pytest.mark.parametrize("look", LOOKS)
class TestThePages:
    """Readable for everybody, in every light and on a phone."""

    def test_of_the_cash_desk(self, page, patient, two, look, axe, shoot):
        desk = page("clerk", **look)
        desk.goto("/admin/cash-desk/")
        assert axe(desk) == []
        shoot(desk, "cash-clinic-search")

        desk.goto(f"/admin/cash-desk/?patient={patient.pk}")
        desk.get_by_label("Handed over").fill("100")
        desk.locator("#payment-preview").get_by_text("Change to give back").wait_for()
        assert axe(desk) == []
        assert not is_too_wide(desk)
        shoot(desk, "cash-desk")
        desk.get_by_role("button", name="Take the payment").click()
        desk.wait_for_url("**/cash-desk/receipt/**")
        assert axe(desk) == []
        assert not is_too_wide(desk)
        shoot(desk, "receipt")

    @pytest.mark.parametrize("verb", ["pay", "refund", "credit-note", "correct", "write-off", "void"])
    def test_of_a_verb(self, page, patient, look, axe, shoot, verb):
        invoice = InvoiceFactory(patient=patient, part_paid="45.01")
        desk = page("supervisor", **look)
        desk.goto(change_url(invoice))
        button = desk.locator(f'[href*="/verb/{verb}/"]').first
        button.press("Enter")
        desk.get_by_role("dialog").wait_for()
        assert axe(desk) == []
        shoot(desk, f"verb-{verb}", whole=False)
        desk.keyboard.press("Escape")
        desk.get_by_role("dialog").wait_for(state="hidden")

        expect(button).to_be_focused()

    def test_of_a_payment(self, page, patient, look, axe, shoot):
        from billing.tests.factories import PaymentFactory

        payment = PaymentFactory(patient=patient, amount="50.00")
        InvoiceFactory(patient=patient, issued=True)
        desk = page("supervisor", **look)
        desk.goto(change_url(payment))
        assert axe(desk) == []
        assert not is_too_wide(desk)
        shoot(desk, "payment-verbs")
        desk.locator('[href*="/verb/allocate/"]').press("Enter")
        desk.get_by_role("dialog", name="Allocate credit").wait_for()
        assert axe(desk) == []
        shoot(desk, "verb-allocate", whole=False)
