"""Patients and appointments for tests: a test states only what matters to it."""

from datetime import timedelta

import factory
from django.contrib.auth.models import User
from django.utils import timezone

from patients.models import Appointment, AppointmentStatus, Patient


class PatientFactory(factory.django.DjangoModelFactory):
    """A patient with a drawn record number; `merged` is merged into a survivor, which `into` may name."""

    class Meta:
        model = Patient
        skip_postgeneration_save = True

    given_name = factory.Sequence(lambda n: f"Mária {n}")
    family_name = "Kovács"
    phone = factory.Sequence(lambda n: f"+49 30 {100000 + n}")
    email = factory.Sequence(lambda n: f"patient{n}@example.org")
    address = "Lindenstraße 1, 10969 Berlin"

    @factory.post_generation
    def merged(patient, create, extracted, into=None):
        """Merge the patient away: `PatientFactory(merged=True)`, or `merged__into=survivor`."""
        if extracted or into is not None:
            clerk, _ = User.objects.get_or_create(username="clerk", defaults={"is_staff": True})
            patient.merge_into(into or PatientFactory(), by=clerk, at=timezone.now())


class AppointmentFactory(factory.django.DjangoModelFactory):
    """An appointment of half an hour, an hour from now; `completed` was an hour ago."""

    class Meta:
        model = Appointment

    class Params:
        completed = factory.Trait(
            starts_at=factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1)),
            status=AppointmentStatus.COMPLETED,
        )

    patient = factory.SubFactory(PatientFactory)
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))
    ends_at = factory.LazyAttribute(lambda appointment: appointment.starts_at + timedelta(minutes=30))
    practitioner = "Dr. Adeyemi"
    reason = "Check-up"
