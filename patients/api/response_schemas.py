"""Response schemas of patients and appointments; a test compares them with real responses."""

from typing import Annotated

from clinic.api.schema.shapes import Date, DateTime, Id, Warned
from patients.models import AppointmentStatus


class PatientShape(Warned):
    """A patient."""

    id: Id
    record_number: str
    given_name: str
    family_name: str
    full_name: str
    birth_date: Date | None
    phone: str
    email: str
    address: str
    language: Annotated[str, "A language code, such as `de` or `pt-BR`."]
    active: bool
    merged_into: Annotated[Id | None, "The patient into whom this one was merged."]
    merged_at: DateTime | None
    created_at: DateTime
    updated_at: DateTime


class AppointmentShape(Warned):
    """An appointment of a patient."""

    id: Id
    patient_id: Id
    starts_at: DateTime
    ends_at: DateTime | None
    practitioner: str
    reason: str
    status: AppointmentStatus
    created_at: DateTime
    updated_at: DateTime
