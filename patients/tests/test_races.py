"""Concurrent requests: record numbers stay unique, merged accounts one step long, and search texts current."""

from concurrent.futures import ThreadPoolExecutor, wait
from itertools import permutations

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections

from clinic.testing import NOON, in_role
from patients.models import MergeRefused, Patient
from patients.tests.factories import PatientFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def run_concurrently(call, *arguments):
    """Return the results of `call` for each of the arguments, in eight threads with their own connections."""

    def call_and_close(argument):
        try:
            return call(argument)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(call_and_close, *arguments))


def test_record_numbers_assigned_concurrently_are_different():
    assigned = run_concurrently(
        lambda place: Patient.objects.register(family_name=f"Kim {place}").record_number, range(40)
    )

    assert sorted(assigned) == [f"P-{number:06d}" for number in range(1, 41)]


def test_concurrent_merges_in_all_directions_leave_one_survivor():
    supervisor = in_role(User.objects.create_user("supervisor"), "supervisor")
    patients = [PatientFactory() for _ in range(5)]

    def merge(pair):
        duplicate, survivor = (Patient.objects.get(pk=patient.pk) for patient in pair)
        try:
            duplicate.merge_into(survivor, by=supervisor, at=NOON)
        except MergeRefused:
            return "refused"
        return "merged"

    outcomes = run_concurrently(merge, permutations(patients, 2))

    assert outcomes.count("merged") >= 4  # more when somebody had come along with another already
    assert Patient.objects.filter(merged_into__merged_into__isnull=False).count() == 0
    assert Patient.objects.filter(merged_into=None).count() == 1


def test_merged_patient_renamed_while_the_survivor_changes_is_found_by_both():
    supervisor = in_role(User.objects.create_user("supervisor"), "supervisor")
    survivor, twin = PatientFactory(), PatientFactory()
    twin.merge_into(survivor, by=supervisor, at=NOON)
    survivor.refresh_from_db()
    threads, started = ThreadPoolExecutor(1), []

    def rename_once_read(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if '"merged_into_id" = %s' in sql and not started:
            started.append(threads.submit(run_concurrently, rename, ["Newname"]))
            wait(started, timeout=1)
        return result

    def rename(name):
        Patient.objects.get(pk=twin.pk).change(family_name=name)

    with connection.execute_wrapper(rename_once_read):
        survivor.change(phone="030 1234567")
    started[0].result(timeout=10)

    assert {Patient.objects.matching(word).filter(pk=twin.pk).count() for word in ("Newname", "1234567")} == {1}
