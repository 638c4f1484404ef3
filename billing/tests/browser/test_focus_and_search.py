"""Focus of the pages whose first field is typed into at once, shortcuts, and the search (Ctrl+K), on a slow browser."""

import os
from secrets import token_hex

import pytest
from playwright.sync_api import expect

from billing.tests.browser.conftest import wait_for_shortcuts
from billing.tests.factories import InvoiceFactory
from clinic.admin import change_url, list_url
from patients.models import Patient
from patients.tests.factories import PatientFactory

LOADS = int(os.environ.get("FOCUS_LOADS", "3"))  # of each page; 34 are more than a hundred
SLOWDOWN = 6  # of the browser's processor
SEARCH = "Search pages, patients, invoices"


def slow_down(page):
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})


@pytest.fixture
def patient(live_database):
    return PatientFactory(family_name=f"Focus{token_hex(6)}")


@pytest.fixture
def typed_at_once(patient):
    """The pages whose first field is typed into at once, and the id of that field."""
    InvoiceFactory(patient=patient, total="60.00", issued=True)
    return {
        "/admin/billing/invoice/add/": "id_patient_search",
        "/admin/cash-desk/": "payment-query",
        f"/admin/cash-desk/?patient={patient.pk}": "id_amount",
    }


class TestFocus:
    def test_first_field_has_the_focus_in_every_load_on_a_slow_browser(self, open_page, typed_at_once):
        page = open_page("clerk")
        slow_down(page)

        focused = []
        for _ in range(LOADS):
            for path, field in typed_at_once.items():
                page.goto(path, wait_until="domcontentloaded")
                focused.append(page.evaluate("() => document.activeElement.id") == field)

        assert f"{sum(focused)} of {len(focused)}" == f"{3 * LOADS} of {3 * LOADS}"

    def test_text_typed_while_the_page_loads_is_in_the_first_field(self, open_page, typed_at_once):
        page = open_page("clerk")
        slow_down(page)

        for path, field in typed_at_once.items():
            page.goto(path, wait_until="commit")
            page.wait_for_function("() => window.htmx && document.scripts.length > 5", polling=5)
            page.keyboard.type("12.34", delay=20)

            expect(page.locator(f"#{field}")).to_have_value("12.34")
            page.wait_for_load_state()

    def test_choices_of_text_typed_before_the_scripts_ran_are_offered(self, open_page, patient):
        page = open_page("clerk")
        slow_down(page)
        page.goto("/admin/billing/invoice/add/", wait_until="commit")
        page.wait_for_function("() => document.activeElement?.id === 'id_patient_search'", polling=5)
        page.keyboard.type(patient.record_number)

        page.get_by_role("option", name=str(patient)).wait_for()

    def test_new_invoice_of_a_chosen_patient_begins_with_the_first_item(self, open_page, patient):
        page = open_page("clerk")
        page.goto(f"/admin/billing/invoice/add/?patient={patient.pk}")

        expect(page.locator("#draft-rows [data-field=description]").first).to_be_focused()


class TestShortcuts:
    def test_shortcuts_wait_until_the_page_has_been_shown_for_half_a_second(self, open_page, patient):
        invoice = InvoiceFactory(patient=patient, total="60.00", issued=True)
        page = open_page("clerk")
        page.goto(change_url(invoice), wait_until="domcontentloaded")
        page.keyboard.press("p")
        page.wait_for_timeout(300)
        assert page.locator("#modal-content #dialog").count() == 0

        wait_for_shortcuts(page)
        page.keyboard.press("p")

        page.get_by_role("dialog", name="Record a payment").wait_for()

    @pytest.mark.parametrize("element", ["input", "textarea", "select", "div[contenteditable]", "div[role=textbox]"])
    def test_shortcuts_do_not_run_where_text_is_typed(self, open_page, patient, element):
        invoice = InvoiceFactory(patient=patient, total="60.00", issued=True)
        page = open_page("clerk")
        page.goto(change_url(invoice))
        wait_for_shortcuts(page)
        page.evaluate(
            """selector => {
                const [tag, attribute] = selector.replace("]", "").split("[");
                const element = document.createElement(tag);
                const [name, value] = (attribute || "tabindex=0").split("=");
                element.setAttribute(name, value ?? "");
                element.tabIndex = 0;
                document.querySelector("main").prepend(element);
                element.focus();
            }""",
            element,
        )
        page.keyboard.press("p")
        page.wait_for_timeout(300)

        assert page.locator("#modal-content #dialog").count() == 0

    def test_slash_leads_to_the_search_of_the_list(self, open_page):
        page = open_page("clerk")
        page.goto(list_url(Patient))
        wait_for_shortcuts(page)
        page.keyboard.press("/")

        expect(page.locator("#searchbar")).to_be_focused()
        expect(page.locator("#searchbar")).to_have_value("")


class TestSearch:
    @pytest.mark.parametrize("start", ["/admin/", "/admin/billing/invoice/add/"], ids=["overview", "text field"])
    def test_a_name_and_enter_open_the_first_result(self, open_page, patient, start):
        page = open_page("clerk")
        slow_down(page)
        page.goto(start)
        page.keyboard.press("Control+k")
        page.keyboard.type(patient.family_name)
        page.keyboard.press("Enter")

        page.wait_for_url(f"**{change_url(patient)}")

    def test_enter_opens_the_marked_result_once_the_results_are_shown(self, open_page, live_database):
        first, second = sorted(PatientFactory.create_batch(2, family_name="Marked"), key=lambda each: each.sort_name)
        page = open_page("clerk")
        page.goto("/admin/")
        page.keyboard.press("Control+k")
        page.keyboard.type("Marked")
        page.locator("#command-results-list li.active", has_text=first.record_number).wait_for()
        page.keyboard.press("ArrowDown")
        page.locator("#command-results-list li.active", has_text=second.record_number).wait_for()
        page.keyboard.press("Enter")

        page.wait_for_url(f"**{change_url(second)}")

    def test_enter_stays_on_the_page_when_nothing_is_found(self, open_page):
        page = open_page("clerk")
        page.goto("/admin/")
        page.keyboard.press("Control+k")
        page.keyboard.type("qqqzzz")
        page.keyboard.press("Enter")
        page.get_by_text("Nothing found.").wait_for()
        page.keyboard.press("Enter")

        expect(page.get_by_label(SEARCH)).to_be_focused()

    def test_search_closes_with_escape(self, open_page):
        page = open_page("clerk")
        page.goto("/admin/")
        page.keyboard.press("Control+k")
        expect(page.get_by_label(SEARCH)).to_be_focused()
        page.keyboard.press("Escape")

        expect(page.get_by_label(SEARCH)).to_be_hidden()

    def test_search_opens_by_its_button(self, open_page):
        page = open_page("clerk")
        page.goto("/admin/")
        page.locator(".clinic-search").click()

        expect(page.get_by_label(SEARCH)).to_be_focused()
