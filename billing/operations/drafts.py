"""Create a draft: from input, or as a copy of an invoice."""

from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User

from billing.choices import EventKind
from billing.models import Invoice, Tag
from billing.models.invoice.items import EDITABLE_FIELDS
from billing.models.invoice.payer import Payer
from billing.models.numbering import draft_number
from billing.operations.invoice_input import InvoiceInput
from billing.operations.item_input import replace_items
from billing.operations.operation_checks import check_appointment, check_discount
from billing.operations.recording import record_event
from billing.roles import DRAFT
from clinic.db.transactions import atomic
from clinic.domain.permissions import check_permission


@atomic
def create_draft(data: InvoiceInput, *, by: User, at: datetime, copied_from: Invoice | None = None) -> Invoice:
    """Create a draft with its items and tags in a constant number of statements, and return it.

    The history names the invoice that it was `copied_from`.
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
    if copied_from is not None:
        changes["copied_from_id"] = [None, str(copied_from.pk)]
    record_event(invoice, EventKind.CREATED, by=by, at=at, changes=changes, saved=True)
    return invoice


@atomic
def copy_as_draft(invoice: Invoice, *, by: User, at: datetime) -> Invoice:
    """Create a draft with the patient, payer, items, discounts and tags of an invoice of any status, and return it.

    Its dates, those of the items, its notes and its appointment are left empty. DiscountNeedsSupervisor as for any
    draft.
    """
    content = content_of(invoice)
    fields = {**content.fields, "patient": invoice.get_patient().account_root}
    items = [{**item, "service_date": None} for item in content.items or ()]
    return create_draft(replace(content, fields=fields, items=items), by=by, at=at, copied_from=invoice)


def content_of(invoice: Invoice) -> InvoiceInput:
    """Return the input of a draft with the patient, payer, discounts, items and tags of an invoice."""
    items = invoice.items.select_related("service").order_by("position")
    return InvoiceInput(
        fields={
            "patient": invoice.get_patient(),
            "bill_to": invoice.bill_to or Payer("", ""),  # the patient: name and address as they are now
            "discount_amount": invoice.discount_amount,
            "discount_percent": invoice.discount_percent,
        },
        items=[{name: getattr(item, name) for name in EDITABLE_FIELDS} for item in items],
        tags=[tag.name for tag in invoice.tags.all()],
    )
