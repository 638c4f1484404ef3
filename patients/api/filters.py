"""Filters of the lists of patients and appointments."""

from uuid import UUID

from django.db.models import QuerySet

from clinic.api.lists.filters import (
    ChoiceFilter,
    DateTimeFrom,
    DateTimeTo,
    FlagFilter,
    SameTextFilter,
    StrictFilterSet,
    UUIDFilter,
)
from patients.models import AppointmentQuerySet, AppointmentStatus


class PatientFilters(StrictFilterSet):
    active = FlagFilter("active")
    merged = FlagFilter("merged_into", method="by_merge")
    record_number = SameTextFilter("record_key")
    created_from = DateTimeFrom("created_at")
    created_to = DateTimeTo("created_at")

    def by_merge(self, rows: QuerySet, _name: str, merged: bool) -> QuerySet:
        """Only patients who were merged into another one, or only those who were not."""
        return rows.filter(merged_into__isnull=not merged)


class AppointmentFilters(StrictFilterSet):
    patient_id = UUIDFilter("patient", method="of_accounts")
    status = ChoiceFilter("status", choices=AppointmentStatus)
    practitioner = SameTextFilter("practitioner_key")
    starts_from = DateTimeFrom("starts_at")
    starts_to = DateTimeTo("starts_at")
    created_from = DateTimeFrom("created_at")
    created_to = DateTimeTo("created_at")

    def of_accounts(self, rows: AppointmentQuerySet, _name: str, patient_ids: list[UUID]) -> AppointmentQuerySet:
        """Appointments of these patients, and of everyone who shares their account after a merge."""
        return rows.of_accounts(patient_ids)
