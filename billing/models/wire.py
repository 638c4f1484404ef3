"""How an invoice leaves by the API: the one serializer, and the document that it makes for the invoice's own row.

A list of invoices is read from one column, with neither items nor a serializer. The document depends on nothing but
the invoice itself: its row, its items, which tags it bears, and which invoice corrects it. What belongs to others is
put in when it leaves: the names of the tags, and the patient's own name and address where nobody else pays.
Nothing in it depends on the clock, and every change of the invoice stores it anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from django.conf import settings

from billing.models.catalogue import Tag
from billing.models.item import InvoiceItem
from clinic.wire import moment_out, number_out, to_json

if TYPE_CHECKING:
    from billing.models.record import InvoiceRecord

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
_NOBODY_ELSE_PAYS = ',"bill_to":null,'  # in a text of JSON, quotation marks have a backslash before them
_NO_TAGS = ',"tags":[]}'


class Beside(NamedTuple):
    """What of a document is not in the invoice's row: `items` as they leave, the tags' ids, and the correction's."""

    items: list[Wire]
    tags: Sequence[str]
    corrected_by_id: str | None


def heading() -> str:
    """What a stored document begins with: its format, and the zone in which its moments are told."""
    return f"{FORMAT} {settings.CLINIC_TIME_ZONE}\n"


def write(invoice: "InvoiceRecord", beside: Beside) -> str:
    """The document of an invoice, as it is stored."""
    return heading() + to_json(_invoice_out(invoice, beside)).decode()


def read(stored: str | None) -> str | None:
    """The JSON of a stored document; None when there is none, or one of another format or zone."""
    begin = heading()
    return stored[len(begin) :] if stored is not None and stored.startswith(begin) else None


def beside_of(stored: str | None) -> Beside | None:
    """What a stored document says beside the row; None where `read` says None."""
    document = read(stored)
    if document is None:
        return None
    told = orjson.loads(document)
    return Beside(told["items"], told["tags"], told["corrected_by_id"])


def is_whole(document: str) -> bool:
    """Whether nothing of others is to be put into it.

    >>> is_whole('{"notes":"","bill_to":{"name":"Ana"},"tags":[]}')
    True
    >>> is_whole('{"notes":"","bill_to":null,"tags":[]}'), is_whole('{"bill_to":{},"tags":["0a6c"]}')
    (False, False)
    """
    return document.endswith(_NO_TAGS) and _NOBODY_ELSE_PAYS not in document


def complete(wire: Wire, *, payer: Mapping[str, Any], tags: Mapping[str, str]) -> Wire:
    """The document with what belongs to others: who pays where nobody else does, and the tags' names.

    `tags`: names by id, in the order of a list.
    """
    own = set(wire["tags"])
    words = [name for key, name in tags.items() if key in own]
    return {**wire, "bill_to": wire["bill_to"] or payer, "tags": words}


def item_out(item: InvoiceItem) -> Wire:
    """An item as it leaves."""
    return {
        "id": item.pk,
        "service_id": item.service_id,
        "code": item.code,
        "description": item.description,
        "quantity": number_out(item.quantity),
        "unit_price": number_out(item.unit_price),
        "discount_amount": number_out(item.discount_amount),
        "discount_percent": number_out(item.discount_percent),
        "tax_rate": number_out(item.tax_rate),
        "service_date": item.service_date,
        "position": item.position,
        "line_total": number_out(item.line_total),
    }


def ids_out(tags: Iterable[Tag]) -> list[str]:
    """Tags as a document tells them: by their ids, in the order of these."""
    return sorted(str(tag.pk) for tag in tags)


def _invoice_out(invoice: "InvoiceRecord", beside: Beside) -> Wire:
    return {
        "issue_date": moment_out(invoice.issue_date),
        "due_date": moment_out(invoice.due_date),
        "status": invoice.status,
        "discount_amount": number_out(invoice.discount_amount),
        "discount_percent": number_out(invoice.discount_percent),
        "paid_amount": number_out(invoice.paid_amount),
        "appointment_id": invoice.appointment_id,
        "patient_id": invoice.patient_id,
        "id": invoice.pk,
        "subtotal": number_out(invoice.subtotal),
        "remaining_amount": number_out(invoice.remaining_amount),
        "total_amount": number_out(invoice.total_amount),
        "reg_number": invoice.reg_number,
        "items": beside.items,
        "notes": invoice.notes,
        "discount_total": number_out(invoice.discount_total),
        "taxes": [
            {"rate": number_out(tax.rate), "net": number_out(tax.net), "tax": number_out(tax.tax)}
            for tax in invoice.tax_lines
        ],
        "tax_amount": number_out(invoice.tax_amount),
        "credited_amount": number_out(invoice.credited_amount),
        "written_off_amount": number_out(invoice.written_off_amount),
        "currency": invoice.currency,
        "corrects_id": invoice.corrects_id,
        "corrected_by_id": beside.corrected_by_id,
        "created_at": moment_out(invoice.created_at),
        "updated_at": moment_out(invoice.updated_at),
        # the last two, as `is_whole` looks for them
        "bill_to": invoice.payer._asdict() if invoice.bill_to_name else None,
        "tags": beside.tags,
    }
