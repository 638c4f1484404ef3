"""List filters, used as `list_filter = ["active", ("status", ChoicesFilter), ("due_date", DateRangeFilter)]`.

| filter | for | parameters |
|---|---|---|
| ChoicesFilter | a field with choices, several at once | `status__exact=A&status__exact=B` |
| BooleanFilter | a boolean field | `active__exact=1` |
| DateRangeFilter | a date or a moment, from day to day at the clinic, both included | `due_date_from=…&due_date_to=…` |
| NumberRangeFilter | an amount or a number, from and to, both included | `remaining_amount_from=10&…_to=` |
| RelatedFilter | a few related rows, several at once | `tags__id__exact=…` |
| AutocompleteFilter | many related rows, found by typing | `patient__id__exact=…` |
| OptionsFilter | a question of its own (`lookups`, `queryset`), one answer | its `parameter_name` |
| MultipleOptionsFilter | the same, several answers at once | its `parameter_name`, repeated |

What cannot be read (`due_date_from=soon`) is refused by sending the list without it, never ignored silently.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_date
from django.utils.formats import get_format
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesCheckboxFilter,
    MultipleDropdownFilter,
    MultipleRelatedDropdownFilter,
    RadioFilter,
    RangeDateFilter,
    RangeNumericFilter,
)

from clinic.admin.form_fields import NumberFormField
from clinic.domain.dates import start_of_day
from clinic.i18n.numbers import locale_decimal_separator, parse_number


class ChoicesFilter(ChoicesCheckboxFilter):
    """Any of the chosen values of a field with choices."""


class BooleanFilter(BooleanRadioFilter):
    """All, yes, or no."""


class RelatedFilter(MultipleRelatedDropdownFilter):
    """Any of the chosen related rows; for relations with few."""


class AutocompleteFilter(AutocompleteSelectFilter):
    """One related row, found by typing; its admin has `search_fields`, and the person may see it."""


class OptionsFilter(RadioFilter):
    """One answer to a question of one's own: `title`, `parameter_name`, `lookups()` and `queryset()`."""


class MultipleOptionsFilter(MultipleDropdownFilter):
    """Any of the answers to a question of one's own: `title`, `parameter_name`, `lookups()` and `queryset()`."""

    all_option = None


class DateRangeFilter(RangeDateFilter):
    """From one day to another at the clinic, both included."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        first, last = (self._day(end) for end in ("from", "to"))
        is_moment = isinstance(self.field, DateTimeField)
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": start_of_day(first) if is_moment else first})
        if last is not None and is_moment:
            queryset = queryset.filter(**{f"{self.field_path}__lt": start_of_day(last + timedelta(days=1))})
        elif last is not None:
            queryset = queryset.filter(**{f"{self.field_path}__lte": last})
        return queryset

    def _day(self, end: str) -> date | None:
        typed = str(self.used_parameters.get(f"{self.parameter_name}_{end}") or "").strip()
        if not typed:
            return None
        for found in _read_days(typed):
            if 1900 <= found.year <= 2200:
                return found
        raise IncorrectLookupParameters


class NumberRangeFilter(RangeNumericFilter):
    """From one amount to another, both included."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        for end, lookup in (("from", "gte"), ("to", "lte")):
            typed = str(self.used_parameters.get(f"{self.parameter_name}_{end}") or "").strip()
            if typed:
                try:
                    queryset = queryset.filter(**{f"{self.parameter_name}__{lookup}": _number(typed)})
                except (ValidationError, InvalidOperation, ValueError) as error:
                    raise IncorrectLookupParameters from error
        return queryset

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """The two fields, which take a number as the reader's language writes it, too."""
        for choice in super().choices(changelist):
            for name, field in choice["form"].fields.items():
                widget = forms.TextInput({**field.widget.attrs, "inputmode": "decimal", "autocomplete": "off"})
                choice["form"].fields[name] = NumberFormField(required=False, label="", widget=widget)
            yield choice


def _read_days(typed: str) -> Iterator[date]:
    """The day that was typed, as the wire or as the reader's language spells it."""
    for form in ("%Y-%m-%d", *get_format("DATE_INPUT_FORMATS")):
        try:
            yield parse_date(typed) or datetime.strptime(typed, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue


def _number(typed: str) -> Decimal:
    number = Decimal(parse_number(typed, decimal_sign=locale_decimal_separator()))
    if not number.is_finite() or abs(number) > Decimal(10) ** 12:
        raise InvalidOperation
    return number
