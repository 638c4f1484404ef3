"""Resolve the validated body of an invoice to an InvoiceInput: records in place of their ids."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from billing.models import Service
from billing.models.invoice.payer import Payer
from billing.operations.invoice_input import InvoiceInput
from billing.operations.item_input import ItemData
from clinic.api.responses.error_details import invalid_value
from clinic.domain.errors import FieldError, InvalidValue
from patients.models import Appointment, Patient

UNCHANGED_FIELDS = ("issue_date", "due_date", "discount_amount", "discount_percent", "notes")
"""Fields whose validated value is what the operations take."""

Values = Mapping[str, Any]


class UnknownRecord(InvalidValue):
    """The body refers to a record that does not exist."""

    code = "unknown_record"


def resolve_invoice(values: Values) -> InvoiceInput:
    """Return the input that the validated values of an InvoiceBody make.

    At most one statement each for the patient, the appointment and all services. UnknownRecord points at every id
    that does not exist.
    """
    data, errors = resolve_known(values)
    if errors:
        raise invalid_value(errors, UnknownRecord)
    return data


def resolve_known(values: Values) -> tuple[InvoiceInput, list[FieldError]]:
    """Return the input with None in place of the records that do not exist, and an error for each of those."""
    errors: list[FieldError] = []
    fields = {name: values[name] for name in UNCHANGED_FIELDS if name in values}
    if "patient_id" in values:
        fields["patient"] = _patient(values["patient_id"], errors)
    if "appointment_id" in values:
        fields["appointment"] = _appointment(values["appointment_id"], errors)
    if "bill_to" in values:
        payer = values["bill_to"] or {}
        fields["bill_to"] = Payer(payer.get("name", ""), payer.get("address", ""))
    items = _items(values["items"], errors) if "items" in values else None
    data = InvoiceInput(
        fields=fields,
        items=items,
        tags=values.get("tags"),
        status=values.get("status"),
        paid_amount=values.get("paid_amount"),
        reason=values.get("reason", ""),
    )
    return data, errors


def _patient(patient_id: UUID, errors: list[FieldError]) -> Patient | None:
    patient = Patient.objects.by_id(patient_id)
    if patient is None:
        errors.append(FieldError("/patient_id", "unknown_patient", "There is no patient with this id."))
    return patient


def _appointment(appointment_id: UUID | None, errors: list[FieldError]) -> Appointment | None:
    if appointment_id is None:
        return None
    appointment = Appointment.objects.select_related("patient").filter(pk=appointment_id).first()
    if appointment is None:
        errors.append(FieldError("/appointment_id", "unknown_appointment", "There is no appointment with this id."))
    return appointment


def _items(sent: Iterable[Values], errors: list[FieldError]) -> list[ItemData]:
    """Return the items with services in place of their ids."""
    items = [dict(item) for item in sent]
    wanted = {item["service_id"] for item in items if item.get("service_id")}
    services = Service.objects.in_bulk(wanted) if wanted else {}
    for index, item in enumerate(items):
        if "service_id" in item:
            service_id = item.pop("service_id")
            item["service"] = services.get(service_id)
            if service_id and item["service"] is None:
                pointer = f"/items/{index}/service_id"
                errors.append(FieldError(pointer, "unknown_service", "There is no service with this id."))
    return list(items)
