"""Strict filters of lists: invalid values are errors, and only the filters that a query names are built.

    class AppointmentFilters(StrictFilterSet):
        patient_id = UUIDFilter("patient", method="of_account")
        status = ChoiceFilter("status", choices=AppointmentStatus)
        starts_from, starts_to = DateTimeFrom("starts_at"), DateTimeTo("starts_at")

An invalid value is a 400 that points at `?name`; an unknown id gives an empty list.
"""

import copy
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import django_filters
from django.db.models import Choices, QuerySet
from rest_framework.exceptions import ValidationError

from clinic.api.requests.datetimes import parse_date, parse_datetime
from clinic.api.requests.fields import Choice, Money, parse_uuid
from clinic.api.responses.error_details import quote
from clinic.domain.amounts import MAX_MONEY
from clinic.domain.dates import start_of_day
from clinic.domain.errors import FieldError
from clinic.domain.text import comparison_key, json_error, strip

MAX_PARAMETER_VALUES = 200  # of one parameter
MAX_PARAMETER_LENGTH = 200  # characters of one value
_ARRAY_SUFFIX = re.compile(r"\[[0-9]{0,4}\]\Z")


class InvalidFilterValue(Exception):
    """The value of a parameter is invalid."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class StrictFilter(django_filters.Filter):  # type: ignore[misc]  # the package brings no types
    """A filter by one value; the parameter may be sent once."""

    many = False

    def parse_values(self, sent: list[str]) -> Any:
        """Return the value to filter by. Raises InvalidFilterValue."""
        if len(sent) > 1:
            raise InvalidFilterValue("repeated_parameter", "This parameter may be given only once.")
        return self._parse_checked(sent[0])

    def parse(self, text: str) -> Any:
        """Return one value. Raises ValueError with a sentence."""
        return text

    def _parse_checked(self, text: str) -> Any:
        try:
            if len(text) > MAX_PARAMETER_LENGTH:
                raise InvalidFilterValue("too_long", f"A value can have at most {MAX_PARAMETER_LENGTH} characters.")
            if error := json_error(text):
                raise InvalidFilterValue("bad_text", error)
            return self.parse(text)
        except ValueError as error:
            raise InvalidFilterValue("invalid", str(error)) from error


class ManyFilter(StrictFilter):
    """A filter by any of several values: the parameter is repeated (`name[]`, `name[0]`), or, with `comma`, split."""

    many = True
    comma = False

    def __init__(self, *args: Any, max_values: int = MAX_PARAMETER_VALUES, **kwargs: Any) -> None:
        self.max_values = max_values
        kwargs.setdefault("lookup_expr", "in")
        super().__init__(*args, **kwargs)

    def parse_values(self, sent: list[str]) -> Any:
        texts = [part for text in sent for part in (filter(None, text.split(",")) if self.comma else [text])]
        if len(texts) > self.max_values:
            raise InvalidFilterValue("too_many", f"At most {self.max_values} values are allowed.")
        return list(dict.fromkeys(self._parse_checked(text) for text in texts))


class UUIDFilter(ManyFilter):
    """A filter by ids."""

    def parse(self, text: str) -> Any:
        key = parse_uuid(text)
        if key is None:
            raise ValueError(f"{quote(text)} is not a UUID.")
        return key


class ChoiceFilter(ManyFilter):
    """A filter by stored values in any case; `synonyms` as in clinic.api.requests.fields.Choice."""

    comma = True

    def __init__(
        self, *args: Any, choices: type[Choices], synonyms: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        self.choice = Choice(choices, synonyms=synonyms, any_case=True)
        super().__init__(*args, **kwargs)

    def parse(self, text: str) -> str:
        return str(_validate(self.choice, strip(text)))


class TagsFilter(ManyFilter):
    """A filter by the comparison keys of tags."""

    comma = True

    def parse_values(self, sent: list[str]) -> Any:
        return [tag for tag in super().parse_values(sent) if tag]

    def parse(self, text: str) -> str:
        return comparison_key(text)


class SameTextFilter(StrictFilter):
    """A filter by a column of comparison keys: the text may be written otherwise, as a reader takes it for the same."""

    def parse(self, text: str) -> str:
        return comparison_key(text)


class FlagFilter(StrictFilter):
    """A filter by true or false, also sent as 1 or 0."""

    def parse(self, text: str) -> bool:
        value = {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
        if value is None:
            raise ValueError(f"{quote(text)} is not a boolean: use true or false.")
        return value


class DateTimeFrom(StrictFilter):
    """The lower bound of a datetime column: a datetime, or a date (its start at the clinic)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("lookup_expr", "gte")
        super().__init__(*args, **kwargs)

    def parse(self, text: str) -> Any:
        return parse_datetime(text)


class DateTimeTo(StrictFilter):
    """The upper bound of a datetime column, included: a datetime, or a date (its end at the clinic)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("lookup_expr", "lte")
        super().__init__(*args, **kwargs)

    def parse(self, text: str) -> Any:
        if len(text) == len("2026-06-01"):
            return start_of_day(parse_date(text) + timedelta(days=1)) - timedelta(microseconds=1)
        return parse_datetime(text)


class MoneyFilter(StrictFilter):
    """A filter by an amount; `lookup_expr` is "gte" or "lte" for a bound."""

    amount = Money(minimum=-MAX_MONEY)

    def parse(self, text: str) -> Decimal:
        return Decimal(_validate(self.amount, text))


def _validate(field: Any, text: str) -> Any:
    try:
        return field.run_validation(text)
    except ValidationError as error:
        details: Any = error.detail
        raise ValueError(str(details[0])) from None


class StrictFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # the package brings no types
    """Base of the filter sets.

    A filter with `method="name"` calls `self.name(queryset, parameter, value)`, where `self.request` is available.
    """

    base_filters: ClassVar[Mapping[str, StrictFilter]]

    @classmethod
    def filter_name(cls, parameter: str) -> str:
        """Return the name of a parameter's filter (`tags[]`, `tags[0]`: `tags`); an empty string if there is none."""
        name = _ARRAY_SUFFIX.sub("", parameter)
        known = cls.base_filters.get(name)
        return name if known is not None and (name == parameter or known.many) else ""

    def __init__(self, sent: Mapping[str, list[str]], queryset: QuerySet, *, request: Any = None) -> None:
        self.queryset = queryset
        self.request = request
        self.filters = {name: copy.copy(self.base_filters[name]) for name in sent}
        self.sent = sent
        for each in self.filters.values():
            each.model = queryset.model
            each.parent = self
            each.method = each.method  # binds it to this copy

    def apply(self) -> tuple[QuerySet, list[FieldError]]:
        """Return the rows that pass every filter, and the errors of invalid values."""
        rows, errors = self.queryset, []
        for name, each in self.filters.items():
            try:
                rows = each.filter(rows, each.parse_values(self.sent[name]))
            except InvalidFilterValue as error:
                errors.append(FieldError(f"?{name}", error.code, error.detail))
        return rows, errors

    def queryset_to_count(self, rows: QuerySet) -> QuerySet:
        """Return a queryset with as many rows as `rows`, which passed all filters, that may be faster to count."""
        return rows
