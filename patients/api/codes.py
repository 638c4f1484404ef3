"""What can be wrong with a single value of a patient or an appointment, beside what can be wrong with any value."""

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "unknown_patient": "There is no patient with this id.",
    "in_the_future": "The day has not come yet.",
}
