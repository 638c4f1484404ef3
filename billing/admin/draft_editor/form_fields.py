"""What may be typed into a draft: numbers with a comma or a point, days, and words with commas between."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.admin import NumberFormField
from clinic.domain.amounts import MAX_MONEY

MAX_TAGS, MAX_TAG = 20, 50
HUNDRED = Decimal(100)


class NumberField(NumberFormField):
    """A number of zero or more. Its exactness is that of the column that it is for."""

    def __init__(self, *, places: int, most: Decimal = MAX_MONEY, **kwargs: Any) -> None:
        bounds = {"min_value": Decimal(0), "max_value": most, "decimal_places": places, "max_digits": 18}
        super().__init__(**{**bounds, "required": False, **kwargs})


class DayField(forms.DateField):
    """A day, as the browser's own choice of a day sends it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "input_formats": ["%Y-%m-%d"], **kwargs})

    def to_python(self, value: Any) -> Any:
        day = super().to_python(value)
        if day is not None and not 1900 <= day.year <= 2200:
            raise ValidationError(_("A day between 1900 and 2200."), code="out_of_range")
        return day


class WordsField(forms.CharField):
    """Words with commas between: a list without blanks and repetitions."""

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value) or ""
        words = list({word.strip().casefold(): word.strip() for word in text.split(",") if word.strip()}.values())
        if len(words) > MAX_TAGS:
            raise ValidationError(_("An invoice has at most 20 tags."), code="too_many")
        if any(len(word) > MAX_TAG for word in words):
            raise ValidationError(_("A tag has at most 50 characters."), code="too_long")
        return words
