"""Revise an invoice: the difference between it and an input, what of it is allowed, and its audit event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Model

from billing.choices import EventKind, InvoiceStatus
from billing.models import Invoice, Tag
from billing.models.invoice.item_list import ItemList
from billing.models.invoice.model import LockedInvoice
from billing.models.invoice.payer import Payer
from billing.operations.invoice_input import InvoiceInput
from billing.operations.item_input import replace_items
from billing.operations.operation_checks import check_appointment, check_discount
from billing.operations.recording import record_event
from billing.roles import CHANGE
from billing.rules.lifecycle import check_editable
from billing.rules.paid_amount import TotalBelowPaid, check_patient_change
from clinic.domain.permissions import check_permission
from clinic.domain.text import comparison_key

API_NAMES = {"patient": "patient_id", "appointment": "appointment_id"}
"""The API names of the fields that hold a record."""
FIGURES = {"items", "discount_amount", "discount_percent"}
"""The API names of the fields that the total follows from."""


def revise(invoice: LockedInvoice, data: InvoiceInput, *, by: User, at: datetime) -> bool:
    """Change what the input changes of a locked invoice, as far as its status allows; False when nothing differs.

    InvoiceImmutable names each frozen field; DraftHasDeposit and TotalBelowPaid keep a draft's deposit; ItemsRefused,
    InvalidTotals, AppointmentOfAnother, DiscountNeedsSupervisor. All of them before anything is written.
    """
    check_permission(by, CHANGE)
    diff = InvoiceDiff.between(invoice, data)
    if not diff.is_change:
        return False
    check_editable(InvoiceStatus(invoice.status), diff.changed_fields)
    if "patient" in diff.new_values:
        check_patient_change(paid=invoice.paid_amount)
    for name, value in diff.new_values.items():
        _write_field(invoice, name, value)
    if diff.new_values.keys() & {"patient", "appointment"}:
        check_appointment(invoice.patient, invoice.appointment)
    if diff.items is not None:
        try:
            invoice.calculate_totals(diff.items)
        except TotalBelowPaid as refusal:
            raise refusal.pointing_at(*(f"/{name}" for name in sorted(diff.changed_fields & FIGURES))) from None
        if diff.changes_figures:
            check_discount(invoice, diff.items, by=by)
    tags = None if diff.tag_names is None else Tag.objects.get_or_create_named(diff.tag_names)
    if tags is not None:
        invoice.tags.set(tags)
        invoice.set_tags(tags)
    invoice.save(items=diff.items, calculated=True, at=at)
    record_event(invoice, diff.kind, by=by, at=at, changes=diff.as_event_changes(invoice, tags), saved=True)
    return True


@dataclass(slots=True)
class InvoiceDiff:
    """The differences between an invoice and an input, and the values before."""

    new_values: dict[str, Any]
    old_values: dict[str, Any]
    items: ItemList | None
    old_items: list[dict[str, Any]]
    items_changed: bool
    tag_names: list[str] | None
    old_tag_names: list[str]
    old_total: Decimal

    @classmethod
    def between(cls, invoice: Invoice, data: InvoiceInput) -> Self:
        """Compare; a repeated value is no difference. ItemsRefused when the items name none of this invoice.

        `items` are the new items of a draft, None where they cannot change; `tag_names` the new tags, None where they
        are the same.
        """
        is_draft = invoice.status == InvoiceStatus.DRAFT
        stored = invoice.ordered_items if data.items is not None or is_draft else []
        items = ItemList.stored(stored) if data.items is None else replace_items(data.items, stored)
        new_values = {name: value for name, value in data.fields.items() if _differs(invoice, name, value)}
        old_tags = [] if data.tags is None else list(invoice.tags.all())
        tags_differ = data.tags is not None and {tag.key for tag in old_tags} != set(map(comparison_key, data.tags))
        return cls(
            new_values=new_values,
            old_values={name: _read_field(invoice, name) for name in new_values},
            items=items if is_draft else None,
            old_items=[item.editable_values() for item in stored],
            items_changed=items.is_changed,
            tag_names=list(data.tags or ()) if tags_differ else None,
            old_tag_names=[tag.name for tag in old_tags],
            old_total=invoice.total_amount,
        )

    @property
    def is_change(self) -> bool:
        """True if anything differs."""
        return bool(self.new_values) or self.items_changed or self.tag_names is not None

    @property
    def changes_figures(self) -> bool:
        """True if the items or the discount of the invoice differ."""
        return bool(self.changed_fields & FIGURES)

    @property
    def changed_fields(self) -> set[str]:
        """The API names of the fields that differ and that EDITABLE lists."""
        fields = {API_NAMES.get(name, name) for name in self.new_values if name != "internal_note"}
        if self.items_changed:
            fields.add("items")
        if self.tag_names is not None:
            fields.add("tags")
        return fields

    @property
    def kind(self) -> EventKind:
        """TAGGED if only the tags differ, else UPDATED."""
        return EventKind.UPDATED if self.new_values or self.items_changed else EventKind.TAGGED

    def as_event_changes(self, invoice: Invoice, tags: Sequence[Tag] | None) -> dict[str, Any]:
        """Return {field: [from, to]}, as an event stores it, of the invoice that has been saved with these tags."""
        changes: dict[str, Any] = {
            API_NAMES.get(name, name): [_as_json(self.old_values[name]), _as_json(_read_field(invoice, name))]
            for name in self.new_values
        }
        if tags is not None:
            changes["tags"] = [self.old_tag_names, [tag.name for tag in tags]]
        if self.items_changed:
            new_items = [item.editable_values() for item in self.items or []]
            changes["items"] = [_as_json(self.old_items), _as_json(new_items)]
        if invoice.total_amount != self.old_total:
            changes["total_amount"] = [str(self.old_total), str(invoice.total_amount)]
        return changes


def _read_field(invoice: Invoice, name: str) -> Any:
    return invoice.payer if name == "bill_to" else getattr(invoice, name)


def _write_field(invoice: Invoice, name: str, value: Any) -> None:
    if name == "bill_to":
        invoice.bill_to_name, invoice.bill_to_address = value
    else:
        setattr(invoice, name, value)


def _differs(invoice: Invoice, name: str, value: Any) -> bool:
    if name == "bill_to" and not value.name:
        return invoice.bill_to is not None
    if name in API_NAMES:  # compared by id, which costs no statement
        return bool(getattr(invoice, API_NAMES[name]) != (value and value.pk))
    return bool(_read_field(invoice, name) != value)


def _as_json(value: Any) -> Any:
    """Return a value as an event stores it: records by their id, decimals as strings. TypeError for other types."""
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
            return {name: _as_json(item) for name, item in value.items()}
        case list():
            return [_as_json(item) for item in value]
    raise TypeError(f"an event cannot store {value!r}")
