"""Queries that are spelled once: the same rows as the ORM's, for any number of ids, in one statement."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from clinic.spelled import Spelled, SpelledForMany
from patients.models import Patient
from patients.tests.factories import PatientFactory


@pytest.fixture
def names():
    return SpelledForMany(
        lambda keys: Patient.objects.filter(pk__in=keys).order_by("family_name").values_list("pk", "family_name")
    )


@pytest.fixture
def patients(db):
    return [PatientFactory(family_name=name) for name in "ABCDE"]


class TestSpelledForMany:
    @pytest.mark.parametrize("number", [1, 2, 3, 5])
    def test_gives_the_rows_of_any_number_of_ids(self, names, patients, number):
        chosen = patients[:number]

        for _ in range(2):  # the second time with the text of the first
            found = names.all([patient.pk for patient in reversed(chosen)])
            assert [tuple(row) for row in found] == [(patient.pk, patient.family_name) for patient in chosen]

    def test_costs_one_statement_and_none_for_no_id(self, names, patients, django_assert_num_queries):
        with django_assert_num_queries(1):
            names.all([patient.pk for patient in patients])
        with django_assert_num_queries(0):
            assert names.all([]) == []

    def test_takes_an_id_as_text_and_finds_nothing_for_one_that_nobody_has(self, names, patients):
        assert [tuple(row) for row in names.all([str(patients[2].pk)])] == [(patients[2].pk, "C")]
        assert names.all([uuid4()]) == []

    def test_is_spelled_once_for_each_power_of_two(self, patients):
        spelled = []
        names = SpelledForMany(
            lambda keys: spelled.append(len(keys)) or Patient.objects.filter(pk__in=keys).values_list("pk")
        )

        for number in (1, 3, 4, 1, 5, 3):
            assert len(names.all([patient.pk for patient in patients[:number]])) == number

        assert spelled == [1, 4, 8]


class TestSpelled:
    def test_gives_records_and_columns_like_the_orm(self, patients):
        chosen = patients[1]

        assert Spelled(lambda key: Patient.objects.filter(pk=key)).first(chosen.pk) == chosen
        names = Spelled(lambda key: Patient.objects.filter(pk=key).values_list("family_name", flat=True))
        assert (names.all(chosen.pk), names.first(uuid4())) == (["B"], None)

    def test_leaves_columns_for_later(self, patients, django_assert_num_queries):
        found = Spelled(lambda key: Patient.objects.filter(pk=key).only("family_name")).first(patients[0].pk)

        with django_assert_num_queries(0):
            assert found.family_name == "A"
        with django_assert_num_queries(1):
            assert found.given_name == patients[0].given_name

    def test_reads_a_record_anew_and_forgets_what_hung_on_it(self, patients):
        patient = patients[0]
        Patient.objects.filter(pk=patient.pk).update(family_name="Z", merged_into=patients[1], merged_at=timezone.now())

        Spelled(lambda key: Patient.objects.filter(pk=key)).read_anew(patient)

        assert (patient.family_name, patient.merged_into) == ("Z", patients[1])

    def test_reads_nothing_anew_that_is_not_there(self, patients):
        with pytest.raises(Patient.DoesNotExist):
            Spelled(lambda key: Patient.objects.filter(pk=key)).read_anew(Patient())

    @pytest.mark.postgres
    @pytest.mark.django_db(transaction=True)
    def test_locks_in_a_transaction_only(self):
        patient = PatientFactory()
        held = Spelled(lambda key: Patient.objects.filter(pk=key).select_for_update())

        with transaction.atomic():
            assert held.first(patient.pk) == patient
        with pytest.raises(transaction.TransactionManagementError):
            held.first(patient.pk)
