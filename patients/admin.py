"""Admin of patients and appointments."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.admin import (
    MAX_SEARCH_RESULTS,
    PATIENTS,
    AutocompleteFilter,
    BooleanFilter,
    ChoicesFilter,
    DateRangeFilter,
    Dialog,
    DialogForm,
    NoDeleteAdmin,
    OptionsFilter,
    ReadOnlyTabularInline,
    SearchResult,
    SearchTextMixin,
    TextFormField,
    action,
    add_to_sidebar,
    change_url,
    list_entry,
    register_error_messages,
    search_provider,
)
from clinic.db.expressions import InNumberOrder
from clinic.domain.text import strip
from patients.limits import RECORD_NUMBER_LENGTH
from patients.models import Appointment, Patient, cancellation_warnings
from patients.permissions import MERGE_PATIENTS

add_to_sidebar(
    list_entry(PATIENTS, 10, _("Patients"), "group", "patients.patient"),
    list_entry(PATIENTS, 20, _("Appointments"), "event", "patients.appointment"),
)


register_error_messages(
    {
        "merge_refused": _("These patients cannot be merged: one of them has already been merged."),
        "record_number_taken": _("This record number belongs to another patient."),
        "appointment_patient_fixed": _(
            "The patient of an appointment cannot be changed. Cancel it and book another one."
        ),
        "unknown_patient": _("This patient does not exist."),
    }
)


@search_provider
def find_patients(request: HttpRequest, words: str) -> Iterator[SearchResult]:
    """Yield patients by name, record number, phone or e-mail, if the user may view patients."""
    if request.user.has_perm("patients.view_patient"):
        for patient in Patient.objects.not_merged().matching(words).order_by("sort_name", "pk")[:MAX_SEARCH_RESULTS]:
            yield SearchResult(patient.full_name, patient.record_number, change_url(patient), "person")


class MergeForm(DialogForm):
    """Form of a merge: the record number of the patient into whom the other one is merged."""

    live = True
    into = TextFormField(label=_("Record number of the patient to keep"), max_length=RECORD_NUMBER_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].initial = self.request.GET.get("into", "")

    def clean_into(self) -> Patient:
        """Return the patient with the record number."""
        survivor = Patient.objects.numbered(self.cleaned_data["into"]).first()
        if survivor is None:
            raise forms.ValidationError(_("No patient has this record number."))
        return survivor

    def preview(self) -> str:
        """Return a sentence that names both patients, once the record number is known."""
        typed = self["into"].value() or ""
        survivor = Patient.objects.numbered(strip(typed)).first() if typed else None
        if survivor is None:
            return ""
        text = _("%(patient)s will be merged into the account of %(survivor)s. This cannot be undone.")
        return text % {"patient": self.record, "survivor": survivor}


class MergedPatients(ReadOnlyTabularInline):
    model = Patient
    fk_name = "merged_into"
    fields = ["record_number", "given_name", "family_name", "merged_at", "merged_by"]
    verbose_name_plural = _("merged into this patient")


class MergedFilter(OptionsFilter):
    """Filter for patients who were merged into another one, or who were not."""

    title = _("merged")
    parameter_name = "merged"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Not merged")), ("yes", _("Merged into another"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return queryset.filter(merged_into__isnull=self.value() == "no")


@admin.register(Patient)
class PatientAdmin(SearchTextMixin, NoDeleteAdmin):
    """Admin of patients, with an action that merges a duplicate into another patient."""

    list_display = ["record_number", "family_name", "given_name", "birth_date", "phone", "email", "active"]
    list_display_links = ["record_number", "family_name"]
    list_order: ClassVar[Mapping[str, Any]] = {
        "record_number": InNumberOrder("record_number"),
        "family_name": "sort_name",
        "given_name": "given_name_key",
    }
    list_filter = [("active", BooleanFilter), MergedFilter, ("birth_date", DateRangeFilter)]
    search_help_text = _("Name, record number, phone or email")
    ordering = ["sort_name", "pk"]
    autocomplete_fields = ["login"]
    readonly_fields = ["merged_into", "merged_at", "merged_by", "created_at", "updated_at"]
    actions_detail = ["merge"]
    fieldsets = [
        (None, {"fields": ["record_number", ("given_name", "family_name"), "birth_date", "active"]}),
        (_("Contact"), {"fields": [("phone", "email"), "address", "language"]}),
        (_("Account"), {"fields": ["login", ("merged_into", "merged_at", "merged_by")]}),
        (_("Record"), {"fields": [("created_at", "updated_at")]}),
    ]

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:  # noqa: ARG002  # Django's signature
        """Redirect to the patient's page, from which an invoice or a payment starts."""
        return HttpResponseRedirect(change_url(obj))

    response_post_save_change = response_post_save_add

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:  # noqa: ARG002  # Django's signature
        return [MergedPatients] if obj and obj.merged_patients.exists() else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002  # Django's signature
        """Let only users who may change logins link one to a patient: it can see the patient's data."""
        may_change_logins = request.user.has_perm("auth.change_user")
        return [*self.readonly_fields, *([] if may_change_logins else ["login"])]

    @action(
        permissions=[MERGE_PATIENTS.django_permission],
        description=_("Merge into another patient"),
        form=MergeForm,
        dialog=Dialog(
            _("Merge into another patient"),
            submit=_("Merge"),
            text=_("The two records of the person become one account. Invoices and appointments stay where they are."),
            is_dangerous=True,
        ),
        when=lambda patient: patient.merged_into_id is None,
        icon="merge",
    )
    def merge(self, request: HttpRequest, patient: Patient, form: MergeForm) -> str:
        """Merge the patient into the chosen one."""
        survivor: Patient = form.cleaned_data["into"]
        patient.merge_into(survivor, by=request.user, at=timezone.now())  # type: ignore[arg-type]  # logged in
        return _("%(patient)s was merged into %(survivor)s.") % {"patient": patient, "survivor": survivor}


@admin.register(Appointment)
class AppointmentAdmin(SearchTextMixin, NoDeleteAdmin):
    """Admin of appointments; the patient of an appointment cannot change."""

    list_display = ["starts_at", "ends_at", "patient", "practitioner", "reason", "status"]
    list_filter = [("status", ChoicesFilter), ("starts_at", DateRangeFilter), ("patient", AutocompleteFilter)]
    list_select_related = ["patient"]
    list_order: ClassVar[Mapping[str, Any]] = {"patient": "patient__sort_name"}
    search_help_text = _("Patient, practitioner or reason")
    ordering = ["-starts_at", "-pk"]
    autocomplete_fields = ["patient"]
    fields = ["patient", "starts_at", "ends_at", "practitioner", "reason", "status", ("created_at", "updated_at")]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002  # Django's signature
        return ["created_at", "updated_at", *(["patient"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store the appointment; warn of what depends on one that is cancelled."""
        super().save_model(request, obj, form, change)
        if "status" in form.changed_data:
            for warning in cancellation_warnings(obj):
                messages.warning(request, warning.text)
