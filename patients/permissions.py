"""What can be done about patients and appointments, and which scope and permission each act needs."""

from clinic.domain.permissions import Act

READ_PATIENTS = Act("patient:read", "patients.view_patient", own=True)
ADD_PATIENT = Act("patient:write", "patients.add_patient")
CHANGE_PATIENT = Act("patient:write", "patients.change_patient")
MERGE_PATIENTS = Act("patient:write", "patients.merge_patient")
READ_APPOINTMENTS = Act("patient:read", "patients.view_appointment", own=True)
ADD_APPOINTMENT = Act("patient:write", "patients.add_appointment")
CHANGE_APPOINTMENT = Act("patient:write", "patients.change_appointment")
