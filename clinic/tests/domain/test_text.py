"""Texts: the characters they may hold, and when two of them are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.text import (
    clean,
    comparison_key,
    distinct,
    json_error,
    search_text,
    search_words,
    strip,
    text_error,
)

anything = st.text(st.characters(blacklist_categories=()))

REFUSED = {
    "NUL": "\0",
    "bell": "\x07",
    "escape": "\x1b",
    "vertical tab": "\x0b",
    "tab": "\t",
    "C1 control": "\x9b",
    "delete": "\x7f",
    "right-to-left override": "\u202e",
    "isolate": "\u2067",
    "lone surrogate": "\ud83e",
    "noncharacter": "\ufdd0",
    "noncharacter of a high plane": "\U0010ffff",
}
LINE_BREAKS = {"line feed": "\n", "carriage return": "\r", "next line": "\x85", "line separator": "\u2028"}


@pytest.mark.parametrize("character", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("multiline", [False, True], ids=["line", "lines"])
def test_refused_character_is_named_by_its_code_point(character, multiline):
    assert f"(U+{ord(character):04X})" in text_error(f"a{character}b", multiline=multiline)


@pytest.mark.parametrize("character", LINE_BREAKS.values(), ids=LINE_BREAKS)
def test_line_breaks_are_allowed_where_a_field_has_lines(character):
    assert text_error(f"a{character}b", multiline=True) == ""
    assert "a line break" in text_error(f"a{character}b")


@pytest.mark.parametrize("text", ["Zoë O’Neil – 👩🏽‍⚕️", "می‌خواهم", "한국어", "😀", "a\u00adb", "\u00a0"])
def test_letters_signs_and_joiners_of_every_script_are_allowed(text):
    assert text_error(text) == ""


def test_json_error_names_only_what_cannot_be_json():
    assert json_error("a\x07\u202e\n") == ""
    assert json_error("\0")
    assert json_error("\ud800")


@pytest.mark.parametrize("character", "\u200b\u00ad\ufeff\u2800\u3164\u202e\u200e\u2060\u180e\u115f\u00a0\u3000")
def test_text_of_which_nothing_is_seen_is_empty(character):
    assert strip(character * 3) == ""
    assert strip(f"{character}Ana{character}") == "Ana"


@given(anything)
def test_cleaned_text_can_be_stored(text):
    assert text_error(clean(text)) == ""
    assert text_error(clean(text, multiline=True), multiline=True) == ""
    assert clean(clean(text)) == clean(text)


SAME = [
    ("Müller", "MULLER"),
    ("O'Brien", "O’Brien"),
    ("O`Brien", "OʼBrien"),
    ("O´Brien", "o'brien"),
    ("AB-1", "ab\u20101"),
    ("10–12", "10-12"),
    ("Zero\u200bwidth", "zerowidth"),
    ("co\u00adop", "coop"),
    ("ﬁle", "FILE"),
    ("ＡＢＣ", "abc"),
    ("Łukasz", "lukasz"),
    ("Straße", "STRASSE"),
    ("İstanbul", "istanbul"),
    ("  two \n words ", "Two\u00a0words"),
    ("e\u0301", "É"),
]
DIFFERENT = [("Ana", "Anna"), ("AB-1", "AB1"), ("a b", "ab"), ("O'Brien", "OBrien"), ("1", "l")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_texts_that_a_reader_takes_for_the_same_share_a_key(one, other):
    assert comparison_key(one) == comparison_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_texts_that_differ_to_a_reader_have_different_keys(one, other):
    assert comparison_key(one) != comparison_key(other)


@given(anything)
def test_key_of_a_key_is_the_key(text):
    assert comparison_key(comparison_key(text)) == comparison_key(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_has_the_key_that_the_long_way_gives(text):
    assert comparison_key(text) == comparison_key(f"{text} ü").removesuffix("u").strip()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Garnier, Jean", ["Jean Garnier"]),
        ("(Ana)", ["Ana"]),
        ("2026-000123", ["INV-2026-000123"]),
        ("026-0001", ["INV-2026-000123"]),
        ("1234.5678", ["1234-5678"]),
        ("anna@example.org", ["Anna@Example.org"]),
        ("Müller & Söhne", ["MULLER SOHNE"]),
    ],
)
def test_search_finds_what_is_stored(typed, stored):
    assert all(word in search_text(*stored) for word in search_words(typed))


@pytest.mark.parametrize(("typed", "stored"), [("Jeans", ["Jean Garnier"]), ("12-34", ["12 34"]), ("ana b", ["Ana"])])
def test_search_does_not_find_what_is_not_there(typed, stored):
    assert not all(word in search_text(*stored) for word in search_words(typed))


def test_words_of_a_search_are_different_and_in_order():
    assert search_words(" Ana ana ANÁ  Müller ") == ["ana", "muller"]


def test_search_of_signs_alone_finds_nothing_rather_than_everything():
    assert search_words("  ") == []
    assert search_words("—") == ["—"]


def test_distinct_keeps_the_first_of_texts_that_are_the_same():
    assert distinct(["VIP", "vip ", "\u200b", "late", "lat\u200be"]) == {"vip": "VIP", "late": "late"}
