"""What finds a patient."""

import pytest

from clinic.db.search import digits, normalise, search_words
from patients.models import Patient
from patients.tests.factories import PatientFactory


class TestNormalise:
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
    def test_drops_case_and_accents(self, text, comparable):
        assert normalise(text) == comparable

    def test_changes_nothing_the_second_time(self):
        once = normalise("Łukasz ŞAHİN-Müßig ﷺ №")

        assert normalise(once) == once


class TestWords:
    def test_are_different_ones(self):
        assert search_words(" Ana ana ANÁ  Müller ") == ["ana", "muller"]

    def test_of_nothing_are_none(self):
        assert search_words("  ") == []


class TestDigits:
    def test_are_those_of_the_keypad(self):
        assert digits("+49 (30) 123-45 ext. ٣") == "493012345"


class TestFoundBy:
    @pytest.fixture
    def lukasz(self, db):
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
    def test_finds_by_every_word_whatever_its_case_and_accents(self, lukasz, text):
        assert list(Patient.objects.matching(text)) == [lukasz]

    @pytest.mark.parametrize("text", ["müßig nobody", "müßiger", "555 lukasz", "%", "__"])
    def test_finds_nothing_when_a_word_does_not_occur(self, lukasz, text):
        assert not Patient.objects.matching(text)

    def test_follows_a_change_of_name(self, lukasz):
        lukasz.family_name = "Nowak"
        lukasz.save(update_fields=["family_name"])

        assert Patient.objects.matching("nowak").exists()
        assert not Patient.objects.matching("müßig").exists()
