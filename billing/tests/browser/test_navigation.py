"""What stands around every page: the sidebar by role, the search, the colours, the language; by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from billing.tests.browser.conftest import NARROW, WIDE, log_in

DESK = [
    "Overview",
    "Invoices",
    "Patients",
    "Appointments",
    "Payments",
    "Refunds",
    "Credit notes",
    "Write-offs",
    "Price list",
    "Tags",
    "Closing of the books",
    "Number series",
]
LINES = {
    "clerk": DESK,
    "supervisor": DESK,
    "auditor": [*DESK, "Users", "Roles"],
    "admin": [*DESK, "Users", "Roles", "Applications", "Lock-outs", "Answered requests"],
}


def lines(page):
    return [line.split("\n")[-1].strip() for line in page.locator("#nav-sidebar ol a").all_inner_texts()]


class TestSidebar:
    @pytest.mark.parametrize("role", LINES)
    def test_shows_each_role_what_it_may_see(self, page, role):
        desk = page(role)
        desk.goto("/admin/")

        assert set(LINES[role]) <= set(lines(desk))
        if role == "clerk":
            assert not {"Users", "Roles", "Applications", "Lock-outs", "Answered requests"} & set(lines(desk))

    def test_says_where_one_is(self, page):
        desk = page("clerk")
        desk.goto("/admin/billing/payment/")

        assert desk.locator("#nav-sidebar a.active").inner_text().endswith("Payments")
        assert desk.get_by_role("heading", level=1).inner_text() == "Payments"

    def test_opens_and_closes_on_a_phone(self, page, shoot):
        desk = page("clerk", width=NARROW)
        desk.goto("/admin/")
        menu = desk.get_by_role("button", name="Menu")
        sidebar = desk.locator("#nav-sidebar")
        assert not sidebar.is_visible()

        menu.click()
        sidebar.wait_for(state="visible")
        shoot(desk, "sidebar", whole=False)
        desk.get_by_role("button", name="Close the menu").click()

        sidebar.wait_for(state="hidden")


class TestLoggingInAndOut:
    @pytest.mark.parametrize("role", ["admin", "supervisor", "clerk", "auditor"])
    def test_is_for_each_role(self, page, role):
        desk = page("")
        log_in(desk, role)
        desk.locator(".clinic-user").click()
        desk.get_by_role("button", name="Log out").click()

        desk.wait_for_url("**/admin/logout/")

    def test_is_not_for_a_patient(self, page):
        desk = page("")
        desk.goto("/admin/login/")
        desk.get_by_label("Username").fill("patient")
        desk.get_by_label("Password").fill("demo")
        desk.get_by_role("button", name="Log in").click()

        assert desk.get_by_role("alert").is_visible()


LATE_FRAMES = "() => { window.requestAnimationFrame = (paint) => setTimeout(paint, 300) }"


class TestSearch:
    def test_takes_what_is_typed_where_it_was_slow_to_open(self, page):
        desk = page("clerk")
        desk.goto("/admin/")
        desk.evaluate(LATE_FRAMES)  # the theme would give the focus to a field that is not shown yet
        desk.keyboard.press("Control+k")

        expect(desk.get_by_label("Search pages, patients, invoices")).to_be_focused()

    def test_goes_to_a_page_without_the_mouse(self, page, axe, shoot):
        desk = page("clerk")
        desk.goto("/admin/")
        desk.keyboard.press("Control+k")
        desk.get_by_label("Search pages, patients, invoices").fill("price")
        desk.keyboard.press("End")
        desk.locator("#command-results-list a").first.wait_for()
        assert axe(desk) == []
        shoot(desk, "search", whole=False)
        desk.keyboard.press("ArrowDown")
        desk.keyboard.press("Enter")

        desk.wait_for_url("**/billing/service/")

    def test_finds_patients_and_keeps_no_name_in_the_browser(self, page):
        desk = page("clerk")
        desk.goto("/admin/")
        desk.keyboard.press("Control+k")
        words = desk.get_by_label("Search pages, patients, invoices")
        expect(words).to_be_focused()
        words.press_sequentially("P-0000")
        desk.locator("#command-results-list .clinic-search-result-text", has_text=re.compile("P-0000")).first.wait_for()
        desk.keyboard.press("ArrowDown")
        desk.keyboard.press("Enter")
        desk.wait_for_url("**/change/")

        stored = desk.evaluate("() => JSON.stringify(localStorage)")
        assert "P-0000" not in stored
        assert "commandHistory" not in stored


class TestFilters:
    @pytest.mark.parametrize("width", [WIDE, NARROW])
    def test_open_choose_and_narrow_the_list(self, page, axe, shoot, width):
        desk = page("clerk", width=width)
        desk.goto("/admin/billing/payment/")
        desk.get_by_role("button", name="Filters").press("Enter")
        desk.get_by_label("Cash").wait_for()
        assert axe(desk) == []
        shoot(desk, "filters", whole=False)
        desk.get_by_label("Cash").check()
        desk.get_by_role("button", name="Apply").click()
        desk.wait_for_url("**method__exact=cash**")

        methods = desk.locator("td.field-method").all_inner_texts()
        assert {method.strip() for method in methods} <= {"Cash"}


class TestColours:
    def test_are_chosen_and_kept(self, page):
        desk = page("clerk")
        desk.goto("/admin/")
        desk.locator(".clinic-user").press("Enter")
        desk.get_by_role("button", name="Dark").press("Enter")
        expect(desk.locator("html")).to_have_class(re.compile(r"\bdark\b"))

        desk.goto("/admin/patients/patient/")

        expect(desk.locator("html")).to_have_class(re.compile(r"\bdark\b"))


class TestLanguage:
    def test_is_chosen_and_kept(self, page):
        desk = page("clerk")
        desk.goto("/admin/")
        desk.locator(".clinic-user").click()
        desk.get_by_role("button", name="Deutsch").click()

        expect(desk.locator("html")).to_have_attribute("lang", "de")

    def test_of_the_browser_is_the_first_one(self, page):
        desk = page("clerk", language="de-DE")
        desk.goto("/admin/")

        assert desk.locator("html").get_attribute("lang") == "de"
