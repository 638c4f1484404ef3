"""Dashboard, patient account, statement and check of the books in a browser."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.tests.browser.conftest import NARROW, WIDE, overflows
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import change_url
from patients.tests.factories import AppointmentFactory, PatientFactory

LOOKS = [
    pytest.param({"dark": dark, "width": width}, id=f"{'dark' if dark else 'light'}-{width}")
    for dark, width in [(False, WIDE), (True, WIDE), (False, NARROW), (True, NARROW)]
]


@pytest.fixture(params=LOOKS)
def supervisor_page(request, open_page):
    return open_page("supervisor", **request.param)


@pytest.fixture
def patient(live_database):
    """A patient with invoices, a payment and appointments, and a likely duplicate."""
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


def is_accessible(page, axe):
    return axe(page) == [] and not overflows(page)


class TestDashboard:
    def test_dashboard_is_accessible_in_every_look(self, supervisor_page, patient, axe, screenshot):
        supervisor_page.goto("/admin/")
        supervisor_page.get_by_text("Show as a table").click()

        assert is_accessible(supervisor_page, axe)
        screenshot(supervisor_page, "dashboard")

    def test_ageing_bar_opens_its_invoices_by_keyboard(self, open_page, patient):
        page = open_page("clerk")
        page.goto("/admin/")
        bar = page.get_by_role("link", name="1–30 days overdue")
        count = bar.locator("xpath=ancestor::tr").locator("td").first.inner_text()
        bar.press("Enter")
        page.wait_for_url("**/billing/invoice/?age=1-30")

        assert page.locator("#result_list tbody tr").count() == min(int(count), 50)

    def test_start_link_opens_the_payment_page(self, open_page):
        page = open_page("clerk")
        page.goto("/admin/")
        page.locator(".view-start").get_by_role("link", name="Take a payment").press("Enter")

        page.wait_for_url("**/admin/cash-desk/")


class TestPatientAccount:
    def test_patient_page_is_accessible_in_every_look(self, supervisor_page, patient, axe, screenshot):
        supervisor_page.goto(change_url(patient))

        assert is_accessible(supervisor_page, axe)
        screenshot(supervisor_page, "patient-account")

    def test_patient_is_merged_after_a_preview(self, open_page, patient, axe, screenshot):
        page = open_page("supervisor")
        page.goto(change_url(patient))
        page.get_by_role("link", name="Merge P-").first.click()
        page.get_by_text("will be merged into the account of").wait_for()
        assert axe(page) == []
        screenshot(page, "merge")
        page.get_by_role("button", name="Merge", exact=True).press("Enter")

        page.get_by_text("This patient was merged into").wait_for()

    def test_statement_is_accessible_in_every_look(self, supervisor_page, patient, axe, screenshot):
        supervisor_page.goto(reverse("admin:patients_patient_statement", args=[patient.pk]))

        assert is_accessible(supervisor_page, axe)
        screenshot(supervisor_page, "statement")

    def test_printed_statement_has_no_frame(self, open_page, patient, screenshot):
        page = open_page("clerk")
        page.goto(reverse("admin:patients_patient_statement", args=[patient.pk]))
        page.emulate_media(media="print")

        assert page.get_by_role("heading", name="Statement from").is_visible()
        assert not page.locator("#nav-sidebar").is_visible()
        assert not page.get_by_role("button", name="Print").is_visible()
        screenshot(page, "statement-printed")

    def test_button_of_a_statement_prints_it_once(self, open_page, patient):
        page = open_page("clerk")
        page.goto(reverse("admin:patients_patient_statement", args=[patient.pk]))
        page.evaluate("() => { window.printed = 0; window.print = () => (window.printed += 1); }")

        page.get_by_role("button", name="Print").click()

        assert page.evaluate("() => window.printed") == 1

    def test_button_of_a_receipt_prints_it_once(self, open_page, patient):
        page = open_page("clerk")
        page.goto(reverse("admin:billing_receipt", args=[PaymentFactory(patient=patient).pk]))
        page.evaluate("() => { window.printed = 0; window.print = () => (window.printed += 1); }")

        page.get_by_role("button", name="Print").click()

        assert page.evaluate("() => window.printed") == 1

    def test_statement_can_be_shown_for_other_days(self, open_page, patient):
        page = open_page("clerk")
        page.goto(reverse("admin:patients_patient_statement", args=[patient.pk]))
        page.get_by_role("textbox", name="From").fill(f"{timezone.now() - timedelta(days=2):%Y-%m-%d}")
        page.get_by_role("button", name="Show").press("Enter")
        page.wait_for_url("**first=*")

        assert page.get_by_text("Brought forward").is_visible()


class TestBooksCheckPage:
    def test_books_check_page_is_accessible_in_every_look(self, supervisor_page, axe, screenshot):
        supervisor_page.goto("/admin/billing/books-check/")
        assert is_accessible(supervisor_page, axe)
        supervisor_page.get_by_role("button", name="Check now").press("Enter")
        supervisor_page.get_by_text("The books are consistent: all").wait_for()

        assert is_accessible(supervisor_page, axe)
        screenshot(supervisor_page, "books-check")
