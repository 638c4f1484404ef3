"""Models of patients and appointments."""

from patients.models.appointment import Appointment, AppointmentKeepsPatient, AppointmentQuerySet, AppointmentStatus
from patients.models.cancellation import CancellationWarning, cancellation_warnings, register_cancellation_check
from patients.models.duplicates import LikelyDuplicate, likely_duplicates
from patients.models.patient import (
    MergeRefused,
    Patient,
    PatientQuerySet,
    RecordCounter,
    RecordNumberTaken,
    check_birth_date,
    is_language_tag,
)
