"""Dialogs of the admin by keyboard: focus, Escape, action, accessibility."""

import pytest
from playwright.sync_api import expect

from billing.tests.browser.conftest import NARROW, WIDE
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
            page.get_by_role("button", name="What can be done here").press("Enter")
        return page

    def test_dialog_takes_the_focus_and_returns_it(self, page, axe, screenshot):
        button = page.get_by_role("link", name="Let in again")
        button.press("Enter")
        dialog = page.get_by_role("dialog", name="Let in again")
        dialog.wait_for()
        expect(dialog.get_by_role("button", name="Let in again")).to_be_focused()
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

        page.get_by_role("link", name="Let in again").press("Enter")
        page.get_by_role("dialog").get_by_role("button", name="Let in again").press("Enter")
        page.get_by_text("night-clerk may try again.").wait_for()

        assert not AccessAttempt.objects.exists()
