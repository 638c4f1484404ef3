"""Form fields and widgets in the theme's style.

A form that is no ModelForm calls `apply_theme_widget(field)` for each field, as DialogForm does.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold import widgets
from unfold.forms import AuthenticationForm

from clinic.db.fields import MoneyField
from clinic.domain.dates import YEARS
from clinic.domain.text import LINE_BREAKS, refused_character, strip
from clinic.i18n.numbers import AmbiguousNumber, format_input_number, locale_decimal_separator, parse_number

_PLAIN_NUMBER = re.compile(r"[-+]?(\d{1,12}(\.\d{0,6})?|\.\d{1,6})", re.ASCII)

THEME_WIDGETS: dict[type[forms.Widget], type[forms.Widget]] = {
    forms.TextInput: widgets.UnfoldAdminTextInputWidget,
    forms.EmailInput: widgets.UnfoldAdminEmailInputWidget,
    forms.PasswordInput: widgets.UnfoldAdminPasswordWidget,
    forms.Textarea: widgets.UnfoldAdminTextareaWidget,
    forms.Select: widgets.UnfoldAdminSelectWidget,
    forms.SelectMultiple: widgets.UnfoldAdminSelectMultipleWidget,
    forms.RadioSelect: widgets.UnfoldAdminRadioSelectWidget,
    forms.CheckboxInput: widgets.UnfoldBooleanWidget,
    forms.CheckboxSelectMultiple: widgets.UnfoldAdminCheckboxSelectMultipleWidget,
}


class LoginForm(AuthenticationForm):
    """Login form in the theme's style; clinic.admin.sessions shows it with a `prefix` within another form."""


class NativeDateInput(forms.DateInput):
    """Date input of the browser."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": " ".join(widgets.INPUT_CLASSES), **(attrs or {})}, format="%Y-%m-%d")


class MoneyInput(widgets.UnfoldAdminTextInputWidget):
    """Input of an amount: aligned to the right, with a numeric keyboard on phones."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})
        self.attrs["class"] += " money"


class RecordSelect(AutocompleteSelect):
    """Select of a related record, found by typing, which leaves a value that cannot be a key to the field's errors."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        key = self.field.remote_field.model._meta.pk
        groups: list[Any] = super().optgroups(name, [each for each in value if is_valid_value(key, each)], attr)
        return groups


def is_valid_value(field: Any, value: str) -> bool:
    """Return whether a model field can have the value."""
    try:
        field.clean(value, None)
    except ValidationError:
        return False
    return True


class NumberFormField(forms.DecimalField):
    """Decimal number that may be typed as 54.99 or 54,99, and is shown in the format of the user's language."""

    widget = forms.TextInput
    min_decimals = 0  # decimal places that are shown even if they are zero
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Enter a number, such as %(example)s."),
        "ambiguous": _("“%(typed)s” is ambiguous. Enter %(whole)s or %(fraction)s."),
    }

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            sign = locale_decimal_separator()
            try:
                value = parse_number(value, decimal_sign=sign)
            except AmbiguousNumber as error:
                raise self._ambiguity_error(str(error), sign) from error
            if value and not _PLAIN_NUMBER.fullmatch(value):
                params = {"example": f"54{sign}99"}
                raise ValidationError(self.error_messages["invalid"], code="invalid", params=params)
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """Format a Decimal for the input; leave a typed text as it is."""
        return format_input_number(value, min_decimals=self.min_decimals) if isinstance(value, Decimal) else value

    def _ambiguity_error(self, typed: str, sign: str) -> ValidationError:
        whole, _sign, rest = typed.replace(",", ".").partition(".")
        params = {"typed": typed, "whole": whole + rest, "fraction": f"{whole}{sign}{rest[: self.decimal_places]}"}
        return ValidationError(self.error_messages["ambiguous"], code="ambiguous", params=params)


class MoneyFormField(NumberFormField):
    """Amount above zero with at most two decimal places."""

    widget = MoneyInput
    min_decimals = MoneyField.scale

    def __init__(self, **kwargs: Any) -> None:
        bounds = {"min_value": Decimal("0.01"), "max_digits": 12, "decimal_places": MoneyField.scale}
        super().__init__(**{**bounds, **kwargs})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:  # noqa: ARG002  # a text field has no step
        return {}


def validate_year(day: date) -> None:
    """Raise ValidationError for a date whose year is a typing error; a validator of date fields."""
    if day.year not in YEARS:
        text = _("Choose a date between %(first)s and %(last)s.")
        raise ValidationError(text, code="out_of_range", params={"first": YEARS[0], "last": YEARS[-1]})


class TextFormField(forms.CharField):
    """Text without white space and invisible characters at its ends; only a text area takes line breaks."""

    def to_python(self, value: Any) -> Any:
        return strip(super().to_python(value) or "")

    def validate(self, value: Any) -> None:
        super().validate(value)
        character = refused_character(value, multiline=isinstance(self.widget, forms.Textarea))
        if character and character in LINE_BREAKS:
            raise ValidationError(_("Must be a single line."), code="bad_text")
        if character:
            params = {"character": f"U+{ord(character):04X}"}
            raise ValidationError(_("Contains the character %(character)s, which is not allowed."), "bad_text", params)


def apply_theme_widget(field: forms.Field) -> None:
    """Replace a field's widget with the theme's widget of the same kind and the same attributes."""
    widget = field.widget
    if isinstance(field, forms.DateField) and not isinstance(widget, NativeDateInput | forms.HiddenInput):
        field.widget = NativeDateInput(widget.attrs)
        return
    theme_widget = THEME_WIDGETS.get(type(widget))
    if theme_widget is None:
        return
    new = theme_widget(attrs=widget.attrs)
    if isinstance(widget, forms.widgets.ChoiceWidget) and isinstance(new, forms.widgets.ChoiceWidget):
        new.choices = widget.choices
    new.is_required, new.is_localized = widget.is_required, widget.is_localized
    field.widget = new
