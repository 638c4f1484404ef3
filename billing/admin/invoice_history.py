"""History of an invoice: its events as readable entries with the changes, the reason and links."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.choices import EventKind, InvoiceStatus
from billing.models import Invoice, InvoiceEvent
from clinic.admin import EMPTY, format_date, format_datetime, format_money, format_quantity
from clinic.domain.dates import clinic_time_zone
from clinic.i18n.display import format_unit_price
from clinic.i18n.lazy_text import LazyText
from patients.models import Appointment, Patient

LABELS: dict[str, LazyText] = {
    "patient_id": _("Patient"),
    "appointment_id": _("Appointment"),
    "bill_to": _("Payer"),
    "issue_date": _("Issue date"),
    "due_date": _("Due date"),
    "discount_amount": _("Discount amount"),
    "discount_percent": _("Discount percent"),
    "notes": _("Notes"),
    "internal_note": _("Internal note"),
    "tags": _("Tags"),
    "status": _("Status"),
    "total_amount": _("Total"),
    "paid_amount": _("Paid"),
    "credited_amount": _("Credited"),
    "written_off_amount": _("Written off"),
}
# Records that an event names by id: URL name of the page, and title of the link.
RECORDS: dict[str, tuple[str, LazyText]] = {
    "payment_id": ("admin:billing_payment_change", _("Payment")),
    "refund_id": ("admin:billing_refund_change", _("Refund")),
    "reversal_id": ("admin:billing_payment_change", _("Reversal")),
    "credit_note_id": ("admin:billing_creditnote_change", _("Credit note")),
    "copied_from_id": ("admin:billing_invoice_change", _("Copied from this invoice")),
}


class Link(NamedTuple):
    """A link to a record that an event created."""

    title: LazyText
    url: str


class Change(NamedTuple):
    """The value of a field before and after an event; one of the two may be empty."""

    label: LazyText
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An event as it is displayed."""

    event: InvoiceEvent
    changes: tuple[Change, ...]
    links: tuple[Link, ...]

    @property
    def icon(self) -> str:
        """The name of the icon of the event's kind (Material Symbols)."""
        return ICONS.get(EventKind(self.event.kind), "edit")


ICONS = {
    EventKind.CREATED: "note_add",
    EventKind.ISSUED: "send",
    EventKind.VOIDED: "block",
    EventKind.PAID: "payments",
    EventKind.ALLOCATED: "payments",
    EventKind.REFUNDED: "undo",
    EventKind.REVERSED: "undo",
    EventKind.WRITTEN_OFF: "money_off",
    EventKind.REINSTATED: "restart_alt",
    EventKind.CREDIT_NOTE: "note_stack",
    EventKind.CORRECTED: "published_with_changes",
    EventKind.TAGGED: "label",
}


def describe_events(events: Iterable[InvoiceEvent]) -> list[HistoryEntry]:
    """Return an entry for each event. Runs one query for the patients and one for the appointments in the changes."""
    events = list(events)
    names = _names_of_ids(events)
    return [HistoryEntry(event, tuple(_changes(event, names)), tuple(_links(event))) for event in events]


def changes_by_others(invoice: Invoice, version: int) -> list[HistoryEntry]:
    """Read an invoice again, and return its changes after a version, the latest first."""
    invoice.refresh_from_db()
    events = invoice.events.filter(version__gt=version).select_related("created_by")
    return describe_events(events.order_by("-version", "-pk"))


def _changes(event: InvoiceEvent, names: dict[str, str]) -> Iterator[Change]:
    for name, (before, after) in event.changes.items():
        if name in RECORDS:
            continue
        if name == "items":
            yield from _item_changes(before or [], after or [])
        else:
            display = FORMATS.get(name, lambda value: names.get(str(value), str(value)))
            label = LABELS.get(name, name.replace("_", " "))
            yield Change(label, _display(display, before), _display(display, after))


def _links(event: InvoiceEvent) -> Iterator[Link]:
    for name, (_before, after) in event.changes.items():
        if name in RECORDS and after:
            url_name, title = RECORDS[name]
            yield Link(title, reverse(url_name, args=[after]))


def _item_changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Change]:
    """Yield the removed and added items in pairs; one change of the order if there are none."""
    counts_before, counts_after = (Counter(_describe_item(item) for item in items) for items in (before, after))
    removed = list((counts_before - counts_after).elements())
    added = list((counts_after - counts_before).elements())
    if not removed and not added:
        yield Change(_("Items"), "", gettext("reordered"))
    for old, new in zip_longest(removed, added, fillvalue=EMPTY):
        yield Change(_("Item"), old, new)


def _describe_item(item: dict[str, Any]) -> str:
    """Return a description such as “2 × Consultation at 80.00, 10 % off”."""
    text = gettext("%(quantity)s × %(description)s at %(price)s") % {
        "quantity": format_quantity(Decimal(item["quantity"])),
        "description": item["description"],
        "price": format_unit_price(Decimal(item["unit_price"])),
    }
    if Decimal(item["discount_percent"]):
        text += gettext(", %(percent)s%% off") % {"percent": format_quantity(Decimal(item["discount_percent"]))}
    if Decimal(item["discount_amount"]):
        text += gettext(", %(amount)s off") % {"amount": format_money(Decimal(item["discount_amount"]))}
    if Decimal(item["tax_rate"]):
        text += gettext(", %(rate)s%% tax") % {"rate": format_quantity(Decimal(item["tax_rate"]))}
    return text


def _names_of_ids(events: list[InvoiceEvent]) -> dict[str, str]:
    """Return the names of the patients and appointments whose ids are in the changes."""
    ids: dict[str, set[UUID]] = {"patient_id": set(), "appointment_id": set()}
    for event in events:
        for name, found in ids.items():
            found.update(UUID(value) for value in event.changes.get(name, []) if value)
    names: dict[str, str] = {}
    if ids["patient_id"]:
        names |= {str(each.pk): str(each) for each in Patient.objects.filter(pk__in=ids["patient_id"])}
    if ids["appointment_id"]:
        appointments = Appointment.objects.filter(pk__in=ids["appointment_id"])
        names |= {str(each.pk): format_datetime(each.starts_at) for each in appointments}
    return names


def _display(display: Callable[[Any], str], value: Any) -> str:
    return EMPTY if value in (None, "", []) else display(value)


def _amount(value: Any) -> str:
    return format_money(Decimal(value))


def _day(value: Any) -> str:
    return format_date(datetime.fromisoformat(value).astimezone(clinic_time_zone()))


# How the value of a field is displayed; other values are shown as they are stored.
FORMATS: dict[str, Callable[[Any], str]] = {
    "status": lambda value: str(InvoiceStatus(value).label),
    "tags": ", ".join,
    "bill_to": lambda value: ", ".join(filter(None, [value["name"], *value["address"].splitlines()])),
    "issue_date": _day,
    "due_date": _day,
    "discount_percent": lambda value: format_quantity(Decimal(value)),
    **{name: _amount for name in LABELS if name.endswith("_amount")},
}
