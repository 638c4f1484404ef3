"""From an appointment to its invoice, and what both sides show when it is cancelled."""

from datetime import timedelta
from decimal import Decimal
from secrets import token_hex

import pytest
from django.utils import timezone

from billing.models import Invoice
from billing.tests.browser.conftest import each_look, overflows
from billing.tests.factories import InvoiceFactory, ServiceFactory
from clinic.admin import change_url
from patients.models import AppointmentStatus
from patients.tests.factories import AppointmentFactory


@pytest.fixture
def assert_accessible(axe, screenshot):
    def check(page, name):
        for look in each_look(page):
            assert axe(page) == [], look
            assert not overflows(page), look
            screenshot(page, name)

    return check


@pytest.fixture
def appointment(live_database):
    code = f"A{token_hex(4)}"
    ServiceFactory(code=code, description=f"Service {code}", unit_price=Decimal("75.0000"))
    return AppointmentFactory(starts_at=timezone.now() - timedelta(hours=2), reason=code)


class TestAppointmentToInvoice:
    def test_seen_appointment_is_billed_from_the_queue(self, open_page, appointment, assert_accessible):
        page = open_page("clerk")
        page.goto("/admin/billing/invoice/")
        page.get_by_role("link", name="Seen, not billed").click()
        page.wait_for_url("**/patients/appointment/?billed=no")
        page.goto(change_url(appointment))
        assert_accessible(page, "appointment-to-bill")
        page.get_by_role("link", name="New invoice for this appointment").click()
        page.get_by_role("button", name="Save draft").click()
        page.get_by_text("was saved.").wait_for()

        invoice = Invoice.objects.get(appointment=appointment)
        assert (invoice.patient, invoice.total_amount) == (appointment.patient, Decimal("75.00"))

    def test_cancelled_appointment_with_an_invoice_is_shown_on_both_sides(
        self, open_page, appointment, assert_accessible
    ):
        invoice = InvoiceFactory(patient=appointment.patient, appointment=appointment, issued=True)
        page = open_page("clerk")
        page.goto(change_url(appointment))
        page.locator("#id_status").select_option(AppointmentStatus.CANCELLED)
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text(f"The appointment is cancelled, but it has the invoice {invoice.reg_number}").wait_for()

        page.goto(change_url(appointment))
        page.get_by_text("The appointment is cancelled, and has an invoice").wait_for()
        assert_accessible(page, "appointment-cancelled")
        page.goto(change_url(invoice))
        page.get_by_text("The appointment of this invoice is cancelled").wait_for()
        assert_accessible(page, "invoice-of-cancelled-appointment")

    def test_second_invoice_of_an_appointment_is_warned_of(self, open_page, appointment, assert_accessible):
        invoice = InvoiceFactory(patient=appointment.patient, appointment=appointment, issued=True)
        page = open_page("clerk")
        page.goto(f"/admin/billing/invoice/add/?appointment={appointment.pk}")

        page.get_by_text(f"The appointment already has an invoice: {invoice.reg_number}").wait_for()
        assert_accessible(page, "draft-of-billed-appointment")
