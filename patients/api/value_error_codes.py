"""Error codes of single values of patients and appointments, beside those that any value can have."""

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "unknown_patient": "There is no patient with this id.",
    "in_the_future": "The date is in the future.",
}
