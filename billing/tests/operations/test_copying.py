"""A copy of an invoice as a new draft."""

from datetime import date
from decimal import Decimal

import pytest

from billing.choices import EventKind
from billing.models.invoice.payer import Payer
from billing.operations.drafts import copy_as_draft
from billing.rules.clerk_limits import DiscountNeedsSupervisor
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from clinic.domain.permissions import PermissionMissing
from patients.tests.factories import AppointmentFactory, PatientFactory

STATES = [
    {},
    {"issued": True},
    {"part_paid": True},
    {"paid": True},
    {"written_off": True},
    {"void": True},
    {"corrected": True},
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: "-".join(state) or "draft")
def test_every_invoice_is_copied_with_its_content(actor, state):
    service = ServiceFactory(unit_price=Decimal("40.0000"))
    items = [
        {"service": service, "quantity": Decimal(2), "service_date": date(2026, 6, 1)},
        item("19.99", description="Dressing", discount_percent=Decimal(10), tax_rate=Decimal(19)),
    ]
    appointment = AppointmentFactory()
    invoice = InvoiceFactory(
        patient=appointment.patient,
        appointment=appointment,
        items=items,
        tags=["Recall", "Insurance"],
        bill_to=Payer("Aunt", "1 High Street"),
        discount_percent=Decimal(5),
        **state,
    )

    draft = copy_as_draft(invoice, **actor)
    draft.refresh_from_db()

    assert (draft.status, draft.paid_amount, draft.total_amount) == ("DRAFT", 0, invoice.total_amount)
    assert (draft.patient, draft.payer) == (invoice.patient, Payer("Aunt", "1 High Street"))
    assert {tag.name for tag in draft.tags.all()} == {"Recall", "Insurance"}
    assert (draft.issue_date, draft.due_date, draft.appointment, draft.corrects) == (None, None, None, None)
    copied = [(each.service, each.description, each.line_total, each.service_date) for each in draft.ordered_items]
    expected = [(each.service, each.description, each.line_total, None) for each in invoice.ordered_items]
    assert copied == expected
    assert not {each.pk for each in draft.ordered_items} & {each.pk for each in invoice.ordered_items}


def test_history_names_the_invoice_that_was_copied(actor):
    invoice = InvoiceFactory(paid=True)
    version = invoice.version

    draft = copy_as_draft(invoice, **actor)

    [event] = draft.events.all()
    invoice.refresh_from_db()
    assert (event.kind, event.created_by) == (EventKind.CREATED, actor["by"])
    assert event.changes["copied_from_id"] == [None, str(invoice.pk)]
    assert invoice.version == version


def test_copy_for_a_merged_patient_is_of_the_survivor(actor, supervisor, noon):
    survivor = PatientFactory()
    invoice = InvoiceFactory(issued=True)
    invoice.patient.merge_into(survivor, by=supervisor, at=noon)

    assert copy_as_draft(type(invoice).objects.get(pk=invoice.pk), **actor).patient == survivor


def test_discount_of_a_supervisor_is_not_copied_by_a_clerk(clerk, supervisor, noon):
    invoice = InvoiceFactory(issued=True, discount_percent=Decimal(50))

    with pytest.raises(DiscountNeedsSupervisor):
        copy_as_draft(invoice, by=clerk, at=noon)

    assert copy_as_draft(invoice, by=supervisor, at=noon).total_amount == invoice.total_amount


def test_auditor_may_not_copy(auditor, noon):
    with pytest.raises(PermissionMissing):
        copy_as_draft(InvoiceFactory(), by=auditor, at=noon)
