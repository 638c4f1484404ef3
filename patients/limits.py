"""Lengths of the texts of patients and appointments, and the earliest birth date."""

from datetime import date

from clinic.domain.dates import YEARS

EARLIEST_BIRTH = date(YEARS[0], 1, 1)

RECORD_NUMBER_LENGTH = 40
NAME_LENGTH = 100  # of a given name or a family name
PHONE_LENGTH = 40
ADDRESS_LENGTH = 500
LANGUAGE_LENGTH = 35  # BCP 47
PRACTITIONER_LENGTH = 120
APPOINTMENT_REASON_LENGTH = 500
STATUS_LENGTH = 10  # of the longest status of an appointment

SORT_NAME_LENGTH = 420  # of both names, in which some letters become several
