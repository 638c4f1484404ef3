"""Appointment: times, status, patient, search."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.domain.errors import InvalidValue
from patients.models import Appointment, AppointmentKeepsPatient
from patients.tests.factories import AppointmentFactory, PatientFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("minutes", [0, -30])
def test_appointment_that_does_not_end_after_its_start_is_refused(minutes):
    appointment = AppointmentFactory()

    with pytest.raises(InvalidValue):
        appointment.change(ends_at=appointment.starts_at + timedelta(minutes=minutes))


def test_appointment_that_does_not_end_after_its_start_is_refused_by_the_database():
    appointment = AppointmentFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.update(ends_at=appointment.starts_at)


def test_appointment_may_have_no_end():
    assert AppointmentFactory(ends_at=None).ends_at is None


def test_unknown_status_is_refused_by_the_database():
    AppointmentFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.update(status="forgotten")


def test_patient_of_an_appointment_cannot_change():
    appointment = AppointmentFactory()

    with pytest.raises(AppointmentKeepsPatient):
        appointment.change(patient_id=PatientFactory().pk)


def test_same_patient_again_is_no_change():
    appointment = AppointmentFactory()

    assert appointment.change(patient_id=appointment.patient_id) == []


@pytest.mark.parametrize("text", ["adeyemi", "CHECK-UP", "kovacs", "kovács dr. check"])
def test_search_matches_practitioner_reason_and_patient(text):
    appointment = AppointmentFactory()

    assert list(Appointment.objects.matching(text)) == [appointment]


def test_search_needs_every_word():
    AppointmentFactory()

    assert not Appointment.objects.matching("adeyemi surgery")
