"""The tours of the draft: a clerk makes, issues and prints one; two clerks are at one; all of it by keyboard, too."""

from decimal import Decimal
from secrets import token_hex

import pytest
from playwright.sync_api import expect

from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.models.invoice.model import Payer
from billing.tests.browser.conftest import NARROW, WIDE, is_too_wide
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from clinic.admin import change_url
from patients.tests.factories import PatientFactory

NEW = "/admin/billing/invoice/add/"


def rows(desk):
    return desk.locator("#draft-rows > li")


def field(desk, row, label):
    return rows(desk).nth(row).get_by_label(label, exact=True)


def total(desk, amount):
    desk.locator("#draft-total", has_text=amount).wait_for()


def service(**given):
    code = f"T{token_hex(4)}"
    return ServiceFactory(code=code, description=f"Tour {code}", **given)


class TestTourOfAClerk:
    def test_drafts_three_lines_gives_a_discount_issues_and_prints(self, page, on_the_desk, shoot, axe):
        patient, check_up = PatientFactory(family_name="Tour"), service(unit_price=Decimal("80.0000"))
        desk = page("clerk")
        desk.goto("/admin/billing/invoice/")
        desk.get_by_role("link", name="Add invoice").first.click()

        desk.get_by_label("Patient", exact=True).fill(patient.record_number)
        desk.get_by_role("option", name=str(patient)).click()
        field(desk, 0, "Service or text").fill(check_up.code)
        desk.get_by_role("option", name=check_up.description).click()
        field(desk, 1, "Service or text").fill("Dressing")
        field(desk, 1, "Quantity").fill("2")
        field(desk, 1, "Unit price").fill("9,95")
        field(desk, 2, "Service or text").fill("Report")
        field(desk, 2, "Unit price").fill("20.10")
        total(desk, "120.00")
        expect(rows(desk).nth(1).locator("[data-line-total]")).to_have_text("19.90")
        desk.locator("#draft-sum").locator("..").get_by_label("Discount %").fill("10")
        total(desk, "108.00")
        shoot(desk, "draft-new")
        assert axe(desk) == []

        desk.get_by_role("button", name="Save and issue").click()
        shoot(desk, "issue-asked")
        desk.locator("#dialog").get_by_role("button", name="Issue").click()
        desk.wait_for_url("**/change/")
        desk.get_by_text("Due on").wait_for()
        invoice = Invoice.objects.get(patient=patient)
        assert invoice.status == InvoiceStatus.ISSUED
        assert [line.description for line in invoice.ordered_items] == [check_up.description, "Dressing", "Report"]

        desk.goto(change_url(invoice))
        desk.get_by_role("link", name="Print").click()
        desk.get_by_role("heading", name=invoice.reg_number).wait_for()
        desk.evaluate("() => { window.printed = 0; window.print = () => (window.printed += 1); }")
        desk.get_by_role("button", name="Print").click()
        assert desk.evaluate("() => window.printed") == 1
        assert axe(desk) == []
        shoot(desk, "paper")
        desk.emulate_media(media="print")
        assert not desk.get_by_role("button", name="Print").is_visible()


class TestLines:
    @pytest.fixture
    def draft(self, on_the_desk):
        return InvoiceFactory(items=[item("10.00", description=name) for name in ("one", "two", "three")])

    @pytest.fixture
    def desk(self, page, draft):
        desk = page("clerk")
        desk.goto(change_url(draft))
        return desk

    def order(self, desk):
        return [rows(desk).nth(at).locator("[data-field=description]").input_value() for at in range(3)]

    def save(self, desk):
        desk.get_by_role("button", name="Save draft").click()
        desk.get_by_text("is saved.").wait_for()

    def test_are_ordered_by_keys(self, desk, draft):
        field(desk, 0, "Quantity").focus()
        desk.keyboard.press("Alt+ArrowDown")

        assert self.order(desk) == ["two", "one", "three"]
        expect(field(desk, 1, "Quantity")).to_be_focused()
        self.save(desk)
        assert [line.description for line in draft.items.order_by("position")] == ["two", "one", "three"]

    def test_are_ordered_by_buttons(self, desk):
        rows(desk).nth(2).get_by_role("button", name="Move up").click()

        assert self.order(desk) == ["one", "three", "two"]

    def test_are_dragged(self, desk, draft):
        rows(desk).nth(2).locator(".draft-handle").drag_to(rows(desk).nth(0), target_position={"x": 60, "y": 4})

        assert self.order(desk) == ["three", "one", "two"]
        self.save(desk)
        assert [line.description for line in draft.items.order_by("position")] == ["three", "one", "two"]

    def test_are_duplicated_and_removed(self, desk, draft):
        field(desk, 0, "Quantity").focus()
        desk.keyboard.press("Alt+d")
        total(desk, "40.00")
        rows(desk).nth(3).get_by_role("button", name="Remove the line").click()
        total(desk, "30.00")

        self.save(desk)
        assert [line.description for line in draft.items.order_by("position")] == ["one", "one", "two"]

    def test_are_made_by_keyboard_alone(self, desk, draft, on_the_desk, axe, shoot):
        offered = service(unit_price=Decimal("5.5000"))
        field(desk, 3, "Service or text").focus()
        desk.keyboard.type(offered.code)
        desk.get_by_role("option", name=offered.description).wait_for()
        desk.keyboard.press("ArrowDown")
        assert axe(desk) == []
        shoot(desk, "draft-choices", whole=False)
        desk.keyboard.press("Enter")
        desk.keyboard.type("2")
        desk.keyboard.press("Enter")
        desk.keyboard.type("Last")
        desk.keyboard.press("Tab")
        desk.keyboard.press("Tab")
        desk.keyboard.type("1")
        total(desk, "42.00")
        desk.keyboard.press("Control+s")
        desk.get_by_text("is saved.").wait_for()

        draft = Invoice.objects.get(pk=draft.pk)
        assert draft.total_amount == Decimal("42.00")
        assert draft.ordered_items[3].service == offered

    def test_that_are_not_saved_are_not_lost_by_a_slip(self, desk):
        asked = []
        desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        field(desk, 0, "Quantity").press_sequentially("2")
        with desk.expect_event("dialog"):
            desk.locator("#nav-sidebar").get_by_role("link", name="Payments").click(no_wait_after=True)

        assert asked == ["beforeunload"]
        assert rows(desk).count() == 4


class TestTwoClerksAtOneDraft:
    @pytest.mark.parametrize(("dark", "width"), [(False, WIDE), (True, NARROW)], ids=["light-1440", "dark-390"])
    def test_the_second_sees_what_the_first_did_and_loses_nothing(self, page, on_the_desk, shoot, axe, dark, width):
        draft = InvoiceFactory(items=[item("10.00", description="Visit")])
        first, second = page("clerk"), page("supervisor", dark=dark, width=width)
        for desk in (first, second):
            desk.goto(change_url(draft))
        field(first, 0, "Unit price").fill("12.00")
        first.get_by_role("button", name="Save draft").click()
        first.get_by_text("is saved.").wait_for()

        field(second, 0, "Service or text").fill("Visit at home")
        second.get_by_text("Somebody has changed this draft meanwhile.").wait_for()
        second.get_by_role("button", name="Save draft").click()
        alert = second.get_by_role("alert", name="Somebody has changed this invoice since you opened it")
        alert.wait_for()

        assert "clerk" in alert.inner_text()
        assert "1 × Visit at 10.00 → 1 × Visit at 12.00" in " ".join(alert.inner_text().split())
        assert field(second, 0, "Service or text").input_value() == "Visit at home"
        draft.refresh_from_db()
        assert draft.total_amount == Decimal("12.00")
        assert axe(second) == []
        assert not is_too_wide(second)
        shoot(second, "draft-meanwhile")

        second.get_by_role("button", name="Save mine instead").click()
        second.get_by_text("is saved.").wait_for()
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
class TestThePage:
    @pytest.mark.parametrize("state", STATES)
    def test_of_an_invoice_is_sound(self, page, on_the_desk, axe, shoot, state, dark, width):
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
        desk = page("supervisor", dark=dark, width=width)
        desk.goto(change_url(invoice))
        if state != "draft":
            desk.get_by_text("Change what may still change").click()

        assert axe(desk) == []
        assert not is_too_wide(desk)
        shoot(desk, f"invoice-{state}")

    def test_for_a_new_draft_that_is_wrong_is_sound(self, page, on_the_desk, axe, shoot, dark, width):
        desk = page("clerk", dark=dark, width=width)
        desk.goto(NEW)
        field(desk, 0, "Unit price").fill("ten")
        desk.get_by_role("button", name="Save draft").click()
        desk.get_by_text("It is not saved yet").wait_for()

        assert axe(desk) == []
        assert not is_too_wide(desk)
        shoot(desk, "draft-wrong")
