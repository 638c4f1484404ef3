"""What a list can be narrowed by: django-filter's filters, with strict values and only those that the query names.

    class AppointmentFilters(StrictFilterSet):
        patient_id = UUIDFilter("patient_id", method="of_account")
        status = ChoiceFilter("status", choices=AppointmentStatus.values)
        starts_from, starts_to = DateTimeFrom("starts_at"), DateTimeTo("starts_at")

A value that cannot be read is a 400 that points at `?name`; an id that nobody has is an empty list.
"""

import copy
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError

from clinic.api.requests.datetimes import parse_date, parse_datetime
from clinic.api.requests.fields import Choice, Money, parse_uuid
from clinic.api.responses.messages import quoted, text_error
from clinic.domain.amounts import MAX_MONEY
from clinic.domain.dates import start_of_day
from clinic.domain.errors import FieldError

MAX_VALUES = 200
MAX_LENGTH = 200


class FilterRefused(Exception):
    """A parameter's value cannot be read."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class StrictFilter(django_filters.Filter):  # type: ignore[misc]  # the package brings no types
    """One value, read by `read`; given twice, it is refused."""

    many = False

    def values(self, sent: list[str]) -> Any:
        """What the filter compares with; raises FilterRefused."""
        if len(sent) > 1:
            raise FilterRefused("repeated_parameter", "This parameter may stand once.")
        return self._checked(sent[0])

    def read(self, text: str) -> Any:
        """One value; raises ValueError with a sentence."""
        return text

    def _checked(self, text: str) -> Any:
        try:
            if len(text) > MAX_LENGTH:
                raise FilterRefused("too_long", f"A value is at most {MAX_LENGTH} characters.")
            if fault := text_error(text):
                raise FilterRefused("bad_text", fault)
            return self.read(text)
        except ValueError as error:
            raise FilterRefused("invalid", str(error)) from error


class ManyFilter(StrictFilter):
    """Any of several values: the parameter repeated, as `name[]`, or, where `comma` says so, with commas."""

    many = True
    comma = False

    def __init__(self, *args: Any, max_values: int = MAX_VALUES, **kwargs: Any) -> None:
        self.max_values = max_values
        kwargs.setdefault("lookup_expr", "in")
        super().__init__(*args, **kwargs)

    def values(self, sent: list[str]) -> Any:
        texts = [part for text in sent for part in (text.split(",") if self.comma else [text])]
        if len(texts) > self.max_values:
            raise FilterRefused("too_many", f"At most {self.max_values} values are allowed.")
        return list(dict.fromkeys(self._checked(text) for text in texts))


class UUIDFilter(ManyFilter):
    """Ids; a malformed one is refused."""

    def read(self, text: str) -> Any:
        found = parse_uuid(text)
        if found is None:
            raise ValueError(f"{quoted(text)} is not a UUID.")
        return found


class ChoiceFilter(ManyFilter):
    """Stored values in any case, repeated or with commas; `synonyms` as at clinic.api.requests.fields.Choice."""

    comma = True

    def __init__(
        self, *args: Any, choices: Iterable[str], synonyms: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        self.choice = Choice(choices, synonyms=synonyms, any_case=True)
        super().__init__(*args, **kwargs)

    def read(self, text: str) -> str:
        return str(_read(self.choice, text.strip()))


class TagsFilter(ManyFilter):
    """Words such as tags, repeated or with commas, in lower case (casefold) for a comparison without case."""

    comma = True

    def values(self, sent: list[str]) -> Any:
        return [word for word in super().values(sent) if word]

    def read(self, text: str) -> str:
        return text.strip().casefold()


class FlagFilter(StrictFilter):
    """true or false, also 1 or 0."""

    def read(self, text: str) -> bool:
        meant = {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
        if meant is None:
            raise ValueError(f"{quoted(text)} is neither true nor false.")
        return meant


class DateTimeFrom(StrictFilter):
    """From this day of the clinic, or this moment, on; for a column of moments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("lookup_expr", "gte")
        super().__init__(*args, **kwargs)

    def read(self, text: str) -> Any:
        return parse_datetime(text)


class DateTimeTo(StrictFilter):
    """Up to the end of this day of the clinic, or up to this very moment; for a column of moments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("lookup_expr", "lte")
        super().__init__(*args, **kwargs)

    def read(self, text: str) -> Any:
        if len(text) == 10:
            return start_of_day(parse_date(text) + timedelta(days=1)) - timedelta(microseconds=1)
        return parse_datetime(text)


class MoneyFilter(StrictFilter):
    """An amount; `lookup_expr` is "gte" or "lte" for a bound."""

    amount = Money(minimum=-MAX_MONEY)

    def read(self, text: str) -> Decimal:
        return Decimal(_read(self.amount, text))


def _read(field: Any, text: str) -> Any:
    try:
        return field.run_validation(text)
    except ValidationError as refusal:
        details: Any = refusal.detail
        raise ValueError(str(details[0])) from None


class StrictFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # the same
    """The base of every list's filters: knows its names, and builds only the filters that a query names.

    A filter with `method="name"` calls `self.name(queryset, parameter, value)`; `self.request` is there.
    """

    base_filters: ClassVar[Mapping[str, StrictFilter]]

    @classmethod
    def named(cls, parameter: str) -> str:
        """The filter that a parameter means (`tags[]` is `tags`); "" when there is none."""
        bare = parameter.removesuffix("[]")
        known = cls.base_filters.get(bare)
        return bare if known is not None and (bare == parameter or known.many) else ""

    def __init__(self, sent: Mapping[str, list[str]], queryset: QuerySet, *, request: Any = None) -> None:
        self.queryset = queryset
        self.request = request
        self.filters = {name: copy.copy(self.base_filters[name]) for name in sent}
        self.sent = sent
        for narrowing in self.filters.values():
            narrowing.model = queryset.model
            narrowing.parent = self
            narrowing.method = narrowing.method  # binds it to this copy

    def narrowed(self) -> tuple[QuerySet, list[FieldError]]:
        """The rows that every filter lets through, and the values that could not be read."""
        rows, errors = self.queryset, []
        for name, narrowing in self.filters.items():
            try:
                rows = narrowing.filter(rows, narrowing.values(self.sent[name]))
            except FilterRefused as refusal:
                errors.append(FieldError(f"?{name}", refusal.code, refusal.detail))
        return rows, errors

    def counted(self, rows: QuerySet) -> QuerySet:
        """What is counted to know how many these rows, which all filters let through, are: others that are as many."""
        return rows
