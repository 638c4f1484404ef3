"""List filters, used as `list_filter = ["active", ("status", ChoicesFilter), ("due_date", DateRangeFilter)]`.

| filter | for | parameters |
|---|---|---|
| ChoicesFilter | a field with choices, one or more | `status__exact=A&status__exact=B` |
| BooleanFilter | a boolean field | `active__exact=1` |
| DateRangeFilter | a date or datetime: first and last day, both included | `due_date_from=…&due_date_to=…` |
| NumberRangeFilter | an amount or a number: minimum and maximum, both included | `remaining_amount_from=10&…_to=` |
| RelatedFilter | one or more of a few related rows | `tags__id__exact=…` |
| AutocompleteFilter | one of many related rows, found by typing | `patient__id__exact=…` |
| OptionsFilter | one of the options in `lookups`, applied by `queryset` | its `parameter_name` |
| MultipleOptionsFilter | one or more of such options | its `parameter_name`, repeated |

An invalid value (`due_date_from=soon`) is refused: Django's list redirects to itself with `?e=1`, with a message that
names the filter (UnreadableFilter, NoDeleteAdmin). So is what is no filter of the list (UnknownFilter).
"""

from collections.abc import Callable, Iterable, Iterator
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
from django.utils.translation import gettext as _
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
from clinic.domain.dates import YEARS, start_of_day
from clinic.i18n.display import format_date, format_money
from clinic.i18n.numbers import locale_decimal_separator, parse_number

MAX_TYPED_LENGTH = 50  # of a value that a message repeats


class UnreadableFilter(IncorrectLookupParameters):
    """A filter has a value that cannot be read; `str()` is the message for the user."""

    def __init__(self, title: Any, typed: Any) -> None:
        text = _("The filter “%(title)s” has an invalid value: “%(typed)s”. The list is shown without filters.")
        super().__init__(text % {"title": title, "typed": str(typed)[:MAX_TYPED_LENGTH]})


class UnknownFilter(IncorrectLookupParameters):
    """A query names what is no filter of the list; `str()` is the message for the user."""

    def __init__(self, name: str) -> None:
        text = _("This list has no filter “%(name)s”. The list is shown without filters.")
        super().__init__(text % {"name": name[:MAX_TYPED_LENGTH]})


def unreadable_message(error: IncorrectLookupParameters) -> str:
    """Return the message for a query that a list cannot read."""
    if isinstance(error, (UnreadableFilter, UnknownFilter)):
        return str(error)
    return _("A filter is invalid. The list is shown without filters.")


class ChoicesFilter(ChoicesCheckboxFilter):
    """Filter for any of the selected values of a field with choices."""

    def chosen(self) -> str:
        """Return the selected values as they are displayed, or an empty string; every filter does."""
        selected = self.value() or []
        return _any_of(label for value, label in self.field.flatchoices if str(value) in selected)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {"", *(str(value) for value, _label in self.field.flatchoices)}
        for typed in self.value() or []:
            if str(typed) not in known:
                raise UnreadableFilter(self.title, typed)
        rows: QuerySet[Any] = super().queryset(request, queryset)
        return rows


class BooleanFilter(BooleanRadioFilter):
    """Filter for all rows, true or false."""

    def chosen(self) -> str:
        return {"1": _("Yes"), "0": _("No")}.get(str(self.value()), "")


class RelatedFilter(MultipleRelatedDropdownFilter):
    """Filter for any of the selected related rows, of which there are few."""

    def chosen(self) -> str:
        selected = self.value() or []
        return _any_of(label for key, label in self.lookup_choices if str(key) in selected)


class AutocompleteFilter(AutocompleteSelectFilter):
    """Filter for one related row, found by typing. Its admin has `search_fields`, and the user may view it."""

    def chosen(self) -> str:
        key = self.value()
        record = self.field.remote_field.model._default_manager.filter(pk=key).first() if key else None
        return str(record or key or "")


class OptionsFilter(RadioFilter):
    """Filter for one option; a subclass has `title`, `parameter_name`, `lookups()` and `queryset()`."""

    def value(self) -> Any:
        """Return the chosen option, or None. Raises UnreadableFilter for an unknown one."""
        value = super().value()
        if value and value not in {str(key) for key, _label in self.lookup_choices}:
            raise UnreadableFilter(self.title, value)
        return value

    def chosen(self) -> str:
        return _any_of(label for key, label in self.lookup_choices if str(key) == self.value())


class MultipleOptionsFilter(MultipleDropdownFilter):
    """Filter for any of the selected options; a subclass has `title`, `parameter_name`, `lookups()`, `queryset()`."""

    all_option = None

    def chosen(self) -> str:
        return _any_of(self.used_parameters.get(self.parameter_name) or [])


class DateRangeFilter(RangeDateFilter):
    """Filter for a range of days at the clinic, both included."""

    def chosen(self) -> str:
        return _range(*(self._day(end) for end in ("from", "to")), display=format_date)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        first, last = (self._day(end) for end in ("from", "to"))
        is_datetime = isinstance(self.field, DateTimeField)
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": start_of_day(first) if is_datetime else first})
        if last is not None and is_datetime:
            queryset = queryset.filter(**{f"{self.field_path}__lt": start_of_day(last + timedelta(days=1))})
        elif last is not None:
            queryset = queryset.filter(**{f"{self.field_path}__lte": last})
        return queryset

    def _day(self, end: str) -> date | None:
        typed = str(self.used_parameters.get(f"{self.parameter_name}_{end}") or "").strip()
        if not typed:
            return None
        for day in _parse_days(typed):
            if day.year in YEARS:
                return day
        raise UnreadableFilter(self.title, typed)


class NumberRangeFilter(RangeNumericFilter):
    """Filter for a range of numbers, both included."""

    def chosen(self) -> str:
        ends = (str(self.used_parameters.get(f"{self.parameter_name}_{end}") or "").strip() for end in ("from", "to"))
        return _range(*(typed and _parse_bound(typed) for typed in ends), display=format_money)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        for end, lookup in (("from", "gte"), ("to", "lte")):
            typed = str(self.used_parameters.get(f"{self.parameter_name}_{end}") or "").strip()
            if typed:
                try:
                    queryset = queryset.filter(**{f"{self.parameter_name}__{lookup}": _parse_bound(typed)})
                except (ValidationError, InvalidOperation, ValueError) as error:
                    raise UnreadableFilter(self.title, typed) from error
        return queryset

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """Yield the two form fields, which accept localized numbers."""
        for choice in super().choices(changelist):
            for name, field in choice["form"].fields.items():
                widget = forms.TextInput({**field.widget.attrs, "inputmode": "decimal", "autocomplete": "off"})
                choice["form"].fields[name] = NumberFormField(required=False, label="", widget=widget)
            yield choice


def _any_of(labels: Iterable[Any]) -> str:
    return ", ".join(str(label) for label in labels if label)


def _range(first: Any, last: Any, *, display: Callable[[Any], str]) -> str:
    """Return a range such as “from 1 Mar 2026 to 31 Mar 2026”, of which either end may be missing."""
    ends = [(_("from %(value)s"), first), (_("to %(value)s"), last)]
    return " ".join(text % {"value": display(value)} for text, value in ends if value not in (None, ""))


def _parse_days(typed: str) -> Iterator[date]:
    """Yield the date in each format that fits: ISO 8601, then those of the user's language."""
    for date_format in ("%Y-%m-%d", *get_format("DATE_INPUT_FORMATS")):
        try:
            yield parse_date(typed) or datetime.strptime(typed, date_format).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue


def _parse_bound(typed: str) -> Decimal:
    number = Decimal(parse_number(typed, decimal_sign=locale_decimal_separator()))
    if not number.is_finite() or abs(number) > Decimal(10) ** 12:
        raise InvalidOperation
    return number
