"""Invoice list in a browser: queues, totals, bulk actions, export, accessibility."""

import pytest

from billing.tests.browser.conftest import NARROW, WIDE, overflows
from billing.tests.factories import InvoiceFactory

LIST = "/admin/billing/invoice/"
LOOKS = [
    pytest.param({"dark": dark, "width": width}, id=f"{'dark' if dark else 'light'}-{width}")
    for dark, width in [(False, WIDE), (True, WIDE), (False, NARROW), (True, NARROW)]
]


@pytest.mark.parametrize("look", LOOKS)
class TestInvoiceList:
    def test_list_is_accessible_in_every_look(self, open_page, look, axe, screenshot):
        page = open_page("clerk", **look)
        page.goto(LIST)
        page.locator(".clinic-tab-count").first.wait_for()
        page.locator(".clinic-totals dd").first.wait_for()

        assert axe(page) == []
        assert not overflows(page)
        screenshot(page, "invoices")

    def test_list_with_open_filters_is_accessible_in_every_look(self, open_page, look, axe, screenshot):
        page = open_page("clerk", **look)
        page.goto(LIST)
        page.get_by_role("button", name="Filters").press("Enter")
        page.get_by_role("button", name="Apply Filters").wait_for()

        assert axe(page) == []
        screenshot(page, "invoices-filters", full_page=False)

    def test_preview_of_a_bulk_action_is_accessible_in_every_look(
        self, open_page, live_database, look, axe, screenshot
    ):
        InvoiceFactory(patient__family_name="Selected"), InvoiceFactory(patient__family_name="Selected", items=[])
        page = open_page("supervisor", **look)
        page.goto(f"{LIST}?q=selected&queue=to_issue")
        for box in page.locator("input.action-select").all():
            box.check()
        page.locator("select[name=action]").select_option("issue_chosen")
        assert axe(page) == []
        page.get_by_role("button", name="Run").click()
        page.get_by_role("button", name="Issue them").wait_for()

        assert axe(page) == []
        assert not overflows(page)
        screenshot(page, "bulk-preview")


class TestBulkAction:
    def test_drafts_are_issued_in_bulk_by_keyboard(self, open_page, live_database, axe, screenshot):
        drafts = [InvoiceFactory(patient__family_name="Bulkley") for _ in range(2)]
        empty = InvoiceFactory(patient__family_name="Bulkley", items=[])
        page = open_page("clerk")
        page.goto(f"{LIST}?q=bulkley")
        page.get_by_label("Select all").first.press("Space")
        page.locator("select[name=action]").select_option("issue_chosen")
        page.get_by_role("button", name="Run").press("Enter")
        page.get_by_role("button", name="Issue them").press("Enter")

        # The draft that the preview refused is not submitted.
        page.get_by_role("status").filter(has_text="2 invoices were processed.").wait_for()
        assert axe(page) == []
        screenshot(page, "bulk-results")
        for draft in drafts:
            draft.refresh_from_db()
            assert draft.status == "ISSUED"
        empty.refresh_from_db()
        assert empty.status == "DRAFT"

    def test_second_click_does_not_send_a_bulk_action_again(self, open_page, live_database):
        InvoiceFactory(patient__family_name="Twiceley")
        page = open_page("clerk")
        page.goto(f"{LIST}?q=twiceley")
        page.get_by_label("Select all").first.check()
        page.locator("select[name=action]").select_option("issue_chosen")
        page.get_by_role("button", name="Run").click()

        button = page.get_by_role("button", name="Issue them")
        button.evaluate("button => { button.click(); setTimeout(() => button.click(), 50); }")

        page.get_by_role("status").filter(has_text="1 invoice was processed.").wait_for()


class TestQueue:
    def test_queue_can_be_opened_and_left(self, open_page):
        page = open_page("clerk")
        page.goto(LIST)
        queues = page.get_by_role("navigation", name="Work queues")
        queues.get_by_role("link", name="Overdue").press("Enter")
        page.wait_for_url("**/?queue=overdue")
        page.locator(".clinic-tab-count").first.wait_for()

        current = queues.locator("[aria-current=page]")
        assert current.inner_text().startswith("Overdue")
        assert int(current.locator(".clinic-tab-count").inner_text()) == page.locator("#result_list tbody tr").count()


class TestExport:
    @pytest.mark.parametrize("kind", ["CSV", "XLSX"])
    def test_export_downloads_a_file(self, open_page, kind):
        page = open_page("auditor")
        page.goto(f"{LIST}?queue=overdue")
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).click()

        assert download.value.suggested_filename.endswith(f".{kind.lower()}")
