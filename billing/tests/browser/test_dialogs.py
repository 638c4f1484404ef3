"""A question before something is done: opened, answered and left by keyboard, and readable for everybody."""

import pytest
from playwright.sync_api import expect

from billing.tests.browser.conftest import NARROW, WIDE
from clinic.tests.lockouts import shut_out as shut_out_at_night


@pytest.fixture
def shut_out(on_the_desk):
    """Somebody at a closed door; made anew for each test."""
    return shut_out_at_night()


class TestDialog:
    @pytest.fixture(params=[(False, WIDE), (True, NARROW)], ids=["light-1440", "dark-390"])
    def desk(self, request, page, shut_out):
        dark, width = request.param
        desk = page("admin", dark=dark, width=width)
        desk.goto(f"/admin/axes/accessattempt/{shut_out.pk}/change/")
        if width == NARROW:
            desk.get_by_role("button", name="What can be done here").press("Enter")
        return desk

    def test_takes_the_focus_and_gives_it_back(self, desk, axe, shoot):
        button = desk.get_by_role("link", name="Let in again")
        button.press("Enter")
        dialog = desk.get_by_role("dialog", name="Let in again")
        dialog.wait_for()
        expect(dialog.get_by_role("button", name="Let in again")).to_be_focused()
        assert axe(desk) == []
        shoot(desk, "dialog", whole=False)

        for _ in range(3):
            desk.keyboard.press("Tab")
            assert dialog.evaluate("it => it.contains(document.activeElement)")
        desk.keyboard.press("Escape")

        dialog.wait_for(state="hidden")
        expect(button).to_be_focused()

    def test_does_what_it_asks(self, desk, shut_out):
        from axes.models import AccessAttempt

        desk.get_by_role("link", name="Let in again").press("Enter")
        desk.get_by_role("dialog").get_by_role("button", name="Let in again").press("Enter")
        desk.get_by_text("night-desk may try again.").wait_for()

        assert not AccessAttempt.objects.exists()
