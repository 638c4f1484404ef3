"""Appointments that were seen and not billed, and the invoices of an appointment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Invoice
from billing.reports.appointments import invoices_of_appointment, seen_not_billed
from billing.reports.queues import queue_counts
from billing.tests.factories import InvoiceFactory
from clinic.domain.dates import today
from patients.models import AppointmentStatus, cancellation_warnings
from patients.tests.factories import AppointmentFactory

pytestmark = pytest.mark.django_db


def invoiced(appointment, **state):
    return InvoiceFactory(patient=appointment.patient, appointment=appointment, **state)


def past(**fields):
    return AppointmentFactory(starts_at=timezone.now() - timedelta(hours=2), **fields)


def test_past_appointment_without_an_invoice_is_not_billed():
    completed, scheduled = AppointmentFactory(completed=True), past()
    AppointmentFactory()  # is yet to come

    assert set(seen_not_billed(at=timezone.now())) == {completed, scheduled}
    assert queue_counts(on=today())["not_billed"] == 2


@pytest.mark.parametrize("status", [AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW])
def test_appointment_that_did_not_take_place_is_not_to_be_billed(status):
    past(status=status)

    assert not seen_not_billed(at=timezone.now())


@pytest.mark.parametrize("state", [{}, {"issued": True}, {"paid": True}, {"written_off": True}])
def test_appointment_with_an_invoice_is_billed(state):
    invoiced(past(), **state)

    assert not seen_not_billed(at=timezone.now())


def test_appointment_whose_invoices_are_void_is_not_billed():
    appointment = past()
    invoiced(appointment, void=True)
    invoiced(appointment, void=True, issued=False)

    assert list(seen_not_billed(at=timezone.now())) == [appointment]
    assert invoices_of_appointment(appointment) == []


def test_invoices_of_an_appointment_leave_out_the_one_that_asks():
    appointment = past()
    first, second = invoiced(appointment), invoiced(appointment, issued=True)
    InvoiceFactory()

    assert invoices_of_appointment(appointment) == [first, second]
    assert invoices_of_appointment(appointment, besides=first.pk) == [second]


def test_cancelled_appointment_with_an_invoice_is_warned_of():
    appointment = past(status=AppointmentStatus.CANCELLED)
    invoice = invoiced(appointment)

    [warning] = cancellation_warnings(appointment)

    assert warning.code == "appointment_has_invoice"
    assert invoice.reg_number in warning.detail
    assert invoice.reg_number in warning.text


def test_appointment_is_not_warned_of_without_an_invoice_or_a_cancellation():
    assert cancellation_warnings(past(status=AppointmentStatus.CANCELLED)) == []
    appointment = past()
    invoiced(appointment)
    assert Invoice.objects.exists()
    assert cancellation_warnings(appointment) == []
