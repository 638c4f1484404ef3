"""The one way in which invoices, their history and the price list leave.

An invoice leaves as the representation that its row holds (models/invoice/stored_representation.py); the rest is dicts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from billing.models import Invoice, InvoiceEvent, Service, Tag
from billing.models.invoice import stored_representation
from billing.models.invoice.record import Payer
from clinic.db.compiled import SpelledForMany
from clinic.json_values import Body, Written, moment_out, to_json
from patients.models import Patient
from patients.models.patient import full_name

Wire = dict[str, Any]

_MOMENTS = frozenset({"issue_date", "due_date"})
_NUMBERS = frozenset(
    """discount_amount discount_percent total_amount paid_amount credited_amount written_off_amount quantity unit_price
    tax_rate""".split()
)
_tags = SpelledForMany(lambda keys: Tag.objects.filter(pk__in=keys).order_by("key").values_list("pk", "name"))
_patients = SpelledForMany(
    lambda keys: Patient.objects.filter(pk__in=keys).values_list("pk", "given_name", "family_name", "address")
)


class Stored(Protocol):
    """An invoice, or the two columns of one that are needed to tell it."""

    @property
    def pk(self) -> UUID: ...

    @property
    def wire_document(self) -> str | None: ...


def invoice_out(invoice: Invoice) -> Body:
    """An invoice as it leaves, from memory as its last verb left it."""
    document = stored_representation.read(invoice.wire_document)
    if document is None:
        return invoices_out([invoice])[0]
    found = stored_representation.opened(document)
    if found is None:
        return Written(document)
    payer = _payer_out(invoice.payer) if found.patient_id else ""
    words = invoice.words
    tags = _named(found.tags, _names(found.tags)) if words is None else [tag.name for tag in words]
    return Written(stored_representation.completed(found, payer=payer, tags=tags))


def invoices_out(invoices: Sequence[Stored]) -> list[Body]:
    """Invoices as they leave, from their documents: no statement, but one each for names of tags and of patients where
    a document leaves them open, and three for all whose document is missing or of an old format."""
    documents = stored_representation.read_all(invoice.wire_document for invoice in invoices)
    old = [invoice.pk for invoice, document in zip(invoices, documents, strict=True) if document is None]
    if not old:
        return _completed(documents)
    rows = Invoice.objects.filter(pk__in=old).to_write()
    anew = {invoice.pk: stored_representation.read(invoice.written_anew()) for invoice in rows}
    return _completed(anew.get(invoice.pk, document) for invoice, document in zip(invoices, documents, strict=True))


def _completed(documents: Iterable[str | None]) -> list[Body]:
    """Documents with what belongs to others."""
    found = [(document, stored_representation.opened(document)) for document in documents if document is not None]
    partial = [it for _, it in found if it]
    payers = _payers({it.patient_id for it in partial if it.patient_id})
    names = _names({key for it in partial for key in it.tags})
    return [
        Written(
            stored_representation.completed(
                it, payer=payers.get(it.patient_id or "", "{}"), tags=_named(it.tags, names)
            )
            if it
            else document
        )
        for document, it in found
    ]


def _names(keys: Collection[str]) -> dict[str, str]:
    """The names of tags by their ids, in the order in which they are told; one statement, if there are any."""
    return {str(key): name for key, name in _tags.all(keys)}


def _named(keys: Collection[str], names: Mapping[str, str]) -> list[str]:
    """Of all names, those of these tags."""
    return [name for key, name in names.items() if key in keys] if keys else []


def _payers(keys: Collection[str]) -> dict[str, str]:
    """The JSON of patients as those who pay, by their ids; one statement, if there are any."""
    return {
        str(key): _payer_out(Payer(full_name(given, family), address))
        for key, given, family, address in _patients.all(keys)
    }


def _payer_out(payer: Payer) -> str:
    return to_json(payer._asdict()).decode()


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
