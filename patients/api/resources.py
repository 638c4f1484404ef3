"""API resources of patients and appointments."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from clinic.api.lists.listing import Listing, order_paths
from clinic.api.requests.serializers import ReadBody
from clinic.api.resources import Resource, verb
from clinic.domain.errors import FieldError, collecting
from patients import permissions
from patients.api.examples import APPOINTMENT_DOCS, PATIENT_DOCS
from patients.api.filters import AppointmentFilters, PatientFilters
from patients.api.response_schemas import AppointmentShape, PatientShape
from patients.api.serializers import AppointmentBody, MergeBody, PatientBody, represent_patient
from patients.api.value_error_codes import CODES
from patients.models import Appointment, AppointmentQuerySet, Patient, PatientQuerySet, cancellation_warnings
from patients.models.patient import check_name

CHANGES = ("update", "partial_update")
DUPLICATE_CHECK_FIELDS = frozenset({"given_name", "family_name", "birth_date", "phone", "email"})


class PatientResource(Resource):
    path = "patient"
    model = Patient
    body = PatientBody
    shape = PatientShape
    operation_docs = PATIENT_DOCS
    error_codes = CODES
    read_permission = permissions.READ_PATIENTS
    add_permission = permissions.ADD_PATIENT
    change_permission = permissions.CHANGE_PATIENT
    listing = Listing(
        filters=PatientFilters,
        search=PatientQuerySet.matching,
        orders=order_paths(
            "created_at updated_at birth_date",
            record_number="record_key",
            name="sort_name",
            family_name="sort_name",
            given_name="given_name_key",
        ),
    )

    def get_patient_queryset(self, patient_id: UUID, /) -> QuerySet:
        return Patient.objects.accounts([patient_id])

    def represent(self, record: Patient) -> dict[str, Any]:
        return represent_patient(record)

    def add(self, values: dict[str, Any]) -> Patient:
        patient = Patient.objects.register(created_at=self.at, **values)
        self._warn_of_duplicates(patient)
        return patient

    def change(self, record: Patient, values: dict[str, Any]) -> Patient:
        if DUPLICATE_CHECK_FIELDS.intersection(record.change(**values)):
            self._warn_of_duplicates(record)
        return record

    def find_errors(self, body: ReadBody, /) -> Iterable[FieldError]:
        errors: list[FieldError] = []
        with collecting(errors):
            if self.action == "merge" and "into" in body.values:
                Patient.objects.named(body.values["into"], "/into")
            elif self.action in CHANGES and body.is_sound("given_name") and body.is_sound("family_name"):
                stored = Patient.objects.get(pk=self.kwargs["key"])
                check_name(*(body.values.get(name, getattr(stored, name)) for name in ("given_name", "family_name")))
        return errors

    @verb("merge", permissions.MERGE_PATIENTS, body=MergeBody)
    def merge(self, patient: Patient, values: dict[str, Any]) -> dict[str, Any]:
        """Merge this patient into another one: both share its account."""
        patient.merge_into(Patient.objects.named(values["into"], "/into"), by=self.by, at=self.at)
        return self.represent(patient)

    def _warn_of_duplicates(self, patient: Patient) -> None:
        for other in patient.likely_duplicates()[:10]:
            self.warn("likely_duplicate", f"{patient.full_name} may be the same person as {other} ({other.pk}).")


class AppointmentResource(Resource):
    path = "appointment"
    model = Appointment
    body = AppointmentBody
    shape = AppointmentShape
    operation_docs = APPOINTMENT_DOCS
    error_codes = CODES
    read_permission = permissions.READ_APPOINTMENTS
    add_permission = permissions.ADD_APPOINTMENT
    change_permission = permissions.CHANGE_APPOINTMENT
    listing = Listing(
        filters=AppointmentFilters,
        search=AppointmentQuerySet.matching,
        orders=order_paths(
            "created_at updated_at starts_at ends_at status",
            practitioner="practitioner_key",
            patient="patient__sort_name",
        ),
    )

    def get_patient_queryset(self, patient_id: UUID, /) -> QuerySet:
        return Appointment.objects.of_accounts([patient_id])

    def add(self, values: dict[str, Any]) -> Appointment:
        patient = Patient.objects.named(values.pop("patient_id"), "/patient_id")
        return Appointment.objects.book(patient, created_at=self.at, **values)

    def find_errors(self, body: ReadBody, /) -> Iterable[FieldError]:
        errors: list[FieldError] = []
        times: dict[str, Any] = {name: body.values[name] for name in ("starts_at", "ends_at") if name in body.values}
        if self.action == "create" and "patient_id" in body.values:
            with collecting(errors):
                Patient.objects.named(body.values["patient_id"], "/patient_id")
        if self.action in CHANGES:
            stored = Appointment.objects.get(pk=self.kwargs["key"])
            times = {"starts_at": stored.starts_at, "ends_at": stored.ends_at} | times
        if all(map(body.is_sound, ("starts_at", "ends_at"))) and times.get("starts_at"):
            with collecting(errors):
                Appointment(**times).check_times()
        return errors

    def change(self, record: Appointment, values: dict[str, Any]) -> Appointment:
        if "status" in record.change(**values):
            for warning in cancellation_warnings(record):
                self.warn(warning.code, warning.detail)
        return record
