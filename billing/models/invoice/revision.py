"""What differs between an invoice and what a client or clerk sends for it, and how its history tells it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from django.db.models import Model

from billing.choices import EventKind, InvoiceStatus
from billing.models.catalogue import Tag, tag_key
from billing.models.invoice.item_list import Given, ItemList, replace_items
from billing.models.invoice.record import InvoiceRecord, Payer
from clinic.domain.errors import InvalidValue
from patients.models import Appointment, Patient

# The names of the wire for what is held as an object.
WIRE = {"patient": "patient_id", "appointment": "appointment_id"}


class AppointmentOfAnother(InvalidValue):
    """The appointment is of another patient than the invoice."""

    code = "appointment_of_other_patient"


def check_appointment(patient: Patient, appointment: Appointment | None) -> None:
    """AppointmentOfAnother unless the appointment is of the same account."""
    if appointment is not None and appointment.patient.account_root_id != patient.account_root_id:
        raise AppointmentOfAnother.at("/appointment_id", "The appointment belongs to another patient.")


def read_field(invoice: InvoiceRecord, name: str) -> Any:
    """A field as a Revision compares it."""
    return invoice.payer if name == "bill_to" else getattr(invoice, name)


def write_field(invoice: InvoiceRecord, name: str, value: Any) -> None:
    """Set a field of a Revision."""
    if name == "bill_to":
        invoice.bill_to_name, invoice.bill_to_address = value
    else:
        setattr(invoice, name, value)


@dataclass(slots=True)
class Revision:
    """The differences, and what stood there before."""

    differing: dict[str, Any]
    before: dict[str, Any]
    items: ItemList | None
    items_before: list[dict[str, Any]]
    tags: list[Tag] | None
    words_before: list[str]
    total_before: Decimal
    items_changed: bool

    @classmethod
    def of(
        cls,
        invoice: InvoiceRecord,
        *,
        changes: Mapping[str, Any],
        items: Sequence[Given] | None,
        tags: Iterable[str] | None,
    ) -> Self:
        """Compare; a repeated value is no difference. ItemsRefused when the items name none of this invoice."""
        is_draft = invoice.status == InvoiceStatus.DRAFT
        stored = invoice.lines if items is not None or is_draft else []
        lines = ItemList(stored, stored) if items is None else replace_items(items, stored)
        differing = {name: value for name, value in changes.items() if _differs(invoice, name, value)}
        named, words = (None, []) if tags is None else _retagged(invoice, tags)
        return cls(
            differing=differing,
            before={name: read_field(invoice, name) for name in differing},
            items=lines if is_draft else None,
            items_before=[item.content() for item in stored],
            tags=named,
            words_before=words,
            total_before=invoice.total_amount,
            items_changed=lines.is_changed,
        )

    @property
    def is_change(self) -> bool:
        """Whether anything differs."""
        return bool(self.differing) or self.items_changed or self.tags is not None

    @property
    def changes_figures(self) -> bool:
        """Whether what the invoice is worth is told anew."""
        return self.items_changed or bool(self.differing.keys() & {"discount_amount", "discount_percent"})

    @property
    def ruled_fields(self) -> set[str]:
        """What EDITABLE is asked about, under the names of the wire."""
        fields = {WIRE.get(name, name) for name in self.differing if name != "internal_note"}
        return fields | ({"items"} if self.items_changed else set()) | ({"tags"} if self.tags is not None else set())

    @property
    def kind(self) -> EventKind:
        """Tags alone are told as such."""
        return EventKind.UPDATED if self.differing or self.items_changed else EventKind.TAGGED

    def told(self, invoice: InvoiceRecord) -> dict[str, Any]:
        """Field: [from, to], as an event stores it, of the invoice that has been saved."""
        told: dict[str, Any] = {
            WIRE.get(name, name): [_told(self.before[name]), _told(read_field(invoice, name))]
            for name in self.differing
        }
        if self.tags is not None:
            told["tags"] = [self.words_before, [tag.name for tag in self.tags]]
        if self.items_changed:
            told["items"] = [_told(self.items_before), _told([item.content() for item in self.items or []])]
        if invoice.total_amount != self.total_before:
            told["total_amount"] = [str(self.total_before), str(invoice.total_amount)]
        return told


def _differs(invoice: InvoiceRecord, name: str, value: Any) -> bool:
    if name == "bill_to" and not value.name:
        return bool(invoice.bill_to_name)
    if name in WIRE:  # to compare their ids costs no statement
        return bool(getattr(invoice, WIRE[name]) != (value and value.pk))
    return bool(read_field(invoice, name) != value)


def _retagged(invoice: InvoiceRecord, words: Iterable[str]) -> tuple[list[Tag] | None, list[str]]:
    """The new tags, None when they are the old ones; and the old words."""
    before = list(invoice.tags.all())
    words = list(words)
    if {tag.key for tag in before} == {tag_key(word) for word in words}:
        return None, []
    return Tag.objects.named(words), [tag.name for tag in before]


def _told(value: Any) -> Any:
    """A value as JSON tells it: records by their id, decimals as they are written."""
    match value:
        case None | bool() | int() | str():
            return value
        case Model():
            return str(value.pk)
        case Payer():
            return value._asdict()
        case datetime() | date():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
        case dict():
            return {name: _told(item) for name, item in value.items()}
        case list():
            return [_told(item) for item in value]
    raise TypeError(f"an event cannot tell of {value!r}")
