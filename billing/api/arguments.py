"""What an invoice's body tells the domain: records in place of ids, and wishes beside fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing.models import Service
from billing.models.invoice.item_list import Given
from billing.models.invoice.record import Payer
from billing.operations.requests import Wishes
from clinic.api.responses.messages import bad_value
from clinic.domain.errors import FieldError, InvalidValue
from patients.models import Appointment, Patient

AS_SENT = ("issue_date", "due_date", "discount_amount", "discount_percent", "notes")
Values = Mapping[str, Any]


class UnknownRecord(InvalidValue):
    """A body names a record that does not exist."""

    code = "unknown_record"


@dataclass(frozen=True, slots=True)
class Told:
    """A body as `create_invoice` and `update_invoice` take it; None: the body says nothing about it."""

    fields: dict[str, Any]
    items: list[Given] | None
    tags: list[str] | None
    wishes: Wishes


def told(values: Values) -> Told:
    """What the values of an InvoiceBody say.

    At most one statement each for the patient, the appointment and all services. UnknownRecord points at every id
    that nobody has.
    """
    errors: list[FieldError] = []
    fields = {name: values[name] for name in AS_SENT if name in values}
    fields["patient"] = _patient(values["patient_id"], errors)
    if "appointment_id" in values:
        fields["appointment"] = _appointment(values["appointment_id"], errors)
    if "bill_to" in values:
        payer = values["bill_to"] or {}
        fields["bill_to"] = Payer(payer.get("name", ""), payer.get("address", ""))
    items = _items(values["items"], errors) if "items" in values else None
    if errors:
        raise bad_value(errors, UnknownRecord)
    wishes = Wishes(values.get("status"), values.get("paid_amount"), values.get("reason", ""))
    return Told(fields, items, values.get("tags"), wishes)


def _patient(patient_id: UUID, errors: list[FieldError]) -> Patient | None:
    patient = Patient.objects.by_id(patient_id)
    if patient is None:
        errors.append(FieldError("/patient_id", "unknown_patient", "There is no patient with this id."))
    return patient


def _appointment(appointment_id: UUID, errors: list[FieldError]) -> Appointment | None:
    appointment = Appointment.objects.select_related("patient").filter(pk=appointment_id).first()
    if appointment is None:
        errors.append(FieldError("/appointment_id", "unknown_appointment", "There is no appointment with this id."))
    return appointment


def _items(sent: Iterable[Values], errors: list[FieldError]) -> list[Given]:
    """The items with services in place of their ids."""
    items = [dict(item) for item in sent]
    wanted = {item["service_id"] for item in items if item.get("service_id")}
    services = Service.objects.in_bulk(wanted) if wanted else {}
    for place, item in enumerate(items):
        if "service_id" in item:
            service_id = item.pop("service_id")
            item["service"] = services.get(service_id)
            if service_id and item["service"] is None:
                where = f"/items/{place}/service_id"
                errors.append(FieldError(where, "unknown_service", "There is no service with this id."))
    return list(items)
