"""Filter sets of invoices, payments and services."""

from uuid import UUID

from django.db import models
from django.db.models import Q

from billing.api.serializers import STATUS_SYNONYMS
from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.models.payment import PaymentQuerySet
from billing.rules.limits import MAX_TAGS
from clinic.api.lists.filters import (
    ChoiceFilter,
    DateTimeFrom,
    DateTimeTo,
    FlagFilter,
    MoneyFilter,
    SameTextFilter,
    StrictFilterSet,
    TagsFilter,
    UUIDFilter,
)
from clinic.domain.dates import today


class InvoiceFilters(StrictFilterSet):
    patient_id = UUIDFilter("patient", method="of_accounts")
    appointment_id = UUIDFilter("appointment")
    status = ChoiceFilter("status", choices=InvoiceStatus, synonyms=STATUS_SYNONYMS)
    tags = TagsFilter("tags", method="with_any")
    tags_all = TagsFilter("tags", method="with_all", max_values=MAX_TAGS)
    overdue = FlagFilter("due_date", method="by_age")
    issue_date_from = DateTimeFrom("issue_date")
    issue_date_to = DateTimeTo("issue_date")
    due_date_from = DateTimeFrom("due_date")
    due_date_to = DateTimeTo("due_date")
    created_from = DateTimeFrom("created_at")
    created_to = DateTimeTo("created_at")
    min_remaining = MoneyFilter("remaining_amount", lookup_expr="gte")
    max_remaining = MoneyFilter("remaining_amount", lookup_expr="lte")
    links: models.QuerySet | None = None

    def of_accounts(self, rows: InvoiceQuerySet, _name: str, patient_ids: list[UUID]) -> InvoiceQuerySet:
        """Invoices of these patients, and of everyone who shares their account after a merge."""
        return rows.of_accounts(patient_ids)

    def with_any(self, rows: InvoiceQuerySet, _name: str, words: list[str]) -> InvoiceQuerySet:
        """Invoices with at least one of the tags."""
        links = rows.tag_links(words)
        if not self.queryset.query.where and len(self.filters) == 1:
            self.links = links.values("tag") if len(words) == 1 else links.values("invoice").distinct()
        return rows.linked_by(links)

    def queryset_to_count(self, rows: models.QuerySet) -> models.QuerySet:
        """Return the rows to count: for a filter by tags alone the links of the tags, which are fewer than invoices."""
        return rows if self.links is None else self.links

    def with_all(self, rows: InvoiceQuerySet, _name: str, words: list[str]) -> InvoiceQuerySet:
        """Invoices with every one of the tags."""
        for word in words:
            rows = rows.tagged([word])
        return rows

    def by_age(self, rows: InvoiceQuerySet, _name: str, overdue: bool) -> InvoiceQuerySet:
        """Only invoices that are overdue today, or only all others."""
        if overdue:
            return rows.overdue(on=today())
        return rows.exclude(pk__in=Invoice.objects.overdue(on=today()).values("pk"))


class PatientInvoiceFilters(InvoiceFilters):
    """The filters of a patient's own invoices: all but tags, which are internal."""

    tags = None  # type: ignore[assignment]  # how django-filter takes a filter away
    tags_all = None  # type: ignore[assignment]


class PaymentFilters(StrictFilterSet):
    patient_id = UUIDFilter("patient", method="of_accounts")
    unallocated = FlagFilter("amount", method="by_credit")
    method = ChoiceFilter("method", choices=PaymentMethod)
    received_from = DateTimeFrom("received_at")
    received_to = DateTimeTo("received_at")

    def of_accounts(self, rows: PaymentQuerySet, _name: str, patient_ids: list[UUID]) -> PaymentQuerySet:
        """Payments of these patients, and of everyone who shares their account after a merge."""
        return rows.of_accounts(patient_ids)

    def by_credit(self, rows: PaymentQuerySet, _name: str, unallocated: bool) -> PaymentQuerySet:
        """Payments with unallocated credit, or those without."""
        return rows.filter(Q(unallocated__gt=0) if unallocated else Q(unallocated=0))


class ServiceFilters(StrictFilterSet):
    active = FlagFilter("active")
    code = SameTextFilter("code_key")
    category = SameTextFilter("category_key")
