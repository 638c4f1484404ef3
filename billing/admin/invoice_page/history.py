"""The history of an invoice in words: who did what and when, from what to what, through what, and why."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.choices import EventKind, InvoiceStatus
from billing.models import InvoiceEvent
from billing.templatetags.billing_numbers import unit_price
from clinic.admin import EMPTY, day, moment, money, quantity
from clinic.domain.dates import zone
from patients.models import Appointment, Patient

Text = str | Promise

LABELS: dict[str, Text] = {
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
# What an event names by its id alone: the page of the record, and what the record is.
DOCUMENTS: dict[str, tuple[str, Text]] = {
    "payment_id": ("admin:billing_payment_change", _("Payment")),
    "refund_id": ("admin:billing_refund_change", _("Refund")),
    "reversal_id": ("admin:billing_payment_change", _("Reversal")),
    "credit_note_id": ("admin:billing_creditnote_change", _("Credit note")),
}


class Link(NamedTuple):
    """A document that an event brought about."""

    title: Text
    url: str


class Change(NamedTuple):
    """What was, and what is instead; one of the two may be empty."""

    label: Text
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the page tells it."""

    event: InvoiceEvent
    changes: tuple[Change, ...]
    links: tuple[Link, ...]

    @property
    def icon(self) -> str:
        """A picture of what happened."""
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


def tell(events: Iterable[InvoiceEvent]) -> list[Told]:
    """The events in words; a statement each for patients and appointments that were exchanged, if any were."""
    events = list(events)
    named = _named(events)
    return [Told(event, tuple(_changes(event, named)), tuple(_links(event))) for event in events]


def _changes(event: InvoiceEvent, named: dict[str, str]) -> Iterator[Change]:
    for name, (before, after) in event.changes.items():
        if name in DOCUMENTS:
            continue
        if name == "items":
            yield from _items(before or [], after or [])
        else:
            said = SAID.get(name, lambda value: named.get(str(value), str(value)))
            yield Change(LABELS.get(name, name.replace("_", " ")), *(_or_none(said, each) for each in (before, after)))


def _links(event: InvoiceEvent) -> Iterator[Link]:
    for name, (_before, after) in event.changes.items():
        if name in DOCUMENTS and after:
            page, title = DOCUMENTS[name]
            yield Link(title, reverse(page, args=[after]))


def _items(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Change]:
    """Lines that went and lines that came, in their order; a line that only moved is told by the order alone."""
    went, came = (Counter(_item(line) for line in lines) for lines in (before, after))
    gone, new = list((went - came).elements()), list((came - went).elements())
    if not gone and not new:
        yield Change(_("Items"), "", gettext("in another order"))
    for at in range(max(len(gone), len(new))):
        yield Change(_("Item"), gone[at] if at < len(gone) else EMPTY, new[at] if at < len(new) else EMPTY)


def _item(line: dict[str, Any]) -> str:
    """“2 × Consultation at 80.00, 10 % off”."""
    words = gettext("%(quantity)s × %(description)s at %(price)s") % {
        "quantity": quantity(Decimal(line["quantity"])),
        "description": line["description"],
        "price": unit_price(Decimal(line["unit_price"])),
    }
    if Decimal(line["discount_percent"]):
        words += gettext(", %(percent)s%% off") % {"percent": quantity(Decimal(line["discount_percent"]))}
    if Decimal(line["discount_amount"]):
        words += gettext(", %(amount)s off") % {"amount": money(Decimal(line["discount_amount"]))}
    if Decimal(line["tax_rate"]):
        words += gettext(", %(rate)s%% tax") % {"rate": quantity(Decimal(line["tax_rate"]))}
    return words


def _named(events: list[InvoiceEvent]) -> dict[str, str]:
    """Names for the ids of patients and appointments."""
    ids: dict[str, set[UUID]] = {"patient_id": set(), "appointment_id": set()}
    for event in events:
        for name, known in ids.items():
            known.update(UUID(value) for value in event.changes.get(name, []) if value)
    names: dict[str, str] = {}
    if ids["patient_id"]:
        names |= {str(each.pk): str(each) for each in Patient.objects.filter(pk__in=ids["patient_id"])}
    if ids["appointment_id"]:
        visits = Appointment.objects.filter(pk__in=ids["appointment_id"])
        names |= {str(each.pk): moment(each.starts_at) for each in visits}
    return names


def _or_none(said: Callable[[Any], str], value: Any) -> str:
    return EMPTY if value in (None, "", []) else said(value)


def _amount(value: Any) -> str:
    return money(Decimal(value))


def _day(value: Any) -> str:
    return day(datetime.fromisoformat(value).astimezone(zone()))


SAID: dict[str, Callable[[Any], str]] = {
    "status": lambda value: str(InvoiceStatus(value).label),
    "tags": ", ".join,
    "bill_to": lambda value: ", ".join(filter(None, [value["name"], *value["address"].splitlines()])),
    "issue_date": _day,
    "due_date": _day,
    "discount_percent": lambda value: quantity(Decimal(value)),
    **{name: _amount for name in LABELS if name.endswith("_amount")},
}
