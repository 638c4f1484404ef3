"""Sidebar, login, search, filters, colours and language, by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from billing.tests.browser.conftest import NARROW, WIDE, log_in

BILLING_LINKS = [
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
SIDEBAR_LINKS = {
    "clerk": BILLING_LINKS,
    "supervisor": [*BILLING_LINKS, "Lock-outs"],
    "auditor": [*BILLING_LINKS, "Users", "Roles"],
    "admin": [*BILLING_LINKS, "Users", "Roles", "Applications", "Lock-outs", "Requests served"],
}


def sidebar_links(page):
    return [line.split("\n")[-1].strip() for line in page.locator("#nav-sidebar ol a").all_inner_texts()]


class TestSidebar:
    @pytest.mark.parametrize("role", SIDEBAR_LINKS)
    def test_sidebar_shows_the_pages_of_the_role(self, open_page, role):
        page = open_page(role)
        page.goto("/admin/")

        assert set(SIDEBAR_LINKS[role]) <= set(sidebar_links(page))
        if role == "clerk":
            assert not {"Users", "Roles", "Applications", "Lock-outs", "Requests served"} & set(sidebar_links(page))

    def test_sidebar_marks_the_current_page(self, open_page):
        page = open_page("clerk")
        page.goto("/admin/billing/payment/")

        assert page.locator("#nav-sidebar a.active").inner_text().endswith("Payments")
        assert page.get_by_role("heading", level=1).inner_text() == "Payments"

    def test_sidebar_opens_and_closes_on_a_phone(self, open_page, screenshot):
        page = open_page("clerk", width=NARROW)
        page.goto("/admin/")
        menu = page.get_by_role("button", name="Menu")
        sidebar = page.locator("#nav-sidebar")
        assert not sidebar.is_visible()

        menu.click()
        sidebar.wait_for(state="visible")
        screenshot(page, "sidebar", full_page=False)
        page.get_by_role("button", name="Close the menu").click()

        sidebar.wait_for(state="hidden")


class TestSkipLink:
    @pytest.mark.parametrize("path", ["/admin/", "/admin/billing/invoice/", "/admin/auth/user/"])
    def test_first_tab_leads_past_the_sidebar(self, open_page, path, screenshot):
        page = open_page("admin")
        page.goto(path)
        page.evaluate("() => document.activeElement.blur()")
        page.keyboard.press("Tab")

        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        screenshot(page, "skip-link", full_page=False)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.querySelector('#content').contains(document.activeElement)")


class TestLogin:
    @pytest.mark.parametrize("role", ["admin", "supervisor", "clerk", "auditor"])
    def test_every_role_logs_in_and_out(self, open_page, role):
        page = open_page("")
        log_in(page, role)
        page.locator(".clinic-user").click()
        page.get_by_role("button", name="Log out").click()

        page.wait_for_url("**/admin/logout/")

    def test_patient_may_not_log_in(self, open_page):
        page = open_page("")
        page.goto("/admin/login/")
        page.get_by_label("Username").fill("patient")
        page.get_by_label("Password").fill("demo")
        page.get_by_role("button", name="Log in").click()

        assert page.get_by_role("alert").is_visible()


LATE_FRAMES = "() => { window.requestAnimationFrame = (paint) => setTimeout(paint, 300) }"


class TestSearch:
    def test_search_takes_input_while_it_opens(self, open_page):
        page = open_page("clerk")
        page.goto("/admin/")
        page.evaluate(LATE_FRAMES)  # the theme would focus a field that is not visible yet
        page.keyboard.press("Control+k")

        expect(page.get_by_label("Search pages, patients, invoices")).to_be_focused()

    def test_search_opens_a_page_by_keyboard(self, open_page, axe, screenshot):
        page = open_page("clerk")
        page.goto("/admin/")
        page.keyboard.press("Control+k")
        page.get_by_label("Search pages, patients, invoices").fill("price")
        page.keyboard.press("End")
        page.locator("#command-results-list a").first.wait_for()
        assert axe(page) == []
        screenshot(page, "search", full_page=False)
        page.keyboard.press("Enter")

        page.wait_for_url("**/billing/service/")

    def test_search_finds_patients_and_stores_no_name_in_the_browser(self, open_page):
        page = open_page("clerk")
        page.goto("/admin/")
        page.keyboard.press("Control+k")
        field = page.get_by_label("Search pages, patients, invoices")
        expect(field).to_be_focused()
        field.press_sequentially("P-0000")
        page.locator("#command-results-list .clinic-search-result-text", has_text=re.compile("P-0000")).first.wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url("**/change/")

        stored = page.evaluate("() => JSON.stringify(localStorage)")
        assert "P-0000" not in stored
        assert "commandHistory" not in stored


class TestFilters:
    @pytest.mark.parametrize("width", [WIDE, NARROW])
    def test_filters_narrow_the_list(self, open_page, axe, screenshot, width):
        page = open_page("clerk", width=width)
        page.goto("/admin/billing/payment/")
        page.get_by_role("button", name="Filters").press("Enter")
        page.get_by_label("Cash").wait_for()
        assert axe(page) == []
        screenshot(page, "filters", full_page=False)
        page.get_by_label("Cash").check()
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url("**method__exact=cash**")

        methods = page.locator("td.field-method").all_inner_texts()
        assert {method.strip() for method in methods} <= {"Cash"}


class TestColours:
    def test_chosen_colours_are_kept(self, open_page):
        page = open_page("clerk")
        page.goto("/admin/")
        page.locator(".clinic-user").press("Enter")
        page.get_by_role("button", name="Dark").press("Enter")
        expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b"))

        page.goto("/admin/patients/patient/")

        expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b"))


class TestLanguage:
    def test_chosen_language_is_kept(self, open_page):
        page = open_page("clerk")
        page.goto("/admin/")
        page.locator(".clinic-user").click()
        page.get_by_role("button", name="Deutsch").click()

        expect(page.locator("html")).to_have_attribute("lang", "de")

    def test_language_of_the_browser_is_the_default(self, open_page):
        page = open_page("clerk", language="de-DE")
        page.goto("/admin/")

        assert page.locator("html").get_attribute("lang") == "de"
