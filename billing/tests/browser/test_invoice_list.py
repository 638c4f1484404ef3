"""The list of invoices in a browser: queues, foot and bulk actions, by keyboard too, for every eye and width."""

import pytest

from billing.tests.browser.conftest import NARROW, WIDE, is_too_wide
from billing.tests.factories import InvoiceFactory

LIST = "/admin/billing/invoice/"
LOOKS = [
    pytest.param({"dark": dark, "width": width}, id=f"{'dark' if dark else 'light'}-{width}")
    for dark, width in [(False, WIDE), (True, WIDE), (False, NARROW), (True, NARROW)]
]


@pytest.mark.parametrize("look", LOOKS)
class TestList:
    def test_is_sound_with_its_queues_and_its_foot(self, page, look, axe, shoot):
        desk = page("clerk", **look)
        desk.goto(LIST)
        desk.locator(".clinic-tab-count").first.wait_for()
        desk.locator(".clinic-totals dd").first.wait_for()

        assert axe(desk) == []
        assert not is_too_wide(desk)
        shoot(desk, "invoices")

    def test_is_sound_with_its_filters_open(self, page, look, axe, shoot):
        desk = page("clerk", **look)
        desk.goto(LIST)
        desk.get_by_role("button", name="Filters").press("Enter")
        desk.get_by_role("button", name="Apply Filters").wait_for()

        assert axe(desk) == []
        shoot(desk, "invoices-filters", whole=False)

    def test_previews_what_is_done_to_many(self, page, on_the_desk, look, axe, shoot):
        InvoiceFactory(patient__family_name="Sound"), InvoiceFactory(patient__family_name="Sound", items=[])
        desk = page("supervisor", **look)
        desk.goto(f"{LIST}?q=sound&queue=to_issue")
        for box in desk.locator("input.action-select").all():
            box.check()
        desk.locator("select[name=action]").select_option("issue_chosen")
        assert axe(desk) == []
        desk.get_by_role("button", name="Run").click()
        desk.get_by_role("button", name="Issue them").wait_for()

        assert axe(desk) == []
        assert not is_too_wide(desk)
        shoot(desk, "bulk-preview")


class TestManyAtOnce:
    def test_are_issued_row_by_row_without_the_mouse(self, page, on_the_desk, axe, shoot):
        drafts = [InvoiceFactory(patient__family_name="Bulkley") for _ in range(2)]
        empty = InvoiceFactory(patient__family_name="Bulkley", items=[])
        desk = page("clerk")
        desk.goto(f"{LIST}?q=bulkley")
        desk.get_by_label("Select all").first.press("Space")
        desk.locator("select[name=action]").select_option("issue_chosen")
        desk.get_by_role("button", name="Run").press("Enter")
        desk.get_by_role("button", name="Issue them").press("Enter")

        # What was refused beforehand was not asked for again.
        desk.get_by_role("status").filter(has_text="Done for 2 invoices.").wait_for()
        assert axe(desk) == []
        shoot(desk, "bulk-results")
        for draft in drafts:
            draft.refresh_from_db()
            assert draft.status == "ISSUED"
        empty.refresh_from_db()
        assert empty.status == "DRAFT"


class TestQueue:
    def test_is_a_place_to_go_to_and_back(self, page):
        desk = page("clerk")
        desk.goto(LIST)
        queues = desk.get_by_role("navigation", name="Work queues")
        queues.get_by_role("link", name="Overdue").press("Enter")
        desk.wait_for_url("**/?queue=overdue")
        desk.locator(".clinic-tab-count").first.wait_for()

        here = queues.locator("[aria-current=page]")
        assert here.inner_text().startswith("Overdue")
        assert int(here.locator(".clinic-tab-count").inner_text()) == desk.locator("#result_list tbody tr").count()


class TestExport:
    @pytest.mark.parametrize("kind", ["CSV", "XLSX"])
    def test_is_a_file_to_keep(self, page, kind):
        desk = page("auditor")
        desk.goto(f"{LIST}?queue=overdue")
        with desk.expect_download() as download:
            desk.get_by_role("link", name=kind, exact=True).click()

        assert download.value.suggested_filename.endswith(f".{kind.lower()}")
