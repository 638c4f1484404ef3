"""Examples of request bodies of patients and appointments, and the domain errors that can refuse them.

A test sends every example, with the ids of its own records in place of those here.
"""

from clinic.api.operation_docs import OperationDoc, OperationDocs
from patients.models.appointment import AppointmentKeepsPatient
from patients.models.patient import MergeRefused, RecordNumberTaken

PATIENT = "0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0001"

PATIENT_DOCS: OperationDocs = {
    "create": OperationDoc(
        {
            "A newcomer": {"given_name": "Ada", "family_name": "Newcomer"},
            "With particulars": {
                "record_number": "K-1815",
                "family_name": "Newcomer",
                "birth_date": "1985-12-10",
                "email": "ada@example.org",
                "language": "pt-BR",
            },
        },
        (RecordNumberTaken,),
    ),
    "update": OperationDoc({"A new address": {"address": "Lindenstraße 1, 10969 Berlin"}}, (RecordNumberTaken,)),
    "merge": OperationDoc({"Merge": {"into": PATIENT}}, (MergeRefused,)),
}

APPOINTMENT_DOCS: OperationDocs = {
    "create": OperationDoc(
        {
            "An appointment": {
                "patient_id": PATIENT,
                "starts_at": "2026-06-15T09:00:00Z",
                "practitioner": "Dr. Adeyemi",
            }
        }
    ),
    "update": OperationDoc({"It was kept": {"patient_id": PATIENT, "status": "completed"}}, (AppointmentKeepsPatient,)),
}
