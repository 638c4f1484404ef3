"""Queries that are spelled once: the same rows as the ORM's, for any number of ids, in one statement."""

from uuid import uuid4

import pytest

from clinic.prepared import Prepared
from patients.models import Patient
from patients.tests.factories import PatientFactory


@pytest.fixture
def names():
    return Prepared(
        lambda keys: Patient.objects.filter(pk__in=keys).order_by("family_name").values_list("pk", "family_name")
    )


@pytest.fixture
def patients(db):
    return [PatientFactory(family_name=name) for name in "ABCDE"]


class TestPreparedQuery:
    @pytest.mark.parametrize("number", [1, 2, 3, 5])
    def test_gives_the_rows_of_any_number_of_ids(self, names, patients, number):
        chosen = patients[:number]

        for _ in range(2):  # the second time with the text of the first
            found = names.rows([patient.pk for patient in reversed(chosen)])
            assert [tuple(row) for row in found] == [(patient.pk, patient.family_name) for patient in chosen]

    def test_costs_one_statement_and_none_for_no_id(self, names, patients, django_assert_num_queries):
        with django_assert_num_queries(1):
            names.rows([patient.pk for patient in patients])
        with django_assert_num_queries(0):
            assert names.rows([]) == []

    def test_takes_an_id_as_text_and_finds_nothing_for_one_that_nobody_has(self, names, patients):
        assert tuple(names.row(str(patients[2].pk))) == (patients[2].pk, "C")
        assert names.row(uuid4()) is None

    def test_is_spelled_once_for_each_power_of_two(self, patients):
        spelled = []
        names = Prepared(
            lambda keys: spelled.append(len(keys)) or Patient.objects.filter(pk__in=keys).values_list("pk")
        )

        for number in (1, 3, 4, 1, 5, 3):
            assert len(names.rows([patient.pk for patient in patients[:number]])) == number

        assert spelled == [1, 4, 8]
