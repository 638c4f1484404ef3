"""Parsing and formatting of localized numbers, in English and in German."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from clinic.admin import MoneyFormField, NumberFormField

pytestmark = pytest.mark.neutral


@pytest.fixture(params=["en", "de"])
def language(request):
    with override(request.param):
        yield request.param


@pytest.fixture
def german():
    with override("de"):
        yield


def parse(typed, places=2):
    return NumberFormField(decimal_places=places, max_digits=18).clean(typed)


@pytest.mark.parametrize("typed", ["12,50", "12.50", " 12.5 ", "12,5"])
def test_decimal_separator_is_point_or_comma(language, typed):
    assert parse(typed) == Decimal("12.50")


@pytest.mark.parametrize("typed", ["1.234,56", "1,234.56", "1 234,56", "1\N{NO-BREAK SPACE}234.56", "1234,56"])
def test_thousands_separators_are_removed(language, typed):
    assert parse(typed) == Decimal("1234.56")


@pytest.mark.parametrize("typed", ["1.234.567", "1,234,567"])
def test_repeated_separator_is_a_thousands_separator(language, typed):
    assert parse(typed) == Decimal(1234567)


@pytest.mark.parametrize("typed", ["0.125", "0,125", ".125", "1234.125", "1234,125", "1.2345", "1,2345"])
def test_separator_that_cannot_separate_thousands_is_a_decimal_separator(language, typed):
    assert parse(typed, places=4) == Decimal(typed.replace(",", "."))


@pytest.mark.parametrize("typed", ["1.2.3", "1,23,456", "1.234,56,7", "12,50 EUR", "1e3", "zwölf", "١٢", "--1"])
def test_text_that_is_no_number_is_refused(language, typed):
    with pytest.raises(ValidationError):
        parse(typed)


@pytest.mark.parametrize("typed", ["1.234", "12.500", "123.456", "-1.234"])
def test_ambiguous_number_is_refused_in_german(german, typed):
    with pytest.raises(ValidationError) as refusal:
        parse(typed, places=4)

    assert refusal.value.code == "ambiguous"


@pytest.mark.parametrize("typed", ["1,234", "12,500", "123,456"])
def test_ambiguous_number_is_refused_in_english(typed):
    with pytest.raises(ValidationError) as refusal:
        parse(typed, places=4)

    assert refusal.value.code == "ambiguous"


def test_decimal_separator_of_the_language_is_not_ambiguous(german):
    assert parse("1,234", places=4) == Decimal("1.234")


def test_message_names_both_meanings_of_an_ambiguous_number(german):
    with pytest.raises(ValidationError) as refusal:
        parse("1.234", places=3)

    assert refusal.value.messages == ["„1.234“ ist mehrdeutig. Geben Sie 1234 oder 1,234 ein."]


def test_ambiguous_amount_is_refused(language):
    for typed in ("1.234", "1,234"):
        with pytest.raises(ValidationError):
            MoneyFormField().clean(typed)


def test_initial_value_is_formatted_in_the_language_of_the_user(german):
    assert MoneyFormField().prepare_value(Decimal("1234.5000")) == "1234,50"


def test_initial_value_is_parsed_to_the_same_number(language):
    field = MoneyFormField()

    assert field.clean(field.prepare_value(Decimal("1234.50"))) == Decimal("1234.50")


def test_typed_text_is_displayed_unchanged(german):
    assert MoneyFormField().prepare_value("12.5") == "12.5"
