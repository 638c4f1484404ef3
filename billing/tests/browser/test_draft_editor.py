"""Draft editor in a browser: a whole workflow, item rows, conflicts, accessibility."""

from decimal import Decimal
from secrets import token_hex

import pytest
from playwright.sync_api import expect

from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.models.invoice.payer import Payer
from billing.tests.browser.conftest import NARROW, WIDE, overflows
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from clinic.admin import change_url
from patients.tests.factories import PatientFactory

NEW = "/admin/billing/invoice/add/"


def rows(page):
    return page.locator("#draft-rows > li")


def field(page, row, label):
    return rows(page).nth(row).get_by_label(label, exact=True)


def total(page, amount):
    page.locator("#draft-total", has_text=amount).wait_for()


def service(**fields):
    code = f"T{token_hex(4)}"
    return ServiceFactory(code=code, description=f"Service {code}", **fields)


class TestDraftWorkflow:
    def test_clerk_drafts_discounts_issues_and_prints_an_invoice(self, open_page, live_database, screenshot, axe):
        patient, check_up = PatientFactory(family_name="Workflow"), service(unit_price=Decimal("80.0000"))
        page = open_page("clerk")
        page.goto("/admin/billing/invoice/")
        page.get_by_role("link", name="Add invoice").first.click()

        page.get_by_label("Patient", exact=True).fill(patient.record_number)
        page.get_by_role("option", name=str(patient)).click()
        field(page, 0, "Service or text").fill(check_up.code)
        page.get_by_role("option", name=check_up.description).click()
        field(page, 1, "Service or text").fill("Dressing")
        field(page, 1, "Quantity").fill("2")
        field(page, 1, "Unit price").fill("9,95")
        field(page, 2, "Service or text").fill("Report")
        field(page, 2, "Unit price").fill("20.10")
        total(page, "120.00")
        expect(rows(page).nth(1).locator("[data-line-total]")).to_have_text("19.90")
        page.locator("#draft-totals-title").locator("..").get_by_label("Discount %").fill("10")
        total(page, "108.00")
        screenshot(page, "draft-new")
        assert axe(page) == []

        page.get_by_role("button", name="Save and issue").click()
        screenshot(page, "issue-dialog")
        page.locator("#dialog").get_by_role("button", name="Issue", exact=True).click()
        page.wait_for_url("**/change/")
        page.get_by_text("Due on").wait_for()
        invoice = Invoice.objects.get(patient=patient)
        assert invoice.status == InvoiceStatus.ISSUED
        assert [line.description for line in invoice.ordered_items] == [check_up.description, "Dressing", "Report"]

        page.goto(change_url(invoice))
        page.get_by_role("link", name="Print").click()
        page.get_by_role("heading", name=invoice.reg_number).wait_for()
        page.evaluate("() => { window.printed = 0; window.print = () => (window.printed += 1); }")
        page.get_by_role("button", name="Print").click()
        assert page.evaluate("() => window.printed") == 1
        assert axe(page) == []
        screenshot(page, "invoice-printed")
        page.emulate_media(media="print")
        assert not page.get_by_role("button", name="Print").is_visible()


class TestItemRows:
    @pytest.fixture
    def draft(self, live_database):
        return InvoiceFactory(items=[item("10.00", description=name) for name in ("one", "two", "three")])

    @pytest.fixture
    def page(self, open_page, draft):
        page = open_page("clerk")
        page.goto(change_url(draft))
        return page

    def order(self, page):
        return [rows(page).nth(at).locator("[data-field=description]").input_value() for at in range(3)]

    def save(self, page):
        page.get_by_role("button", name="Save draft").click()
        page.get_by_text("was saved.").wait_for()

    def test_rows_are_reordered_by_keyboard(self, page, draft):
        field(page, 0, "Quantity").focus()
        page.keyboard.press("Alt+ArrowDown")

        assert self.order(page) == ["two", "one", "three"]
        expect(field(page, 1, "Quantity")).to_be_focused()
        self.save(page)
        assert [line.description for line in draft.items.order_by("position")] == ["two", "one", "three"]

    def test_rows_are_reordered_by_buttons(self, page):
        rows(page).nth(2).get_by_role("button", name="Move up").click()

        assert self.order(page) == ["one", "three", "two"]

    def test_rows_are_reordered_by_dragging(self, page, draft):
        rows(page).nth(2).locator(".draft-handle").drag_to(rows(page).nth(0), target_position={"x": 60, "y": 4})

        assert self.order(page) == ["three", "one", "two"]
        self.save(page)
        assert [line.description for line in draft.items.order_by("position")] == ["three", "one", "two"]

    def test_rows_are_duplicated_and_removed(self, page, draft):
        field(page, 0, "Quantity").focus()
        page.keyboard.press("Alt+d")
        total(page, "40.00")
        rows(page).nth(3).get_by_role("button", name="Remove the line").click()
        total(page, "30.00")

        self.save(page)
        assert [line.description for line in draft.items.order_by("position")] == ["one", "one", "two"]

    def test_rows_are_entered_by_keyboard_alone(self, page, draft, live_database, axe, screenshot):
        found = service(unit_price=Decimal("5.5000"))
        field(page, 3, "Service or text").focus()
        page.keyboard.type(found.code)
        page.get_by_role("option", name=found.description).wait_for()
        page.keyboard.press("ArrowDown")
        assert axe(page) == []
        screenshot(page, "draft-choices", full_page=False)
        page.keyboard.press("Enter")
        page.keyboard.type("2")
        page.keyboard.press("Enter")
        page.keyboard.type("Last")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("1")
        total(page, "42.00")
        page.keyboard.press("Control+s")
        page.get_by_text("was saved.").wait_for()

        draft = Invoice.objects.get(pk=draft.pk)
        assert draft.total_amount == Decimal("42.00")
        assert draft.ordered_items[3].service == found

    def test_leaving_with_unsaved_rows_asks_for_confirmation(self, page):
        dialogs = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.dismiss()))
        field(page, 0, "Quantity").press_sequentially("2")
        with page.expect_event("dialog"):
            page.locator("#nav-sidebar").get_by_role("link", name="Payments").click(no_wait_after=True)

        assert dialogs == ["beforeunload"]
        assert rows(page).count() == 4


class TestConcurrentChange:
    @pytest.mark.parametrize(("dark", "width"), [(False, WIDE), (True, NARROW)], ids=["light-1440", "dark-390"])
    def test_second_clerk_sees_the_changes_and_keeps_their_input(
        self, open_page, live_database, screenshot, axe, dark, width
    ):
        draft = InvoiceFactory(items=[item("10.00", description="Visit")])
        first, second = open_page("clerk"), open_page("supervisor", dark=dark, width=width)
        for page in (first, second):
            page.goto(change_url(draft))
        field(first, 0, "Unit price").fill("12.00")
        first.get_by_role("button", name="Save draft").click()
        first.get_by_text("was saved.").wait_for()

        field(second, 0, "Service or text").fill("Visit at home")
        second.get_by_text("Somebody has changed this draft in the meantime.").wait_for()
        second.get_by_role("button", name="Save draft").click()
        alert = second.get_by_role("alert", name="Somebody has changed this invoice since you opened it")
        alert.wait_for()

        assert "clerk" in alert.inner_text()
        assert "1 × Visit at 10.00 → 1 × Visit at 12.00" in " ".join(alert.inner_text().split())
        assert field(second, 0, "Service or text").input_value() == "Visit at home"
        draft.refresh_from_db()
        assert draft.total_amount == Decimal("12.00")
        assert axe(second) == []
        assert not overflows(second)
        screenshot(second, "draft-conflict")

        second.get_by_role("button", name="Save my version instead").click()
        second.get_by_text("was saved.").wait_for()
        draft.refresh_from_db()
        assert (draft.total_amount, draft.items.get().description) == (Decimal("10.00"), "Visit at home")


LOOKS = [(False, WIDE), (True, WIDE), (False, NARROW), (True, NARROW)]
STATES = {
    "draft": {"deposit": "40.00"},
    "overdue": {"overdue": True, "part_paid": "40.00"},
    "paid": {"deposit": "40.00", "paid": True},
    "written-off": {"part_paid": "40.00", "written_off": True},
    "corrected": {"paid": True, "corrected": True},
    "void": {"void": True},
}


@pytest.mark.parametrize(
    ("dark", "width"), LOOKS, ids=[f"{'dark' if dark else 'light'}-{width}" for dark, width in LOOKS]
)
class TestAccessibility:
    @pytest.mark.parametrize("state", STATES)
    def test_invoice_page_is_accessible_in_every_look(
        self, open_page, live_database, axe, screenshot, state, dark, width
    ):
        invoice = InvoiceFactory(
            **STATES[state],
            items=[
                item(
                    "80.00",
                    description="A consultation with a rather long description, of an hour and more",
                    code="K12",
                ),
                item("13.3333", quantity=Decimal("1.5"), discount_percent=Decimal(5), tax_rate=Decimal(19)),
            ],
            tags=["Recall", "Insurance asked"],
            notes="With thanks",
            bill_to=Payer("Aunt", "1 High Street\nLeeds"),
        )
        page = open_page("supervisor", dark=dark, width=width)
        page.goto(change_url(invoice))
        if state != "draft":
            page.get_by_text("notes and tags").click()

        assert axe(page) == []
        assert not overflows(page)
        screenshot(page, f"invoice-{state}")

    def test_invalid_new_draft_is_accessible_in_every_look(
        self, open_page, live_database, axe, screenshot, dark, width
    ):
        page = open_page("clerk", dark=dark, width=width)
        page.goto(NEW)
        field(page, 0, "Unit price").fill("ten")
        page.get_by_role("button", name="Save draft").click()
        page.get_by_text("Not saved yet").wait_for()

        assert axe(page) == []
        assert not overflows(page)
        screenshot(page, "draft-invalid")
