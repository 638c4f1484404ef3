"""Extension point: warnings of other apps about an appointment that is cancelled, such as its invoices."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from patients.models.appointment import Appointment, AppointmentStatus


class CancellationWarning(NamedTuple):
    """A warning: the code and the English detail for the API, and a text in the user's language."""

    code: str
    detail: str
    text: str


CancellationCheck = Callable[[Appointment], Iterable[CancellationWarning]]
_checks: list[CancellationCheck] = []


def register_cancellation_check(check: CancellationCheck) -> CancellationCheck:
    """Add a function that yields the warnings about an appointment that has just been cancelled."""
    _checks.append(check)
    return check


def cancellation_warnings(appointment: Appointment) -> list[CancellationWarning]:
    """Return the warnings of all apps about an appointment; none unless it is cancelled."""
    if appointment.status != AppointmentStatus.CANCELLED:
        return []
    return [warning for check in _checks for warning in check(appointment)]
