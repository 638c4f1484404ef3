"""The credit of a patient's account is used with one click where money is asked for."""

from decimal import Decimal

import pytest

from billing.models import Invoice
from billing.tests.browser.conftest import each_look, overflows
from billing.tests.factories import InvoiceFactory, PaymentFactory
from clinic.admin import change_url
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.usefixtures("live_database")


@pytest.fixture
def patient(live_database):
    patient = PatientFactory()
    PaymentFactory(patient=patient, amount=Decimal("30.00"))
    return patient


def assert_fits(page, axe, screenshot, name):
    for _look in each_look(page):
        assert axe(page) == []
        assert not overflows(page)
        screenshot(page, name)


class TestCreditOffer:
    def test_credit_is_used_on_an_invoice(self, open_page, patient, axe, screenshot):
        invoice = InvoiceFactory(patient=patient, total="100.00", issued=True)
        page = open_page("clerk")
        page.goto(change_url(invoice))
        assert_fits(page, axe, screenshot, "credit-invoice")
        page.get_by_role("button", name="Use 30.00").click()
        page.get_by_text("of the credit was used").wait_for()

        invoice.refresh_from_db()
        assert invoice.remaining_amount == 70

    def test_credit_is_used_on_a_saved_draft(self, open_page, patient, axe, screenshot):
        draft = InvoiceFactory(patient=patient, total="100.00")
        page = open_page("clerk")
        page.goto(change_url(draft))
        assert_fits(page, axe, screenshot, "credit-draft")
        page.get_by_role("button", name="Use 30.00").click()
        page.get_by_text("of the credit was used").wait_for()

        draft.refresh_from_db()
        assert draft.paid_amount == 30

    def test_new_draft_names_the_credit_and_is_saved_with_it(self, open_page, patient, axe, screenshot):
        page = open_page("clerk")
        page.goto("/admin/billing/invoice/add/")
        page.get_by_label("Patient", exact=True).fill(patient.record_number)
        page.get_by_role("option", name=str(patient)).click()

        page.locator("#draft-totals").get_by_text("This patient has 30.00").wait_for()
        page.get_by_label("Service or text").first.fill("Visit")
        page.get_by_label("Unit price").first.fill("100")
        use = page.get_by_role("button", name="Save the draft and use 30.00")
        use.wait_for()
        assert_fits(page, axe, screenshot, "credit-new-draft")
        use.click()
        page.get_by_text("of the credit was used").wait_for()

        assert Invoice.objects.get(patient=patient).paid_amount == 30

    def test_credit_is_used_when_the_invoice_is_issued(self, open_page, patient, screenshot):
        draft = InvoiceFactory(patient=patient, total="100.00")
        page = open_page("clerk")
        page.goto(f"/admin/billing/invoice/{draft.pk}/verb/issue/")
        page.get_by_label("Use the patient’s credit").check()
        page.locator("#dialog-preview .preview-main", has_text="70.00").wait_for()
        screenshot(page, "credit-issue")
        page.locator("#dialog").get_by_role("button", name="Issue", exact=True).click()
        page.wait_for_url("**/change/")

        draft.refresh_from_db()
        assert (draft.status, draft.paid_amount) == ("PARTIALY_PAID", 30)

    def test_credit_is_used_in_the_payment_dialog(self, open_page, patient, axe, screenshot):
        invoice = InvoiceFactory(patient=patient, total="100.00", issued=True)
        page = open_page("clerk")
        page.goto(change_url(invoice))
        page.get_by_role("link", name="Record payment").click()
        use = page.get_by_role("dialog").get_by_role("button", name="credit instead")
        use.wait_for()
        assert_fits(page, axe, screenshot, "credit-payment-dialog")
        box = page.locator("#modal-content").bounding_box()
        buttons = [button.bounding_box() for button in page.locator(".clinic-dialog-buttons > *").all()]
        assert all(box["x"] <= each["x"] <= box["x"] + box["width"] - each["width"] for each in buttons)
        use.click()
        page.get_by_text("of the credit was used").wait_for()

        invoice.refresh_from_db()
        assert invoice.paid_amount == 30

    def test_credit_is_used_where_a_payment_is_taken(self, open_page, patient, axe, screenshot):
        invoice = InvoiceFactory(patient=patient, total="100.00", issued=True)
        page = open_page("clerk")
        page.goto(f"/admin/cash-desk/?patient={patient.pk}")
        assert_fits(page, axe, screenshot, "credit-take-payment")
        page.get_by_role("button", name="Use 30.00").click()
        page.get_by_text("of the credit was used").wait_for()

        invoice.refresh_from_db()
        assert invoice.paid_amount == 30
