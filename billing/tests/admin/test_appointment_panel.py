"""From an appointment to its invoice: the button, the queue of appointments to bill, and the notes on both sides."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice
from billing.tests.admin.dialog_requests import messages_of, preview_text
from billing.tests.admin.draft_requests import NEW_URL
from billing.tests.factories import InvoiceFactory, ServiceFactory
from clinic.admin import change_url, list_url
from patients.models import Appointment, AppointmentStatus
from patients.tests.factories import AppointmentFactory

pytestmark = pytest.mark.neutral


@pytest.fixture
def appointment(db):
    return AppointmentFactory(completed=True, reason="Check-up")


@pytest.fixture
def invoice(appointment):
    return InvoiceFactory(patient=appointment.patient, appointment=appointment, issued=True)


def page_of(client, url, **query):
    return client.get(url, query).content.decode()


def change_status(client, appointment, status):
    """Save the form of the appointment with another status."""
    local = timezone.localtime(appointment.starts_at)
    times = {"starts_at_0": f"{local:%Y-%m-%d}", "starts_at_1": f"{local:%H:%M:%S}", "ends_at_0": "", "ends_at_1": ""}
    fields = {"practitioner": appointment.practitioner, "reason": appointment.reason, "status": status}
    return client.post(change_url(appointment), {**times, **fields})


class TestNewInvoice:
    def test_appointment_leads_to_a_draft_with_patient_service_and_day(self, clerk_client, appointment):
        service = ServiceFactory(code="K12", description="CHECK-UP", unit_price=Decimal("80.5000"))
        url = f"{NEW_URL}?appointment={appointment.pk}"
        assert url in page_of(clerk_client, change_url(appointment))

        response = clerk_client.get(url)

        form, [row] = response.context["form"], response.context["form"].items
        assert form.header.selected_patient == appointment.patient
        assert form.header.chosen_appointment == str(appointment.pk)
        assert appointment.practitioner in dict(response.context["appointments"])[str(appointment.pk)]
        values = {name: row[name].value() for name in ("service", "description", "unit_price", "service_date")}
        day = timezone.localtime(appointment.starts_at).date().isoformat()
        expected = {"service": str(service.pk), "description": "CHECK-UP", "unit_price": "80.50", "service_date": day}
        assert values == expected
        assert response.context["result"].totals.total_amount == Decimal("80.50")

    def test_reason_that_is_no_service_is_the_text_of_the_item(self, clerk_client, appointment):
        ServiceFactory(code="K12", description="Check-up, long")
        ServiceFactory(code="K13", description="Check-up", active=False)

        [row] = clerk_client.get(NEW_URL, {"appointment": appointment.pk}).context["form"].items

        assert (row["service"].value(), row["description"].value()) == (None, "Check-up")

    @pytest.mark.parametrize("key", ["nonsense", "", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"])
    def test_unknown_appointment_is_ignored(self, clerk_client, key):
        assert clerk_client.get(NEW_URL, {"appointment": key}).context["form"].header.selected_patient is None

    def test_new_invoice_is_not_offered_to_auditors_or_for_a_cancelled_appointment(
        self, auditor_client, clerk_client, appointment
    ):
        cancelled = AppointmentFactory(status=AppointmentStatus.CANCELLED)

        assert "?appointment=" not in page_of(auditor_client, change_url(appointment))
        assert "?appointment=" not in page_of(clerk_client, change_url(cancelled))


class TestQueue:
    def test_list_shows_the_appointments_to_bill(self, clerk_client, appointment):
        billed = AppointmentFactory(completed=True)
        InvoiceFactory(patient=billed.patient, appointment=billed)
        AppointmentFactory()

        to_bill = clerk_client.get(list_url(Appointment, "billed=no")).context["cl"].result_list
        with_invoice = clerk_client.get(list_url(Appointment, "billed=yes")).context["cl"].result_list

        assert (list(to_bill), list(with_invoice)) == ([appointment], [billed])

    def test_queues_of_invoices_lead_to_the_appointments_to_bill(self, clerk_client, appointment):
        page = page_of(clerk_client, reverse("admin:billing_invoice_queues"))

        assert list_url(Appointment, "billed=no") in page
        assert page.split("Seen, not billed")[1].split("</a>")[0].count("1") == 1


class TestSecondInvoice:
    def test_second_invoice_is_warned_of_on_every_page_that_leads_to_it(self, clerk_client, appointment, invoice):
        draft = InvoiceFactory(patient=appointment.patient, appointment=appointment)
        pages = [
            page_of(clerk_client, NEW_URL, appointment=appointment.pk),
            page_of(clerk_client, change_url(draft)),
            page_of(clerk_client, change_url(appointment)),
            preview_text(clerk_client, draft, "issue"),
        ]

        assert [invoice.reg_number in page for page in pages] == [True] * 4
        assert "already has an invoice" in pages[0]
        assert "already has an invoice" in pages[1]

    def test_only_invoice_of_an_appointment_is_not_warned_of(self, clerk_client, invoice):
        InvoiceFactory(patient=invoice.patient, appointment=invoice.appointment, void=True)

        assert "already has an invoice" not in page_of(clerk_client, change_url(invoice))


class TestCancelledAppointment:
    def test_cancelling_an_appointment_with_an_invoice_is_shown_on_both_sides(self, clerk_client, appointment, invoice):
        response = change_status(clerk_client, appointment, AppointmentStatus.CANCELLED)

        assert response.status_code == 302
        assert any(invoice.reg_number in message for message in messages_of(response))
        assert "The appointment is cancelled, and has an invoice" in page_of(clerk_client, change_url(appointment))
        assert "The appointment of this invoice is cancelled" in page_of(clerk_client, change_url(invoice))

    def test_other_changes_of_an_appointment_are_not_warned_of(self, clerk_client, appointment, invoice):
        response = change_status(clerk_client, appointment, AppointmentStatus.NO_SHOW)

        assert response.status_code == 302
        assert not any(invoice.reg_number in message for message in messages_of(response))

    def test_void_invoice_has_no_note(self, clerk_client, supervisor_client):
        appointment = AppointmentFactory(
            status=AppointmentStatus.CANCELLED, starts_at=timezone.now() - timedelta(days=1)
        )
        void = InvoiceFactory(patient=appointment.patient, appointment=appointment, void=True)

        assert "is cancelled" not in page_of(clerk_client, change_url(void))
        assert Invoice.objects.count() == 1
