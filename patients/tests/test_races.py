"""Several desks at once: numbers stay different, merged accounts stay one step long."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest
from django.contrib.auth.models import User
from django.db import connections

from clinic.testing import NOON, in_role
from patients.models import MergeRefused, Patient
from patients.tests.factories import PatientFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(act, *arguments):
    """What `act` answers to each of the arguments, eight desks at a time."""

    def alone(argument):
        try:
            return act(argument)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as desks:
        return list(desks.map(alone, *arguments))


class TestRecordNumbers:
    def test_drawn_at_once_are_different(self):
        drawn = at_once(lambda place: Patient.objects.register(family_name=f"Kim {place}").record_number, range(40))

        assert sorted(drawn) == [f"P-{number:06d}" for number in range(1, 41)]


class TestMerges:
    def test_at_once_in_all_directions_leave_one_survivor(self):
        supervisor = in_role(User.objects.create_user("supervisor"), "supervisor")
        patients = [PatientFactory() for _ in range(5)]

        def merge(pair):
            twin, survivor = (Patient.objects.get(pk=patient.pk) for patient in pair)
            try:
                twin.merge_into(survivor, by=supervisor, at=NOON)
            except MergeRefused:
                return "refused"
            return "merged"

        outcomes = at_once(merge, permutations(patients, 2))

        assert outcomes.count("merged") >= 4  # more when somebody had come along with another already
        assert Patient.objects.filter(merged_into__merged_into__isnull=False).count() == 0
        assert Patient.objects.filter(merged_into=None).count() == 1
