"""Warnings of inactive patients and services, in the user's language."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from billing.operations.inactive_records import InactiveRecords


def inactive_warnings(inactive: InactiveRecords) -> Iterator[str]:
    """Yield a sentence for each inactive record."""
    if inactive.patient:
        yield _("The patient %(name)s is marked as inactive.") % {"name": inactive.patient.full_name}
    for service in inactive.services:
        text = _("“%(description)s” (%(code)s) is no longer on the price list.")
        yield text % {"description": service.description, "code": service.code}
