"""Patients and appointments as the front desk sees them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from clinic.admin import FoundByWords, KeptAdmin, ReadOnlyTabularInline
from patients.models import Appointment, Patient


class MergedPatients(ReadOnlyTabularInline):
    model = Patient
    fk_name = "merged_into"
    fields = ["record_number", "given_name", "family_name", "merged_at", "merged_by"]
    verbose_name_plural = "merged into this patient"


@admin.register(Patient)
class PatientAdmin(FoundByWords, KeptAdmin):
    """Merging is a verb of the API; here it is only shown."""

    list_display = ["record_number", "family_name", "given_name", "birth_date", "phone", "email", "active"]
    list_display_links = ["record_number", "family_name"]
    list_filter = ["active", ("merged_into", admin.EmptyFieldListFilter), "language"]
    search_help_text = "Name, record number, phone or e-mail; case and accents do not matter."
    ordering = ["sort_name", "pk"]
    autocomplete_fields = ["login"]
    readonly_fields = ["merged_into", "merged_at", "merged_by", "created_at", "updated_at"]
    inlines = [MergedPatients]
    fieldsets = [
        (None, {"fields": ["record_number", ("given_name", "family_name"), "birth_date", "active"]}),
        ("Contact", {"fields": [("phone", "email"), "address", "language"]}),
        ("Account", {"fields": ["login", ("merged_into", "merged_at", "merged_by")]}),
        ("Record", {"fields": [("created_at", "updated_at")]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002  # Django's signature
        """Whose login a record names decides what that login sees: it is linked by whoever keeps the logins."""
        keeps_logins = request.user.has_perm("auth.change_user")
        return [*self.readonly_fields, *([] if keeps_logins else ["login"])]


@admin.register(Appointment)
class AppointmentAdmin(FoundByWords, KeptAdmin):
    """An appointment keeps its patient; a wrong one is cancelled."""

    list_display = ["starts_at", "ends_at", "patient", "practitioner", "reason", "status"]
    list_filter = ["status", "starts_at", "practitioner"]
    list_select_related = ["patient"]
    search_help_text = "Patient, practitioner or reason; case and accents do not matter."
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "pk"]
    autocomplete_fields = ["patient"]
    fields = ["patient", ("starts_at", "ends_at"), "practitioner", "reason", "status", ("created_at", "updated_at")]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002  # Django's signature
        return ["created_at", "updated_at", *(["patient"] if obj else [])]
