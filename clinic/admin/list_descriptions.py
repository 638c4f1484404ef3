"""Change list that takes its declared filters only, and describes the order of its rows and the active filters."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path, label_for_field
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import BooleanField, DateField, Field
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.views import ChangeList

from clinic.admin.filters import UnknownFilter
from clinic.i18n.lazy_text import LazyText


class ActiveFilter(NamedTuple):
    """A filter of the list with its value, and the URL of the list without it."""

    title: LazyText
    value: str
    remove_link: str


class DescribedChangeList(ChangeList):
    """Change list with a description of its rows: their order, and the active filters.

    A ModelAdmin names in `list_order` the columns that are sorted by another one or by an expression, such as a name by
    its key of comparison, or a number as a number.
    """

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return what a column is sorted by."""
        return self.model_admin.list_order.get(field_name) or super().get_ordering_field(field_name)

    def get_filters(self, request: HttpRequest) -> Any:
        """Return the filters. UnknownFilter for a parameter that none of them takes: Django would take any lookup.

        A lookup such as `search_text__regex` can keep a worker busy for minutes.
        """
        try:
            filters = super().get_filters(request)
        except DisallowedModelAdminLookup as error:
            raise IncorrectLookupParameters from error
        for name in filters[2]:
            raise UnknownFilter(name)
        return filters

    @property
    def order_text(self) -> str:
        """The order of the rows, such as “Received (newest first)”."""
        columns = self.get_ordering_field_columns()
        known = ((index, direction) for index, direction in columns.items() if 0 <= index < len(self.list_display))
        described = [self._describe_column(index, direction) for index, direction in known]
        if not described:
            described = [self._describe_default()]
        return ", ".join(described)

    @property
    def active_filters(self) -> Iterator[ActiveFilter]:
        """The active filters, the text that is searched for included."""
        if self.query:
            yield ActiveFilter(_("Search"), self.query, self.get_query_string(remove=[SEARCH_VAR]))
        for each in self.filter_specs:
            if value := each.chosen():
                link = self.get_query_string(remove=[name for name in each.expected_parameters() if name])
                yield ActiveFilter(capfirst(str(each.title)), value, link)

    def _describe_column(self, index: int, direction: str) -> str:
        name = self.list_display[index]
        label = str(label_for_field(name, self.model, self.model_admin))
        sorted_by = self.get_ordering_field(name)
        field = None
        if isinstance(sorted_by, str):
            field = get_fields_from_path(self.model, sorted_by.removeprefix("-"))[-1]
        return _describe(label, field, is_descending=direction == "desc")

    def _describe_default(self) -> str:
        path = str(next(iter(self._get_default_ordering()), "-pk"))
        if path.removeprefix("-") == "pk":
            return _("newest first") if path == "-pk" else _("oldest first")
        field = get_fields_from_path(self.model, path.removeprefix("-"))[-1]
        return _describe(field.verbose_name, field, is_descending=path.startswith("-"))


def _describe(label: LazyText, field: "Field[Any, Any] | None", *, is_descending: bool) -> str:
    """Return the heading of a column and the direction; the column of an expression, without a field, has numbers."""
    if isinstance(field, DateField):
        directions = _("oldest first"), _("newest first")
    elif isinstance(field, BooleanField):
        directions = _("No first"), _("Yes first")
    elif field is None or field.get_internal_type() not in {"CharField", "TextField", "ForeignKey", "EmailField"}:
        directions = _("lowest first"), _("highest first")
    else:
        directions = _("A to Z"), _("Z to A")
    return f"{capfirst(str(label))} ({directions[is_descending]})"
