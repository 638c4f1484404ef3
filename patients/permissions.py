"""Permissions of patients and appointments: the scope and the Django permission of each.

`billing/roles.py` has the roles: who has which permission.
"""

from clinic.domain.permissions import Permission

READ_PATIENTS = Permission("patient:read", "patients.view_patient", own_records=True)
ADD_PATIENT = Permission("patient:write", "patients.add_patient")
CHANGE_PATIENT = Permission("patient:write", "patients.change_patient")
MERGE_PATIENTS = Permission("patient:write", "patients.merge_patient")
READ_APPOINTMENTS = Permission("patient:read", "patients.view_appointment", own_records=True)
ADD_APPOINTMENT = Permission("patient:write", "patients.add_appointment")
CHANGE_APPOINTMENT = Permission("patient:write", "patients.change_appointment")
