"""Models of patients and appointments."""

from patients.models.appointment import Appointment, AppointmentKeepsPatient, AppointmentQuerySet, AppointmentStatus
from patients.models.patient import (
    MergeRefused,
    Patient,
    PatientQuerySet,
    RecordCounter,
    RecordNumberTaken,
    check_birth_date,
    is_language_tag,
)
