"""Plain English in names and docstrings: the list of words in language.py, applied to the code base."""

import pytest

from clinic.tests.language import ROOT, findings, findings_in, odd_texts

pytestmark = pytest.mark.neutral

CHECKED = ("benchmarks", "billing", "clinic", "conftest.py", "manage.py", "patients", "templates")


def test_names_and_docstrings_are_plain_english():
    assert list(findings([ROOT / name for name in CHECKED])) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def rows_told(): ...", "the name “rows_told” has “told”"),
        ("class RowTold: ...", "the name “RowTold” has “told”"),
        ("def rows(*, told): ...", "the name “told” has “told”"),
        ("TOLD = 1", "the name “TOLD” has “told”"),
        ("row.told = 1", "the name “told” has “told”"),
        ("import rows as told", "the name “told” has “told”"),
        ('"""What is stored in a row."""', "the docstring begins with “What”"),
        ('def rows():\n    """Whether there are rows."""', "the docstring begins with “Whether”"),
    ],
)
def test_refused_word_and_beginning_are_found(source, message):
    assert [found for _, found in findings_in(source)] == [message]


def test_refused_phrase_is_found_in_texts_and_not_in_docstrings():
    assert list(odd_texts('title = _("Not yours to do")')) == [(1, "the text has “not yours”")]
    assert list(odd_texts('"""Not yours to do."""')) == []


@pytest.mark.parametrize(
    "source",
    [
        "def rows_printed(): ...",
        "threshold = 1",  # contains “hold”, but is another word
        "row = library.told",  # the name is that of a library
        '"""Row of a table: what is stored in it."""',
        '"""Whatever is stored."""',
    ],
)
def test_plain_source_has_no_finding(source):
    assert findings_in(source) == []
