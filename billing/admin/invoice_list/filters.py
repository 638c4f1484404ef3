"""What the list of invoices is narrowed by, beside its columns: age of the debt, tags, a patient's account."""

from typing import Any
from uuid import UUID

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.models import Tag
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.rules.ageing import BUCKETS, CURRENT
from clinic.admin import AutocompleteFilter, ManyOptionsFilter, OptionsFilter
from clinic.domain.dates import today

AGE, TAG = "age", "tag"
OVERDUE = "overdue"
MOST_TAGS = 500  # to choose from


class AgeFilter(OptionsFilter):
    """Open invoices by how late they are: all that is overdue, or one ageing bucket."""

    title = _("age of the debt")
    parameter_name = AGE

    def lookups(self, _request: HttpRequest, _page: Any) -> list[tuple[str, str | Promise]]:
        late = [(bucket.key, _("%(days)s days") % {"days": bucket.label}) for bucket in BUCKETS[1:]]
        return [(CURRENT.key, _("Not due yet")), (OVERDUE, _("Overdue")), *late]

    def queryset(self, _request: HttpRequest, rows: InvoiceQuerySet) -> InvoiceQuerySet:
        key = self.value()
        if not key:
            return rows
        if key == OVERDUE:
            return rows.overdue(on=today())
        for bucket in BUCKETS:
            if bucket.key == key:
                return rows.due_between(*bucket.due_range(today()))
        raise IncorrectLookupParameters


class TagFilter(ManyOptionsFilter):
    """Invoices with any of the tags."""

    title = _("tags")
    parameter_name = TAG

    def lookups(self, _request: HttpRequest, _page: Any) -> list[tuple[str, str]]:
        tags = Tag.objects.order_by("key").values_list("name", flat=True)[:MOST_TAGS]
        return [(name, name) for name in tags]

    def queryset(self, _request: HttpRequest, rows: InvoiceQuerySet) -> InvoiceQuerySet:
        words = [word for word in self.used_parameters.get(TAG) or [] if word]
        return rows.tagged(words) if words else rows

    def has_output(self) -> bool:
        """Also where there is no tag yet, and the address names one."""
        return super().has_output() or bool(self.used_parameters.get(TAG))


class AccountFilter(AutocompleteFilter):
    """The invoices of a patient, and of everybody whose account they share after a merge."""

    def queryset(self, _request: HttpRequest, rows: InvoiceQuerySet) -> InvoiceQuerySet:
        named = self.value()
        if not named:
            return rows
        try:
            return rows.of_accounts([UUID(named)])
        except ValueError as error:
            raise IncorrectLookupParameters from error
