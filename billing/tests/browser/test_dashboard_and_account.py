"""The first page, a patient's account, the statement and the check of the books hold up in a browser."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.tests.browser.conftest import NARROW, WIDE, is_too_wide
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import change_url
from patients.tests.factories import AppointmentFactory, PatientFactory

LOOKS = [
    pytest.param({"dark": dark, "width": width}, id=f"{'dark' if dark else 'light'}-{width}")
    for dark, width in [(False, WIDE), (True, WIDE), (False, NARROW), (True, NARROW)]
]


@pytest.fixture(params=LOOKS)
def supervisor(request, page):
    return page("supervisor", **request.param)


@pytest.fixture
def ana(on_the_desk):
    """A patient with a little of everything, and a namesake."""
    same = {"given_name": "Ana-Lucía", "family_name": "Wołkowicz-Nuñez", "phone": "+49 30 5550 123"}
    patient = PatientFactory(**same)
    PatientFactory(**same)
    InvoiceFactory(patient=patient, overdue=True)
    InvoiceFactory(patient=patient, part_paid=True)
    InvoiceFactory(patient=patient, deposit=True)
    PaymentFactory(patient=patient, amount="300.00")
    AppointmentFactory(patient=patient)
    AppointmentFactory(patient=patient, completed=True)
    return patient


def is_sound(desk, axe):
    return axe(desk) == [] and not is_too_wide(desk)


class TestTheOverview:
    def test_is_sound(self, supervisor, ana, axe, shoot):
        supervisor.goto("/admin/")
        supervisor.get_by_text("The same as a table").click()

        assert is_sound(supervisor, axe)
        shoot(supervisor, "dashboard")

    def test_leads_from_a_bar_to_its_invoices_by_keyboard(self, page, ana):
        desk = page("clerk")
        desk.goto("/admin/")
        bar = desk.get_by_role("link", name="1–30 days late")
        count = bar.locator("xpath=ancestor::tr").locator("td").first.inner_text()
        bar.press("Enter")
        desk.wait_for_url("**/billing/invoice/?age=1-30")

        assert desk.locator("#result_list tbody tr").count() == min(int(count), 50)

    def test_begins_a_payment(self, page):
        desk = page("clerk")
        desk.goto("/admin/")
        desk.locator(".view-start").get_by_role("link", name="Take a payment").press("Enter")

        desk.wait_for_url("**/admin/cash-desk/")


class TestThePatient:
    def test_page_is_sound(self, supervisor, ana, axe, shoot):
        supervisor.goto(change_url(ana))

        assert is_sound(supervisor, axe)
        shoot(supervisor, "patient-account")

    def test_is_merged_after_a_look_at_who_stays(self, page, ana, axe, shoot):
        desk = page("supervisor")
        desk.goto(change_url(ana))
        desk.get_by_role("link", name="Merge P-").first.click()
        desk.get_by_text("becomes part of the account of").wait_for()
        assert axe(desk) == []
        shoot(desk, "merge")
        desk.get_by_role("button", name="Merge", exact=True).press("Enter")

        desk.get_by_text("This patient was merged into").wait_for()

    def test_statement_is_sound(self, supervisor, ana, axe, shoot):
        supervisor.goto(reverse("admin:patients_patient_statement", args=[ana.pk]))

        assert is_sound(supervisor, axe)
        shoot(supervisor, "statement")

    def test_statement_is_a_sheet_of_its_own_on_paper(self, page, ana, shoot):
        desk = page("clerk")
        desk.goto(reverse("admin:patients_patient_statement", args=[ana.pk]))
        desk.emulate_media(media="print")

        assert desk.get_by_role("heading", name="Statement from").is_visible()
        assert not desk.locator("#nav-sidebar").is_visible()
        assert not desk.get_by_role("button", name="Print").is_visible()
        shoot(desk, "statement-on-paper")

    def test_statement_is_asked_for_other_days(self, page, ana):
        desk = page("clerk")
        desk.goto(reverse("admin:patients_patient_statement", args=[ana.pk]))
        desk.get_by_role("textbox", name="From").fill(f"{timezone.now() - timedelta(days=2):%Y-%m-%d}")
        desk.get_by_role("button", name="Show").press("Enter")
        desk.wait_for_url("**first=*")

        assert desk.get_by_text("Brought forward").is_visible()


class TestTheCheckOfTheBooks:
    def test_is_sound(self, supervisor, axe, shoot):
        supervisor.goto("/admin/billing/books-check/")
        assert is_sound(supervisor, axe)
        supervisor.get_by_role("button", name="Check now").press("Enter")
        supervisor.get_by_text("The books agree: all").wait_for()

        assert is_sound(supervisor, axe)
        shoot(supervisor, "books-check")
