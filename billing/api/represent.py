"""The one way in which invoices, their history and the price list leave.

An invoice leaves as the document that its row holds (billing/models/wire.py); what else leaves is a dict, made by hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import orjson

from billing.models import Invoice, InvoiceEvent, Service, Tag, wire
from clinic.wire import Body, Written, moment_out
from patients.models import Patient

Wire = dict[str, Any]

_MOMENTS = frozenset({"issue_date", "due_date"})
_NUMBERS = frozenset(
    """discount_amount discount_percent total_amount paid_amount credited_amount written_off_amount quantity unit_price
    tax_rate""".split()
)


class Stored(Protocol):
    """An invoice, or the two columns of one that are needed to tell it."""

    pk: UUID
    wire_document: str | None


def invoice_out(invoice: Invoice) -> Body:
    """An invoice as it leaves, from memory as its last verb left it."""
    document = wire.read(invoice.wire_document)
    if document is None:
        return invoices_out([invoice])[0]
    if wire.is_whole(document):
        return Written(document)
    told = orjson.loads(document)
    payer = told["bill_to"] or invoice.payer._asdict()
    words = invoice.words
    tags = _names(told["tags"]) if words is None else {str(tag.pk): tag.name for tag in words}
    return wire.complete(told, payer=payer, tags=tags)


def invoices_out(invoices: Sequence[Stored]) -> list[Body]:
    """Invoices as they leave, from their documents: no statement, but one each for names of tags and of patients where
    a document leaves them open, and three for all whose document is missing or of an old format."""
    documents = {invoice.pk: wire.read(invoice.wire_document) for invoice in invoices}
    old = [key for key, document in documents.items() if document is None]
    if old:
        rows = Invoice.objects.filter(pk__in=old).to_write()
        documents |= {invoice.pk: wire.read(invoice.written_anew()) for invoice in rows}
    return _completed([_written(documents[invoice.pk] or "") for invoice in invoices])


def _written(document: str) -> Body:
    """A document as it leaves, where it is whole; else its members."""
    return Written(document) if wire.is_whole(document) else orjson.loads(document)


def _completed(invoices: list[Body]) -> list[Body]:
    """These, of which those that are no JSON yet get what belongs to others."""
    partial = [invoice for invoice in invoices if not isinstance(invoice, Written)]
    if not partial:
        return invoices
    tags = _names({key for invoice in partial for key in invoice["tags"]})
    payers = _payers({invoice["patient_id"] for invoice in partial if invoice["bill_to"] is None})
    return [
        invoice
        if isinstance(invoice, Written)
        else wire.complete(invoice, payer=payers.get(invoice["patient_id"], {}), tags=tags)
        for invoice in invoices
    ]


def _names(keys: Iterable[str]) -> dict[str, str]:
    """The names of tags by their ids, in the order in which they are told; one statement, if there are any."""
    if not keys:
        return {}
    rows = Tag.objects.filter(pk__in=keys).order_by("key").values_list("pk", "name")
    return {str(key): name for key, name in rows}


def _payers(keys: Iterable[str]) -> Mapping[str, Wire]:
    """Patients as those who pay, by their ids; one statement, if there are any."""
    if not keys:
        return {}
    patients = Patient.objects.filter(pk__in=keys).only("given_name", "family_name", "address")
    return {str(patient.pk): {"name": patient.full_name, "address": patient.address} for patient in patients}


def event_out(event: InvoiceEvent) -> Wire:
    """An event as it leaves."""
    return {
        "id": event.pk,
        "kind": event.kind,
        "at": moment_out(event.created_at),
        "by": event.created_by.get_username(),
        "client": event.client,
        "request_id": event.request_id,
        "reason": event.reason,
        "version": event.version,
        "status": event.status,
        "changes": {name: [_told(name, value) for value in change] for name, change in event.changes.items()},
    }


def _told(name: str, value: Any) -> Any:
    """A value of an event under the name that it has on the wire: amounts as numbers, moments in the clinic's zone."""
    if isinstance(value, str):
        if name in _NUMBERS:
            return Decimal(value)
        return moment_out(datetime.fromisoformat(value)) if name in _MOMENTS else value
    if isinstance(value, list):
        return [_told(name, member) for member in value]
    if isinstance(value, dict):
        return {key: _told(key, member) for key, member in value.items()}
    return value


# -- What the desk picks from


def service_out(service: Service) -> Wire:
    """A row of the price list as it leaves."""
    return {
        "id": service.pk,
        "code": service.code,
        "description": service.description,
        "category": service.category,
        "unit_price": service.unit_price,
        "tax_rate": service.tax_rate,
        "active": service.active,
        "created_at": moment_out(service.created_at),
        "updated_at": moment_out(service.updated_at),
    }


def tag_out(tag: Tag) -> Wire:
    """A tag as it leaves."""
    return {
        "id": tag.pk,
        "name": tag.name,
        "created_at": moment_out(tag.created_at),
        "updated_at": moment_out(tag.updated_at),
    }
