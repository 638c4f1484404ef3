"""Form fields of the draft editor: localized numbers, dates, tag lists."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.rules.limits import MAX_TAGS, TAG_LENGTH
from clinic.admin import NumberFormField, TextFormField, validate_year
from clinic.domain.amounts import MAX_MONEY
from clinic.domain.text import distinct


class NumberField(NumberFormField):
    """A number of at least zero, with as many decimal `places` as its column."""

    def __init__(self, *, places: int, max_value: Decimal = MAX_MONEY, **kwargs: Any) -> None:
        bounds = {"min_value": Decimal(0), "max_value": max_value, "decimal_places": places, "max_digits": 18}
        super().__init__(**{**bounds, "required": False, **kwargs})


class IsoDateField(forms.DateField):
    """A date in ISO format, as a browser's date input sends it."""

    default_validators = [validate_year]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "input_formats": ["%Y-%m-%d"], **kwargs})


class TagListField(TextFormField):
    """Tags separated by commas. The value is a list without empty and repeated tags."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": MAX_TAGS * (TAG_LENGTH + 5), **kwargs})  # with commas and blanks

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value) or ""
        tags = list(distinct(text.split(",")).values())
        if len(tags) > MAX_TAGS:
            detail = _("An invoice can have at most %(number)d tags.")
            raise ValidationError(detail, code="too_many", params={"number": MAX_TAGS})
        if any(len(tag) > TAG_LENGTH for tag in tags):
            detail = _("A tag can have at most %(number)d characters.")
            raise ValidationError(detail, code="too_long", params={"number": TAG_LENGTH})
        return tags
