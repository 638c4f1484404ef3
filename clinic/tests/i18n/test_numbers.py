"""Numbers as people type them, in English and in German: read as they are meant, or refused."""

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


def read(typed, places=2):
    return NumberFormField(decimal_places=places, max_digits=18).clean(typed)


class TestNumberThatIsTyped:
    @pytest.mark.parametrize("typed", ["12,50", "12.50", " 12.5 ", "12,5"])
    def test_has_a_point_or_a_comma(self, language, typed):
        assert read(typed) == Decimal("12.50")

    @pytest.mark.parametrize("typed", ["1.234,56", "1,234.56", "1 234,56", "1\N{NO-BREAK SPACE}234.56", "1234,56"])
    def test_has_signs_between_its_thousands(self, language, typed):
        assert read(typed) == Decimal("1234.56")

    @pytest.mark.parametrize("typed", ["1.234.567", "1,234,567"])
    def test_is_of_millions_when_a_sign_stands_twice(self, language, typed):
        assert read(typed) == Decimal(1234567)

    @pytest.mark.parametrize("typed", ["0.125", "0,125", ".125", "1234.125", "1234,125", "1.2345", "1,2345"])
    def test_is_a_fraction_where_no_thousand_can_be_meant(self, language, typed):
        assert read(typed, places=4) == Decimal(typed.replace(",", "."))

    @pytest.mark.parametrize("typed", ["1.2.3", "1,23,456", "1.234,56,7", "12,50 EUR", "1e3", "zwölf", "١٢", "--1"])
    def test_is_refused_when_it_is_none(self, language, typed):
        with pytest.raises(ValidationError):
            read(typed)


class TestNumberWithTwoMeanings:
    @pytest.mark.parametrize("typed", ["1.234", "12.500", "123.456", "-1.234"])
    def test_is_neither_a_thousand_nor_a_fraction_in_german(self, german, typed):
        with pytest.raises(ValidationError) as refusal:
            read(typed, places=4)

        assert refusal.value.code == "ambiguous"

    @pytest.mark.parametrize("typed", ["1,234", "12,500", "123,456"])
    def test_is_neither_a_thousand_nor_a_fraction_in_english(self, typed):
        with pytest.raises(ValidationError) as refusal:
            read(typed, places=4)

        assert refusal.value.code == "ambiguous"

    def test_is_a_fraction_with_the_decimal_sign_of_ones_language(self, german):
        assert read("1,234", places=4) == Decimal("1.234")

    def test_is_refused_with_the_two_ways_to_write_it(self, german):
        with pytest.raises(ValidationError) as refusal:
            read("1.234", places=3)

        assert refusal.value.messages == ["„1.234“ ist zweideutig. Schreiben Sie 1234 oder 1,234."]

    def test_never_becomes_an_amount(self, language):
        for typed in ("1.234", "1,234"):
            with pytest.raises(ValidationError):
                MoneyFormField().clean(typed)


class TestNumberThatIsPreset:
    def test_is_spelled_as_the_reader_would_type_it(self, german):
        assert MoneyFormField().prepare_value(Decimal("1234.5000")) == "1234,50"

    def test_comes_back_as_it_was(self, language):
        field = MoneyFormField()

        assert field.clean(field.prepare_value(Decimal("1234.50"))) == Decimal("1234.50")

    def test_stays_as_it_was_typed(self, german):
        assert MoneyFormField().prepare_value("12.5") == "12.5"
