"""Random scenarios of the demo work with whatever items a visit has."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from billing.choices import InvoiceStatus
from billing.demo.logins import make_logins
from billing.demo.random_scenarios import with_family_discount
from billing.demo.staff_actions import Staff
from billing.demo.visits import Visit
from billing.models import Invoice
from clinic.domain.dates import start_of_day
from patients.tests.factories import AppointmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def users(settings):
    settings.CLINIC_DEMO = True
    return make_logins()


class TestFamilyDiscount:
    @pytest.mark.parametrize("chance", range(5))
    def test_family_discount_is_given_by_a_supervisor_if_an_item_has_a_discount_too(self, users, chance):
        appointment = AppointmentFactory()
        item = {"description": "Consultation", "unit_price": Decimal(80), "discount_percent": Decimal(10)}
        visit = Visit(appointment.patient, appointment, start_of_day(date(2026, 6, 1)), [item], Random(chance))

        for _ in with_family_discount(Staff(users, lambda: None), visit):
            pass

        invoice = Invoice.objects.get()
        assert invoice.status == InvoiceStatus.PAID
        assert invoice.events.get(version=1).created_by == users["supervisor"]
