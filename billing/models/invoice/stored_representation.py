"""How an invoice leaves by the API: the one serializer, and the document that it makes for the invoice's own row.

A list of invoices is read from one column, with neither items nor a serializer. The document depends on nothing but
the invoice itself: its row, its items, which tags it bears, and which invoice corrects it. What belongs to others is
put in when it leaves: the names of the tags, and the patient's own name and address where nobody else pays.
Nothing in it depends on the clock, and every change of the invoice stores it anew.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from django.conf import settings

from billing.models.catalogue import Tag
from billing.models.invoice.items import InvoiceItem
from clinic.json_values import encode_datetime, encode_decimal, to_json

if TYPE_CHECKING:
    from billing.models.invoice.model import Invoice

CORRECTION = "correction_id"
"""The id of the invoice that corrects another, as an annotation: asking for it would cost a statement each."""
FORMAT = 1
"""To be raised with each change of what follows: documents of another format are made anew when they are read."""

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
"""What of the row the document tells: the database refuses a change of these that leaves it as it was."""

Wire = dict[str, Any]
# In a text of JSON, quotation marks have a backslash before them: none of these stands within one.
_PATIENT = '"patient_id":"'
_NOBODY_ELSE_PAYS = '"bill_to":null'
_TAGS = ',"tags":['
_NO_TAGS = ',"tags":[]}'


class RelatedData(NamedTuple):
    """What of a document is not in the invoice's row: `items` as they leave, the tags' ids, and the correction's."""

    items: list[Wire]
    tags: Sequence[str]
    corrected_by_id: str | None


def heading() -> str:
    """What a stored document begins with: its format, and the zone in which its moments are told."""
    return f"{FORMAT} {settings.CLINIC_TIME_ZONE}\n"


def render(invoice: "Invoice", beside: RelatedData) -> str:
    """The document of an invoice, as it is stored."""
    return heading() + to_json(_invoice_out(invoice, beside)).decode()


def read(stored: str | None) -> str | None:
    """The JSON of a stored document; None when there is none, or one of another format or zone."""
    return read_all([stored])[0]


def read_all(stored: Iterable[str | None]) -> list[str | None]:
    """The same of several."""
    begin = heading()
    size = len(begin)
    return [it[size:] if it is not None and it.startswith(begin) else None for it in stored]


def related_data(stored: str | None) -> RelatedData | None:
    """What a stored document says beside the row; None where `read` says None."""
    document = read(stored)
    if document is None:
        return None
    told = orjson.loads(document)
    return RelatedData(told["items"], told["tags"], told["corrected_by_id"])


class IncompleteRepresentation(NamedTuple):
    """A document that lacks what belongs to others: all before that, the patient whose own name and address are to be
    put in (None where somebody else pays), and the tags whose names are."""

    head: str
    patient_id: str | None
    tags: list[str]


def find_placeholders(document: str) -> IncompleteRepresentation | None:
    """What a document lacks; None when it can leave as it is.

    >>> find_placeholders('{"patient_id":"ab-1","id":"2","notes":"","bill_to":null,"tags":["ab-2","ab-3"]}')[1:]
    ('ab-1', ['ab-2', 'ab-3'])
    >>> find_placeholders('{"patient_id":"ab-1","bill_to":{"name":"Ana"},"tags":["ab-2"]}')[1:]
    (None, ['ab-2'])
    >>> find_placeholders('{"patient_id":"ab-1","bill_to":{"name":"Ana"},"tags":[]}')
    """
    # The tags stand last, and in them nothing that people write; nor does any of that stand before the patient.
    is_bare = document.endswith(_NO_TAGS)
    end = len(document) - len(_NO_TAGS) if is_bare else document.rindex(_TAGS)
    tags = [] if is_bare else document[end + len(_TAGS) + 1 : -3].split('","')
    if not document.endswith(_NOBODY_ELSE_PAYS, 0, end):
        return IncompleteRepresentation(document[:end], None, tags) if tags else None
    begin = document.index(_PATIENT) + len(_PATIENT)
    return IncompleteRepresentation(document[: end - len("null")], document[begin : document.index('"', begin)], tags)


def fill_placeholders(found: IncompleteRepresentation, *, payer: str, tags: Sequence[str]) -> str:
    """The document with what belongs to others: the JSON of who pays where nobody else does, and the tags' names.

    >>> found = find_placeholders('{"patient_id":"ab-1","bill_to":null,"tags":["ab-2"]}')
    >>> fill_placeholders(found, payer='{"name":"Ana"}', tags=["late"])
    '{"patient_id":"ab-1","bill_to":{"name":"Ana"},"tags":["late"]}'
    """
    payer = "" if found.patient_id is None else payer
    return f'{found.head}{payer},"tags":{to_json(tags).decode() if tags else "[]"}}}'


def item_json(item: InvoiceItem) -> Wire:
    """An item as it leaves."""
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
    """Tags as a document tells them: by their ids, in the order of these."""
    return sorted(str(tag.pk) for tag in tags)


def _invoice_out(invoice: "Invoice", beside: RelatedData) -> Wire:
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
        "items": beside.items,
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
        "corrected_by_id": beside.corrected_by_id,
        "created_at": encode_datetime(invoice.created_at),
        "updated_at": encode_datetime(invoice.updated_at),
        # the last two, where `find_placeholders` looks for them
        "bill_to": invoice.payer._asdict() if invoice.bill_to_name else None,
        "tags": beside.tags,
    }
