"""Dialogs of the admin by keyboard: focus, Escape, action, accessibility."""

import pytest
from playwright.sync_api import expect

from billing.models import Invoice
from billing.tests.browser.conftest import NARROW, WIDE, each_look, overflows, wait_for_shortcuts
from billing.tests.factories import InvoiceFactory
from clinic.admin import change_url
from clinic.tests.lockouts import lock_out as lock_out_at_night


@pytest.fixture
def locked_out(live_database):
    """Somebody at a closed page; made anew for each test."""
    return lock_out_at_night()


class TestDialog:
    @pytest.fixture(params=[(False, WIDE), (True, NARROW)], ids=["light-1440", "dark-390"])
    def page(self, request, open_page, locked_out):
        dark, width = request.param
        page = open_page("admin", dark=dark, width=width)
        page.goto(f"/admin/axes/accessattempt/{locked_out.pk}/change/")
        if width == NARROW:
            page.get_by_role("button", name="Actions on this page").press("Enter")
        return page

    def test_dialog_takes_the_focus_and_returns_it(self, page, axe, screenshot):
        button = page.get_by_role("link", name="Unlock")
        button.press("Enter")
        dialog = page.get_by_role("dialog", name="Unlock")
        dialog.wait_for()
        expect(dialog.get_by_role("button", name="Unlock")).to_be_focused()
        assert axe(page) == []
        screenshot(page, "dialog", full_page=False)

        for _ in range(3):
            page.keyboard.press("Tab")
            assert dialog.evaluate("it => it.contains(document.activeElement)")
        page.keyboard.press("Escape")

        dialog.wait_for(state="hidden")
        expect(button).to_be_focused()

    def test_dialog_performs_its_action(self, page, locked_out):
        from axes.models import AccessAttempt

        page.get_by_role("link", name="Unlock").press("Enter")
        page.get_by_role("dialog").get_by_role("button", name="Unlock").press("Enter")
        page.get_by_text("night-clerk can log in again.").wait_for()

        assert not AccessAttempt.objects.exists()


class TestCopy:
    def test_clerk_copies_an_invoice_by_keyboard_and_reads_what_a_supervisor_can_do(
        self, open_page, live_database, axe, screenshot
    ):
        invoice = InvoiceFactory(paid=True)
        page = open_page("clerk")
        page.goto(change_url(invoice))
        page.get_by_text("A supervisor can also: Refund, Credit note, Correct.").wait_for()
        for _look in each_look(page):
            assert axe(page) == []
            assert not overflows(page)
            screenshot(page, "invoice-of-a-clerk")
        wait_for_shortcuts(page)
        page.keyboard.press("y")
        page.get_by_role("dialog", name="Copy as a new draft").locator("button:focus").wait_for()
        page.keyboard.press("Enter")
        page.get_by_text(f"This draft is a copy of {invoice.reg_number}").wait_for()

        assert Invoice.objects.filter(patient=invoice.patient, status="DRAFT").count() == 1
