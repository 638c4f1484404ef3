"""The one way in which invoices, their history and the price list leave: dicts, written by hand."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F

from billing.models import Invoice, InvoiceEvent, InvoiceItem, Service, Tag
from billing.models.querysets import InvoiceQuerySet
from clinic.api.renderers import moment_out

Wire = dict[str, Any]

# The invoice that corrects a row, as an annotation: asking the row itself would cost a statement each.
CORRECTION = "corrected_by_id"

_MOMENTS = frozenset({"issue_date", "due_date"})
_NUMBERS = frozenset(
    """discount_amount discount_percent total_amount paid_amount credited_amount written_off_amount quantity unit_price
    tax_rate""".split()
)


def invoices_to_show() -> InvoiceQuerySet:
    """All invoices with what `invoice_out` needs, but for items and tags, which cost a statement each."""
    return Invoice.objects.select_related("patient").annotate(**{CORRECTION: F("corrected_by__pk")})


def invoices_to_list() -> InvoiceQuerySet:
    """All invoices with what `invoice_out` needs: three statements for any number. Not to be saved."""
    unseen = ("particulars", "internal_note", "search_text", "patient__search_text")
    return invoices_to_show().defer(*unseen).prefetch_related("items", "tags")


def invoice_out(invoice: Invoice) -> Wire:
    """An invoice as it leaves. One that was just made is corrected by none."""
    correction = getattr(invoice, CORRECTION, None)
    return {
        "issue_date": moment_out(invoice.issue_date),
        "due_date": moment_out(invoice.due_date),
        "status": invoice.status,
        "discount_amount": invoice.discount_amount,
        "discount_percent": invoice.discount_percent,
        "paid_amount": invoice.paid_amount,
        "appointment_id": invoice.appointment_id,
        "patient_id": invoice.patient_id,
        "id": invoice.pk,
        "subtotal": invoice.subtotal,
        "remaining_amount": invoice.remaining_amount,
        "total_amount": invoice.total_amount,
        "reg_number": invoice.reg_number,
        "items": [item_out(item) for item in invoice.lines],
        "bill_to": invoice.payer._asdict(),
        "tags": [tag.name for tag in invoice.tags.all()],
        "notes": invoice.notes,
        "discount_total": invoice.discount_total,
        "taxes": [{"rate": tax.rate, "net": tax.net, "tax": tax.tax} for tax in invoice.tax_lines],
        "tax_amount": invoice.tax_amount,
        "credited_amount": invoice.credited_amount,
        "written_off_amount": invoice.written_off_amount,
        "currency": invoice.currency,
        "corrects_id": invoice.corrects_id,
        "corrected_by_id": correction,
        "created_at": moment_out(invoice.created_at),
        "updated_at": moment_out(invoice.updated_at),
    }


def item_out(item: InvoiceItem) -> Wire:
    """An item as it leaves."""
    return {
        "id": item.pk,
        "service_id": item.service_id,
        "code": item.code,
        "description": item.description,
        "quantity": item.quantity,
        "unit_price": item.unit_price,
        "discount_amount": item.discount_amount,
        "discount_percent": item.discount_percent,
        "tax_rate": item.tax_rate,
        "service_date": item.service_date,
        "position": item.position,
        "line_total": item.line_total,
    }


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
