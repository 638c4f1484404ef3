"""Create a draft."""

from datetime import datetime

from django.contrib.auth.models import User

from billing.choices import EventKind
from billing.models import Invoice, Tag
from billing.models.invoice.model import Payer
from billing.models.numbering import draft_number
from billing.operations.invoice_input import InvoiceInput
from billing.operations.item_input import replace_items
from billing.operations.operation_checks import check_appointment, check_discount
from billing.operations.recording import record_event
from billing.roles import DRAFT
from clinic.db.transactions import atomic
from clinic.domain.permissions import check_permission


@atomic
def create_draft(data: InvoiceInput, *, by: User, at: datetime) -> Invoice:
    """Create a draft with its items and tags in a constant number of statements, and return it.

    ItemsRefused, InvalidTotals, AppointmentOfAnother or DiscountNeedsSupervisor, before anything is written.
    """
    check_permission(by, DRAFT)
    fields = dict(data.fields)
    payer = fields.pop("bill_to", Payer("", ""))
    fields.setdefault("reg_number", draft_number())
    invoice = Invoice(created_at=at, bill_to_name=payer.name, bill_to_address=payer.address, **fields)
    check_appointment(invoice.patient, invoice.appointment)
    items = replace_items(data.items or ())
    invoice.calculate_totals(items)
    check_discount(invoice, items, by=by)
    tags = Tag.objects.get_or_create_named(data.tags or ())
    invoice.set_tags(tags)
    invoice.save(items=items, calculated=True, at=at)
    if tags:
        link = Invoice.tags.through
        link.objects.bulk_create(link(invoice_id=invoice.pk, tag_id=tag.pk) for tag in tags)
    changes = {"total_amount": [None, str(invoice.total_amount)]}
    record_event(invoice, EventKind.CREATED, by=by, at=at, changes=changes, saved=True)
    return invoice
