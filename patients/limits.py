"""Lengths of the texts of patients and appointments, for models, serializers and forms."""

RECORD_NUMBER_LENGTH = 40
NAME_LENGTH = 100  # of a given name or a family name
PHONE_LENGTH = 40
ADDRESS_LENGTH = 500
LANGUAGE_LENGTH = 35  # BCP 47
PRACTITIONER_LENGTH = 120
APPOINTMENT_REASON_LENGTH = 500

SORT_NAME_LENGTH = 420  # of both names, in which some letters become several
