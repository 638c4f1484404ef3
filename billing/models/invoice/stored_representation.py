"""The JSON of an invoice as the API returns it, stored in the invoice's own row: serializer, template, placeholders.

A list of invoices is read from one column, without their items and without a serializer. The stored text is a
template: it depends on the invoice alone (its row, its items, the ids of its tags, the invoice that corrects it), and
has a placeholder where the API returns what belongs to others: the names of the tags, and the name and address of the
patient where nobody else pays. Renaming a tag or a patient changes no invoice. It does not depend on the time, and
every change of the invoice renders it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from django.conf import settings

from billing.models.catalogue import Tag
from billing.models.invoice.items import InvoiceItem
from clinic.json_values import JsonObject, RawJSON, encode_datetime, encode_decimal, to_json

if TYPE_CHECKING:
    from billing.models.invoice.model import Invoice

CORRECTION = "correction_id"
"""Annotation with the id of the invoice that corrects another, which would cost a statement each."""

FORMAT = 4
"""To be raised with each change of the serializer: a representation of another format is rendered again when read."""

MARK = "\x1f"
"""Before and after a placeholder. JSON escapes control characters, so this one never stands in a text."""

COLUMNS = (
    "status",
    "patient_id",
    "appointment_id",
    "issue_date",
    "due_date",
    "bill_to_name",
    "bill_to_address",
    "discount_amount",
    "discount_percent",
    "notes",
    "corrects_id",
    "currency",
    "reg_number",
    "subtotal",
    "discount_total",
    "taxes",
    "tax_amount",
    "total_amount",
    "paid_amount",
    "credited_amount",
    "written_off_amount",
    "remaining_amount",
    "created_at",
    "updated_at",
)
"""Columns of the row that it contains: the database refuses a change of one without one of the representation."""


class RelatedData(NamedTuple):
    """The content of a representation besides the row: items as JSON, the ids of the tags, the id of the correction."""

    items: list[JsonObject]
    tags: Sequence[str]
    corrected_by_id: str | None


class Placeholder(NamedTuple):
    """A value to be filled in: `payer` with the id of the patient, or `tags` with the ids of the tags."""

    kind: str
    ids: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Placeholder":
        """Return the placeholder that a template has between two marks.

        >>> Placeholder.parse("tags ab-1 ab-2")
        Placeholder(kind='tags', ids=('ab-1', 'ab-2'))
        """
        kind, *ids = text.split(" ")
        return cls(kind, tuple(ids))


def heading() -> str:
    """Return the beginning of a stored representation: its format, and the time zone of its datetimes."""
    return f"{FORMAT} {settings.CLINIC_TIME_ZONE}\n"


def render(invoice: "Invoice", related: RelatedData) -> str:
    """Return the representation of an invoice as it is stored."""
    return heading() + to_json(_invoice_json(invoice, related)).decode()


def read(stored: str | None) -> str | None:
    """Return the template of a stored representation; None when there is none, or one of another format or zone."""
    return read_all([stored])[0]


def read_all(stored: Iterable[str | None]) -> list[str | None]:
    """Return the templates of several stored representations, as `read` does."""
    beginning = heading()
    size = len(beginning)
    return [text[size:] if text is not None and text.startswith(beginning) else None for text in stored]


def placeholders(template: str) -> list[str]:
    """Return the placeholders of a template, as texts.

    >>> placeholders('{"payer":\\x1fpayer ab-1\\x1f,"tags":\\x1ftags ab-2 ab-3\\x1f}')
    ['payer ab-1', 'tags ab-2 ab-3']
    """
    return template.split(MARK)[1::2]


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the JSON of a template with each placeholder replaced by its JSON. KeyError if one is missing.

    >>> fill('{"payer":\\x1fpayer ab-1\\x1f,"tags":[]}', {"payer ab-1": '{"name":"Ana"}'})
    '{"payer":{"name":"Ana"},"tags":[]}'
    """
    parts = template.split(MARK)
    parts[1::2] = [values[part] for part in parts[1::2]]
    return "".join(parts)


def related_data(invoice: "Invoice") -> RelatedData:
    """Return what the stored representation contains besides the row; read from the tables where `read` is None."""
    template = read(invoice.wire_document)
    if template is None:
        return read_related_data(invoice)
    found = placeholders(template)
    data = orjson.loads(fill(template, dict.fromkeys(found, "null")))
    tags = [parsed.ids for parsed in map(Placeholder.parse, found) if parsed.kind == "tags"]
    return RelatedData(data["items"], tags[0] if tags else (), data["corrected_by_id"])


def read_related_data(invoice: "Invoice") -> RelatedData:
    """Return what a representation contains besides the row, from the tables, or as far as it was read with the row."""
    if not hasattr(invoice, CORRECTION):
        corrections = type(invoice).objects.filter(corrects=invoice.pk)
        setattr(invoice, CORRECTION, corrections.values_list("pk", flat=True).first())
    correction = getattr(invoice, CORRECTION)
    items = [item_json(item) for item in invoice.ordered_items]
    return RelatedData(items, tag_ids(invoice.tags.all()), correction and str(correction))


def item_json(item: InvoiceItem) -> JsonObject:
    """Return an item as JSON."""
    return {
        "id": item.pk,
        "service_id": item.service_id,
        "code": item.code,
        "description": item.description,
        "quantity": encode_decimal(item.quantity),
        "unit_price": encode_decimal(item.unit_price),
        "discount_amount": encode_decimal(item.discount_amount),
        "discount_percent": encode_decimal(item.discount_percent),
        "tax_rate": encode_decimal(item.tax_rate),
        "service_date": item.service_date,
        "position": item.position,
        "line_total": encode_decimal(item.line_total),
    }


def tag_ids(tags: Iterable[Tag]) -> list[str]:
    """Return the ids of tags in the order in which a representation has them."""
    return sorted(str(tag.pk) for tag in tags)


def _invoice_json(invoice: "Invoice", related: RelatedData) -> JsonObject:
    return {
        "issue_date": encode_datetime(invoice.issue_date),
        "due_date": encode_datetime(invoice.due_date),
        "status": invoice.status,
        "discount_amount": encode_decimal(invoice.discount_amount),
        "discount_percent": encode_decimal(invoice.discount_percent),
        "paid_amount": encode_decimal(invoice.paid_amount),
        "appointment_id": invoice.appointment_id,
        "patient_id": invoice.patient_id,
        "id": invoice.pk,
        "subtotal": encode_decimal(invoice.subtotal),
        "remaining_amount": encode_decimal(invoice.remaining_amount),
        "total_amount": encode_decimal(invoice.total_amount),
        "reg_number": invoice.reg_number,
        "items": related.items,
        "notes": invoice.notes,
        "discount_total": encode_decimal(invoice.discount_total),
        "taxes": [
            {"rate": encode_decimal(tax.rate), "net": encode_decimal(tax.net), "tax": encode_decimal(tax.tax)}
            for tax in invoice.tax_lines
        ],
        "tax_amount": encode_decimal(invoice.tax_amount),
        "credited_amount": encode_decimal(invoice.credited_amount),
        "written_off_amount": encode_decimal(invoice.written_off_amount),
        "currency": invoice.currency,
        "corrects_id": invoice.corrects_id,
        "corrected_by_id": related.corrected_by_id,
        "created_at": encode_datetime(invoice.created_at),
        "updated_at": encode_datetime(invoice.updated_at),
        "bill_to": invoice.bill_to and invoice.bill_to._asdict(),
        "payer": invoice.payer._asdict() if invoice.bill_to_name else _placeholder("payer", [invoice.patient_id]),
        "tags": _placeholder("tags", related.tags) if related.tags else [],
    }


def _placeholder(kind: str, ids: Iterable[Any]) -> RawJSON:
    return RawJSON(f"{MARK}{' '.join([kind, *map(str, ids)])}{MARK}")
