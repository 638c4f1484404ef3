"""Filters of the invoice list: age of the debt, tags, account."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing.models import Tag
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.reports.queues import OVERDUE
from billing.rules.ageing import BUCKETS, CURRENT
from clinic.admin import AutocompleteFilter, MultipleOptionsFilter, OptionsFilter
from clinic.admin.filters import UnreadableFilter
from clinic.domain.dates import today
from clinic.domain.text import clean
from clinic.i18n.lazy_text import LazyText

AGE, TAG = "age", "tag"
MAX_TAG_CHOICES = 500


class AgeFilter(OptionsFilter):
    """Filter of open invoices by age: all that are overdue, or one ageing bucket."""

    title = _("age of the debt")
    parameter_name = AGE

    def lookups(self, _request: HttpRequest, _page: Any) -> list[tuple[str, LazyText]]:
        late = [(bucket.key, _("%(days)s days") % {"days": bucket.label}) for bucket in BUCKETS[1:]]
        return [(CURRENT.key, _("Not yet due")), (OVERDUE.key, OVERDUE.label), *late]

    def queryset(self, _request: HttpRequest, rows: InvoiceQuerySet) -> InvoiceQuerySet:
        key = self.value()
        if not key:
            return rows
        if key == OVERDUE.key:
            return rows.overdue(on=today())
        bucket = next(bucket for bucket in BUCKETS if bucket.key == key)
        return rows.due_between(*bucket.due_range(today()))


class TagFilter(MultipleOptionsFilter):
    """Filter of invoices with any of the chosen tags."""

    title = _("tags")
    parameter_name = TAG

    def lookups(self, _request: HttpRequest, _page: Any) -> list[tuple[str, str]]:
        tags = Tag.objects.order_by("key").values_list("name", flat=True)[:MAX_TAG_CHOICES]
        return [(name, name) for name in tags]

    def queryset(self, _request: HttpRequest, rows: InvoiceQuerySet) -> InvoiceQuerySet:
        tags = [clean(tag) for tag in self.used_parameters.get(TAG) or [] if tag]
        return rows.tagged(tags) if tags else rows

    def has_output(self) -> bool:
        """Return whether the filter is shown: also if there is no tag yet, but the URL has one."""
        return super().has_output() or bool(self.used_parameters.get(TAG))


class AccountFilter(AutocompleteFilter):
    """Filter by the account of a patient: their invoices, and those of patients merged with them."""

    def queryset(self, _request: HttpRequest, rows: InvoiceQuerySet) -> InvoiceQuerySet:
        patient_id = self.value()
        if not patient_id:
            return rows
        try:
            return rows.of_accounts([UUID(patient_id)])
        except ValueError as error:
            raise UnreadableFilter(self.title, patient_id) from error
