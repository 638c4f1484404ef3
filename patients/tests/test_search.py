"""Search text: normalised words, and patients found by them."""

import pytest

from clinic.db.search import digits, normalise, search_words
from patients.models import Patient
from patients.tests.factories import PatientFactory


@pytest.mark.parametrize(
    ("text", "comparable"),
    [
        ("Müller", "muller"),
        ("Mu\u0308ller", "muller"),
        ("STRAßE", "strasse"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Søren Ærø", "soren aero"),
        ("İstanbul ISPARTA ısparta", "istanbul isparta isparta"),
        ("Νίκος ΝΊΚΟΣ", "νικοσ νικοσ"),
        ("ﬁne №1", "fine no1"),
        ("  many \t spaces\n", "many spaces"),
        ("山田 太郎", "山田 太郎"),
        ("", ""),
    ],
)
def test_normalise_removes_case_and_accents(text, comparable):
    assert normalise(text) == comparable


def test_normalise_is_idempotent():
    once = normalise("Łukasz ŞAHİN-Müßig ﷺ №")

    assert normalise(once) == once


def test_search_words_are_normalised_without_repetition():
    assert search_words(" Ana ana ANÁ  Müller ") == ["ana", "muller"]


def test_blank_text_has_no_search_words():
    assert search_words("  ") == []


def test_digits_are_ascii_digits_only():
    assert digits("+49 (30) 123-45 ext. ٣") == "493012345"


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
