"""Form fields and validators that the forms of both apps share."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from clinic.admin import validate_year

pytestmark = pytest.mark.neutral


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2200, 12, 31)])
def test_first_and_last_year_of_dates_are_accepted(day):
    validate_year(day)


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2201, 1, 1)])
def test_year_that_is_a_typing_error_is_refused_with_both_years(day):
    with pytest.raises(ValidationError) as raised:
        validate_year(day)

    assert raised.value.messages == ["Choose a date between 1900 and 2200."]
    assert raised.value.code == "out_of_range"
