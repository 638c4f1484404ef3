"""Patients and appointments for tests: a test states only what matters to it."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory, Trait
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from clinic.testing import in_role
from patients.models import Appointment, AppointmentStatus, Patient


class PatientFactory(DjangoModelFactory):
    """A patient with a drawn record number; `merged` is merged into a survivor, which `into` may name."""

    class Meta:
        model = Patient
        skip_postgeneration_save = True

    given_name = Sequence(lambda n: f"Mária {n}")
    family_name = "Kovács"
    phone = Sequence(lambda n: f"+49 30 {100000 + n}")
    email = Sequence(lambda n: f"patient{n}@example.org")
    address = "Lindenstraße 1, 10969 Berlin"

    @post_generation
    def merged(self, create, extracted, into=None):
        """Merge the patient into another one: `PatientFactory(merged=True)`, or `merged__into=survivor`."""
        if extracted or into is not None:
            supervisor, _ = User.objects.get_or_create(username="merging-supervisor", defaults={"is_staff": True})
            self.merge_into(into or PatientFactory(), by=in_role(supervisor, "supervisor"), at=timezone.now())


class AppointmentFactory(DjangoModelFactory):
    """An appointment of half an hour, an hour from now; `completed` was an hour ago."""

    class Meta:
        model = Appointment

    class Params:
        completed = Trait(
            starts_at=LazyFunction(lambda: timezone.now() - timedelta(hours=1)),
            status=AppointmentStatus.COMPLETED,
        )

    patient = SubFactory(PatientFactory)
    starts_at = LazyFunction(lambda: timezone.now() + timedelta(hours=1))
    ends_at = LazyAttribute(lambda appointment: appointment.starts_at + timedelta(minutes=30))
    practitioner = "Dr. Adeyemi"
    reason = "Check-up"
