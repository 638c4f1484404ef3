"""When a patient is seen."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.domain.errors import InvalidValue
from patients.models import Appointment, AppointmentKeepsPatient
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.django_db


class TestTimes:
    @pytest.mark.parametrize("minutes", [0, -30])
    def test_do_not_end_before_they_begin(self, minutes):
        appointment = AppointmentFactory()

        with pytest.raises(InvalidValue):
            appointment.change(ends_at=appointment.starts_at + timedelta(minutes=minutes))

    def test_do_not_end_before_they_begin_in_the_database_either(self):
        appointment = AppointmentFactory()

        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.update(ends_at=appointment.starts_at)

    def test_may_have_an_open_end(self):
        assert AppointmentFactory(ends_at=None).ends_at is None


class TestStatus:
    def test_is_one_of_four_in_the_database_too(self):
        AppointmentFactory()

        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.update(status="forgotten")


class TestPatient:
    def test_stays(self):
        appointment = AppointmentFactory()

        with pytest.raises(AppointmentKeepsPatient):
            appointment.change(patient_id=PatientFactory().pk)

    def test_repeated_is_no_change(self):
        appointment = AppointmentFactory()

        assert appointment.change(patient_id=appointment.patient_id) == []


class TestFoundBy:
    @pytest.mark.parametrize("text", ["adeyemi", "CHECK-UP", "kovacs", "kovács dr. check"])
    def test_looks_at_practitioner_reason_and_patient(self, text):
        appointment = AppointmentFactory()

        assert list(Appointment.objects.matching(text)) == [appointment]

    def test_needs_every_word(self):
        AppointmentFactory()

        assert not Appointment.objects.matching("adeyemi surgery")
