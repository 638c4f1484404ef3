"""Search of patients: by name, record number, phone and e-mail, however they are written."""

import pytest

from patients.models import Patient
from patients.models.patient import RecordNumberTaken
from patients.tests.factories import PatientFactory


@pytest.fixture
def lukasz(db):
    PatientFactory(given_name="Lukas", family_name="Müller", phone="+49 30 555", email="other@example.org")
    return PatientFactory(
        given_name="Łukasz",
        family_name="Müßig",
        record_number="A/17",
        phone="+49 (40) 123-45",
        email="L.Muessig@Example.org",
    )


@pytest.mark.parametrize(
    "text",
    [
        "müßig",
        "MÜSSIG",
        "mussig lukasz",
        "Łukasz",
        "a/17",
        "l.muessig@example",
        "494012345",
        "(40) 123-45",
        "40/12345",
        "(40)12345",
        "1234.5",
        "Müßig, Łukasz",
        "mu\u00adßig",
        "lukas mu 40",
    ],
)
def test_search_of_patients_ignores_case_and_accents(lukasz, text):
    assert list(Patient.objects.matching(text)) == [lukasz]


@pytest.mark.parametrize("text", ["müßig nobody", "müßiger", "555 lukasz", "%", "__"])
def test_search_of_patients_needs_every_word(lukasz, text):
    assert not Patient.objects.matching(text)


def test_search_of_patients_follows_a_change_of_name(lukasz):
    lukasz.family_name = "Nowak"
    lukasz.save(update_fields=["family_name"])

    assert Patient.objects.matching("nowak").exists()
    assert not Patient.objects.matching("müßig").exists()


@pytest.mark.parametrize(
    "text", ["+49 30 901820", "0049 30 901820", "030 901820", "030/90-18-20", "4930901820", "901820"]
)
def test_search_of_patients_reads_a_phone_number_in_every_form(db, settings, text):
    settings.CLINIC_COUNTRY = "DE"
    berlin = PatientFactory(phone="(030) 901820")
    PatientFactory(phone="+49 40 901820 1")

    assert berlin in Patient.objects.matching(text)


def test_search_of_patients_takes_no_national_form_where_the_country_is_not_known(db, settings):
    settings.CLINIC_COUNTRY = ""
    PatientFactory(phone="(030) 901820")

    assert not Patient.objects.matching("+49 30 901820")


@pytest.mark.parametrize(("one", "other"), [("+49 30 901820", "030/901820"), ("030 901820", "(030) 90 18 20")])
def test_patients_with_one_phone_in_two_forms_resemble_each_other(db, settings, one, other):
    settings.CLINIC_COUNTRY = "DE"
    first = PatientFactory(given_name="Jo", family_name="O'Neil", phone=one)
    second = PatientFactory(given_name="Jo", family_name="O’Neil", phone=other)

    assert second.likely_duplicates() == [first]
    assert second.shared_particulars(first) == ["phone"]


def test_merged_patient_is_found_by_the_name_of_the_survivor(db, supervisor, noon):
    old, survivor = PatientFactory(family_name="Ahlers"), PatientFactory(family_name="Brandt")

    old.merge_into(survivor, by=supervisor, at=noon)

    assert set(Patient.objects.matching("brandt")) == {old, survivor}
    assert list(Patient.objects.matching("ahlers")) == [old]


def test_merged_patient_is_found_by_a_new_name_of_the_survivor(db, supervisor, noon):
    old, survivor = PatientFactory(family_name="Ahlers"), PatientFactory(family_name="Brandt")
    old.merge_into(survivor, by=supervisor, at=noon)

    survivor.change(family_name="Clausen")

    assert set(Patient.objects.matching("clausen")) == {old, survivor}
    assert not Patient.objects.matching("brandt")


def test_merged_patients_are_not_offered(db, supervisor, noon):
    old, survivor = PatientFactory(), PatientFactory()
    old.merge_into(survivor, by=supervisor, at=noon)

    assert list(Patient.objects.not_merged()) == [survivor]


@pytest.mark.parametrize("number", ["ab-1", "AB\u20101", " Ab-1", "a\u200bb-1"])
def test_record_numbers_that_read_the_same_are_one(db, number):
    PatientFactory(record_number="AB-1")

    with pytest.raises(RecordNumberTaken):
        Patient.objects.register(family_name="Other", record_number=number)
