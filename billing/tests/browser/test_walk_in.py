"""A patient who is not known yet is added within the draft editor, invoiced and receipted in a few clicks."""

from decimal import Decimal
from secrets import token_hex

import pytest
from playwright.sync_api import expect

from billing.models import Invoice
from billing.tests.browser.conftest import NARROW, WIDE, each_look, overflows
from billing.tests.factories import InvoiceFactory, ServiceFactory
from clinic.admin import change_url
from patients.models import Patient
from patients.tests.factories import PatientFactory

NEW = "/admin/billing/invoice/add/"
COUNT_CLICKS = """
    const count = (name) => sessionStorage.setItem(name, Number(sessionStorage.getItem(name)) + 1);
    addEventListener("pointerdown", () => count("clicks"), true);
    window.print = () => count("prints");
"""


def counted(page, name):
    return int(page.evaluate("name => sessionStorage.getItem(name)", name) or 0)


def dialog_of(page):
    return page.get_by_role("dialog", name="New patient")


def first_item(page):
    return page.locator("#draft-rows [data-field=description]").first


def patient_box(page):
    return page.get_by_label("Patient", exact=True)


@pytest.fixture
def name():
    return f"Walkin{token_hex(5)}"


@pytest.fixture
def page(open_page, live_database):
    return open_page("clerk")


class TestWalkIn:
    def test_walk_in_is_receipted_in_at_most_eight_clicks_from_the_list(self, page, name):
        code = f"W{token_hex(4)}"
        ServiceFactory(code=code, description=f"Service {code}", unit_price=Decimal("80.0000"))
        page.context.add_init_script(COUNT_CLICKS)
        page.goto("/admin/billing/invoice/")

        page.get_by_role("link", name="Add invoice").first.click()
        expect(patient_box(page)).to_be_focused()
        page.keyboard.type(f"Anna {name}")
        page.get_by_role("option", name="New patient").click()
        dialog_of(page).get_by_label("Phone").fill("030 5550199")
        dialog_of(page).get_by_role("button", name="Save").click()
        expect(first_item(page)).to_be_focused()
        page.keyboard.type(code)
        page.get_by_role("option", name=code).click()
        page.locator("#draft-total", has_text="80.00").wait_for()
        page.get_by_role("button", name="Save and issue").click()
        page.get_by_role("button", name="Issue and take the payment").click()
        page.get_by_role("button", name="Record and show the receipt").click()
        page.wait_for_url("**/cash-desk/receipt/**")
        page.get_by_role("button", name="Print").click()

        assert counted(page, "prints") == 1
        assert counted(page, "clicks") <= 8
        patient = Patient.objects.get(family_name=name)
        assert (patient.given_name, patient.phone) == ("Anna", "030 5550199")
        assert Invoice.objects.get(patient=patient).status == "PAID"


class TestNewPatient:
    def test_enter_on_an_unknown_name_opens_the_dialog_and_keeps_the_draft(self, page, name):
        page.goto(NEW)
        first_item(page).fill("Consultation")
        patient_box(page).fill(f"{name}, Anna")
        page.get_by_role("option", name="New patient").wait_for()
        page.keyboard.press("Enter")
        dialog = dialog_of(page)
        expect(dialog.get_by_label("Given name")).to_be_focused()
        assert dialog.get_by_label("Given name").input_value() == "Anna"
        assert dialog.get_by_label("Family name").input_value() == name
        page.keyboard.press("Enter")
        dialog.wait_for(state="hidden")

        patient = Patient.objects.get(family_name=name)
        assert patient_box(page).input_value() == str(patient)
        assert page.locator("[name=patient]").input_value() == str(patient.pk)
        assert first_item(page).input_value() == "Consultation"

    def test_likely_duplicate_is_named_before_anything_is_saved_and_can_be_chosen(self, page, name, axe, screenshot):
        known = PatientFactory(given_name="Anna", family_name=name, phone="+49 30 5550188")
        page.goto(NEW)
        patient_box(page).fill(f"anna {name}")
        page.get_by_role("option", name="New patient").click()
        dialog = dialog_of(page)
        dialog.get_by_label("Phone").fill("+49 30 5550188")
        dialog.get_by_text("Is it one of these?").wait_for()
        dialog.get_by_role("button", name="Save").click()
        dialog.get_by_text("Nothing is saved yet").wait_for()
        for _look in each_look(page):
            assert axe(page) == []
            assert not overflows(page)
            screenshot(page, "new-patient-duplicate", full_page=False)
        dialog.get_by_role("link", name="Use this patient").click()
        dialog.wait_for(state="hidden")

        assert page.locator("[name=patient]").input_value() == str(known.pk)
        assert Patient.objects.filter(sort_name=known.sort_name).count() == 1

    def test_namesake_is_saved_with_the_button_for_another_person(self, page, name):
        known = PatientFactory(given_name="Anna", family_name=name, phone="+49 30 5550177")
        page.goto(NEW)
        patient_box(page).fill(f"Anna {name}")
        page.get_by_role("option", name="New patient").click()
        dialog = dialog_of(page)
        dialog.get_by_label("Phone").fill("+49 30 5550177")
        dialog.get_by_role("button", name="Save").click()
        dialog.get_by_role("button", name="Save as a new patient").click()
        dialog.wait_for(state="hidden")

        assert Patient.objects.filter(sort_name=known.sort_name).count() == 2
        assert page.locator("[name=patient]").input_value() not in ("", str(known.pk))

    def test_escape_closes_the_dialog_and_leads_back_to_the_patient_box(self, page, name):
        page.goto(NEW)
        patient_box(page).fill(name)
        page.get_by_role("option", name="New patient").wait_for()
        page.keyboard.press("Enter")
        dialog_of(page).wait_for()
        page.keyboard.press("Escape")
        dialog_of(page).wait_for(state="hidden")

        expect(patient_box(page)).to_be_focused()
        assert patient_box(page).input_value() == name


class TestPatientBox:
    def test_one_tab_leads_from_the_patient_to_the_first_item(self, page):
        page.goto(NEW)
        expect(patient_box(page)).to_be_focused()
        page.keyboard.press("Tab")

        expect(first_item(page)).to_be_focused()

    @pytest.mark.parametrize("width", [NARROW, 1366, WIDE])
    def test_draft_editor_fits_the_screen(self, open_page, live_database, screenshot, width):
        page = open_page("clerk", width=width)
        page.goto(change_url(InvoiceFactory(total="60.00")))

        assert not overflows(page)
        screenshot(page, "draft-editor")
