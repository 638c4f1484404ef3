"""Fields of billing's request bodies."""

import pytest
from rest_framework.exceptions import ValidationError

from billing.api.serializers import TagList


def code_of(value):
    with pytest.raises(ValidationError) as raised:
        TagList().run_validation(value)
    return raised.value.get_codes()[0]


def test_tags_are_stripped_and_compared_without_case():
    tags = [" Urgent", "urgent", "Überweisung", "VIP "]

    assert TagList().run_validation(tags) == ["Urgent", "Überweisung", "VIP"]


@pytest.mark.parametrize("value", ["urgent", {}, 1, None])
def test_tags_are_a_list(value):
    assert code_of(value) in {"invalid", "null"}


@pytest.mark.parametrize("tag", ["", "  ", "a,b", "a" * 51, 1, None, []])
def test_tag_is_a_text_of_up_to_50_characters_without_comma(tag):
    assert code_of([tag]) == "bad_word"


@pytest.mark.parametrize("tag", ["a\0", "a\x1b", "\ud800"])
def test_refused_character_of_a_tag_is_named(tag):
    assert code_of([tag]) == "bad_text"


@pytest.mark.parametrize("count", [21, 201, 100_000])
def test_invoice_has_at_most_20_tags(count):
    assert code_of([f"tag {number}" for number in range(count)]) == "too_many"
