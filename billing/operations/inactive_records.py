"""The inactive patient and services that an invoice charges: allowed, and warned of by the API and the admin."""

from collections.abc import Iterable
from typing import NamedTuple

from billing.models import Invoice, Service
from patients.models import Patient


class InactiveRecords(NamedTuple):
    """The patient, if inactive, and the inactive services."""

    patient: Patient | None
    services: list[Service]


def inactive_records(patient: Patient | None, services: Iterable[Service]) -> InactiveRecords:
    """Return which of the records are inactive; a service is named once."""
    is_patient_inactive = patient is not None and not patient.active
    inactive = {service.pk: service for service in services if not service.active}
    return InactiveRecords(patient if is_patient_inactive else None, list(inactive.values()))


def inactive_records_of(invoice: Invoice) -> InactiveRecords:
    """Return the inactive records of a stored invoice; one query, if an item is from the price list."""
    charged = {item.service_id for item in invoice.ordered_items if item.service_id}
    services = Service.objects.in_bulk(charged) if charged else {}
    return inactive_records(invoice.get_patient(), services.values())
