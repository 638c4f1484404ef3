"""Response bodies of invoices and their events.

The body of an invoice is the representation that its row stores (models/invoice/stored_representation.py).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from billing.api.response_schemas import EventShape
from billing.models import Invoice, InvoiceEvent, Tag
from billing.models.invoice import stored_representation
from billing.models.invoice.payer import Payer
from billing.models.invoice.stored_representation import Placeholder
from clinic.api.responses.representation import represent
from clinic.db.compiled import CompiledQueryForKeys
from clinic.json_values import Body, JsonObject, RawJSON, encode_datetime, to_json
from patients.models import Patient
from patients.models.patient import full_name

_DATETIMES = frozenset({"issue_date", "due_date"})
_NUMBERS = frozenset(
    """discount_amount discount_percent total_amount paid_amount credited_amount written_off_amount quantity unit_price
    tax_rate""".split()
)
_tags = CompiledQueryForKeys(lambda keys: Tag.objects.filter(pk__in=keys).order_by("key").values_list("pk", "name"))
_patients = CompiledQueryForKeys(
    lambda keys: Patient.objects.filter(pk__in=keys).values_list("pk", "given_name", "family_name", "address")
)


class HasStoredRepresentation(Protocol):
    """An invoice, or the columns of one that its response body needs."""

    @property
    def pk(self) -> UUID: ...

    @property
    def wire_document(self) -> str | None: ...


def represent_invoice(invoice: Invoice) -> Body:
    """Return the response body of an invoice in memory, as its last operation left it."""
    template = stored_representation.read(invoice.wire_document)
    if template is None:
        return represent_invoices([invoice])[0]
    payer = None if invoice.bill_to_name else invoice.payer
    return _fill_all([template], payer=payer, tags=invoice.known_tags)[0]


def represent_invoices(invoices: Sequence[HasStoredRepresentation]) -> list[Body]:
    """Return the response bodies of invoices, from their stored representations.

    One statement for the names of tags and one for those of patients, where a representation needs them; three more
    if any representation is missing or of an old format.
    """
    templates = stored_representation.read_all(invoice.wire_document for invoice in invoices)
    outdated = [invoice.pk for invoice, template in zip(invoices, templates, strict=True) if template is None]
    if outdated:
        rows = Invoice.objects.filter(pk__in=outdated).for_rendering()
        rendered = {invoice.pk: stored_representation.read(invoice.render_representation()) for invoice in rows}
        templates = [rendered.get(invoice.pk, template) for invoice, template in zip(invoices, templates, strict=True)]
    return _fill_all([template for template in templates if template is not None])


def _fill_all(templates: Sequence[str], payer: Payer | None = None, tags: Iterable[Tag] | None = None) -> list[Body]:
    """Return templates filled in with the names of tags and, where the patient pays, the patient's particulars.

    `payer` and `tags` are those of a single template, where they are in memory.
    """
    texts = {text for template in templates for text in stored_representation.placeholders(template)}
    found = {text: Placeholder.parse(text) for text in texts}
    ids: dict[str, set[str]] = {"payer": set(), "tags": set()}
    for placeholder in found.values():
        ids[placeholder.kind].update(placeholder.ids)
    payers = _payers(ids["payer"]) if payer is None else dict.fromkeys(ids["payer"], _payer_json(payer))
    names = _tag_names(ids["tags"]) if tags is None else {str(tag.pk): tag.name for tag in tags}
    values = {
        text: payers[parsed.ids[0]] if parsed.kind == "payer" else _names_json(parsed.ids, names)
        for text, parsed in found.items()
    }
    return [RawJSON(stored_representation.fill(template, values)) for template in templates]


def _names_json(keys: Collection[str], names: Mapping[str, str]) -> str:
    """Return the JSON of the names of these tags, in the order of `names`."""
    return to_json([name for key, name in names.items() if key in keys]).decode()


def _tag_names(keys: Collection[str]) -> dict[str, str]:
    """Return the names of tags by their ids, in the order of their keys; one statement, if there are any."""
    return {str(key): name for key, name in _tags.all(keys)}


def _payers(keys: Collection[str]) -> dict[str, str]:
    """Return the JSON of patients as payers, by their ids; one statement, if there are any."""
    return {
        str(key): _payer_json(Payer(full_name(given, family), address))
        for key, given, family, address in _patients.all(keys)
    }


def _payer_json(payer: Payer) -> str:
    return to_json(payer._asdict()).decode()


def represent_event(event: InvoiceEvent) -> JsonObject:
    """Return the response body of an event."""
    changes = {name: [_encode_change(name, value) for value in change] for name, change in event.changes.items()}
    return represent(event, EventShape, at=event.created_at, by=event.created_by.get_username(), changes=changes)


def _encode_change(name: str, value: Any) -> Any:
    """Encode a value of an event by the API name of its field: amounts as numbers, datetimes in the clinic's zone."""
    if isinstance(value, str):
        if name in _NUMBERS:
            return Decimal(value)
        return encode_datetime(datetime.fromisoformat(value)) if name in _DATETIMES else value
    if isinstance(value, list):
        return [_encode_change(name, member) for member in value]
    if isinstance(value, dict):
        return {key: _encode_change(key, member) for key, member in value.items()}
    return value
