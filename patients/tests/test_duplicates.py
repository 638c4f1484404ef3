"""Likely duplicates of a patient, as the admin shows them."""

from datetime import date

import pytest

from patients.models import likely_duplicates
from patients.tests.factories import PatientFactory

SAME = {"given_name": "Ana", "family_name": "Nuñez"}


@pytest.fixture
def ana(db):
    return PatientFactory(**SAME, birth_date=date(1980, 2, 3), phone="+49 30 1234", email="ana@example.org")


def test_likely_duplicates_have_the_same_name_and_another_equal_detail(ana):
    twin = PatientFactory(**SAME, birth_date=date(1980, 2, 3), phone="+49 (30) 12 34")
    PatientFactory(given_name="ANA", family_name="Nunez", email="ANA@example.org")

    found = likely_duplicates(ana)

    assert [each.same for each in found] == [("birth_date", "phone"), ("email",)]
    assert found[0].patient == twin


def test_patients_with_only_the_name_or_another_name_are_no_duplicates(ana):
    PatientFactory(**SAME)
    PatientFactory(birth_date=date(1980, 2, 3), phone="+49 30 1234", email="ana@example.org")

    assert likely_duplicates(ana) == []


def test_merged_patients_are_no_duplicates(ana):
    PatientFactory(**SAME, phone="+49 30 1234", merged__into=ana)

    assert likely_duplicates(ana) == []


def test_duplicates_merged_with_each_other_are_listed_once(ana):
    survivor = PatientFactory(**SAME, phone="+49 30 1234")
    PatientFactory(**SAME, email="ana@example.org", merged__into=survivor)

    assert [(each.patient, each.same) for each in likely_duplicates(ana)] == [(survivor, ("email", "phone"))]


@pytest.mark.parametrize("twins", [1, 8])
def test_likely_duplicates_take_two_queries_however_many_they_are(ana, django_assert_num_queries, twins):
    for _ in range(twins):
        PatientFactory(**SAME, phone="+49 30 1234", merged__into=PatientFactory())

    with django_assert_num_queries(2):
        likely_duplicates(ana)
