"""Events of each operation in the history of an invoice: user, time, client, changes and reason."""

from decimal import Decimal

import pytest

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models import Payment
from billing.operations.create_or_update import create_invoice, update_invoice
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import pay, reverse_payment
from billing.operations.refunds import refund
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.tests.factories import InvoiceFactory, item
from clinic.domain.audit_context import audit_context
from patients.tests.factories import PatientFactory

# State, operation, the kind of event, its reason, its changes without ids.
EXPECTED_EVENTS = {
    "issue": ({}, issue, EventKind.ISSUED, "", {"status": ["DRAFT", "ISSUED"]}),
    "pay": (
        {"issued": True},
        lambda i, **d: pay(i, amount=Decimal("40.00"), **d),
        EventKind.PAID,
        "",
        {"paid_amount": ["0.00", "40.00"], "status": ["ISSUED", "PARTIALY_PAID"]},
    ),
    "deposit": (
        {},
        lambda i, **d: pay(i, amount=Decimal("40.00"), **d),
        EventKind.PAID,
        "",
        {"paid_amount": ["0.00", "40.00"]},
    ),
    "recover": (
        {"written_off": True},
        lambda i, **d: pay(i, amount=Decimal("40.00"), **d),
        EventKind.PAID,
        "",
        {"paid_amount": ["0.00", "40.00"], "written_off_amount": ["100.00", "60.00"]},
    ),
    "refund": (
        {"paid": True},
        lambda i, **d: refund(i, amount=Decimal("40.00"), method=PaymentMethod.CASH, reason="Complaint", **d),
        EventKind.REFUNDED,
        "Complaint",
        {"paid_amount": ["100.00", "60.00"], "status": ["PAID", "PARTIALY_PAID"]},
    ),
    "reverse": (
        {"paid": True},
        lambda i, **d: reverse_payment(payment=Payment.objects.get(), reason="Bounced", **d),
        EventKind.REVERSED,
        "Bounced",
        {"paid_amount": ["100.00", "0.00"], "status": ["PAID", "ISSUED"]},
    ),
    "write off": (
        {"part_paid": "40.00"},
        lambda i, **d: write_off(i, reason="Lost", **d),
        EventKind.WRITTEN_OFF,
        "Lost",
        {"written_off_amount": ["0.00", "60.00"], "status": ["PARTIALY_PAID", "WRITTEN_OFF"]},
    ),
    "write a part off": (
        {"issued": True},
        lambda i, **d: write_off(i, reason="Goodwill", amount=Decimal("10.00"), **d),
        EventKind.WRITTEN_OFF,
        "Goodwill",
        {"written_off_amount": ["0.00", "10.00"]},
    ),
    "reinstate": (
        {"written_off": True},
        lambda i, **d: reinstate(i, reason="Found", **d),
        EventKind.REINSTATED,
        "Found",
        {"written_off_amount": ["100.00", "0.00"], "status": ["WRITTEN_OFF", "ISSUED"]},
    ),
    "void": (
        {"issued": True},
        lambda i, **d: void(i, reason="Wrong", **d),
        EventKind.VOIDED,
        "Wrong",
        {"status": ["ISSUED", "VOID"]},
    ),
    "void with money": (
        {"part_paid": "40.00"},
        lambda i, **d: void(i, reason="Wrong", release_to="credit", **d),
        EventKind.VOIDED,
        "Wrong",
        {"paid_amount": ["40.00", "0.00"], "status": ["PARTIALY_PAID", "VOID"]},
    ),
    "void what was written off": (
        {"written_off": True},
        lambda i, **d: void(i, reason="Wrong", **d),
        EventKind.VOIDED,
        "Wrong",
        {"written_off_amount": ["100.00", "0.00"], "status": ["WRITTEN_OFF", "VOID"]},
    ),
    "credit": (
        {"paid": True},
        lambda i, **d: issue_credit_note(invoice=i, reason="Not rendered", **d),
        EventKind.CREDIT_NOTE,
        "Not rendered",
        {"paid_amount": ["100.00", "0.00"], "credited_amount": ["0.00", "100.00"]},
    ),
    "correct": (
        {"issued": True},
        lambda i, **d: correct(invoice=i, reason="Wrong price", **d),
        EventKind.CORRECTED,
        "Wrong price",
        {"credited_amount": ["0.00", "100.00"], "status": ["ISSUED", "PAID"]},
    ),
    "revise": (
        {},
        lambda i, **d: update_invoice(i, InvoiceInput(fields={"notes": "Hello"}), **d),
        EventKind.UPDATED,
        "",
        {"notes": ["", "Hello"]},
    ),
}


@pytest.mark.parametrize("operation", EXPECTED_EVENTS)
class TestOperation:
    def test_operation_records_one_event(self, actor, operation):
        state, do, kind, reason, changes = EXPECTED_EVENTS[operation]
        invoice = InvoiceFactory(**state)
        version, events = invoice.version, invoice.events.count()

        with audit_context(client="desk tablet", request_id="r-1"):
            do(invoice, **actor)

        invoice.refresh_from_db()
        event = invoice.events.latest("version")
        changed = {name: change for name, change in event.changes.items() if not name.endswith("_id")}
        assert (event.kind, event.reason, changed) == (kind, reason, changes)
        assert (event.created_by, event.created_at, event.client, event.request_id) == (
            actor["by"],
            actor["at"],
            "desk tablet",
            "r-1",
        )
        assert event.version == invoice.version == version + 1
        assert event.status == invoice.status
        assert invoice.events.count() == events + 1
        assert str(event) == f"{event.get_kind_display()} 15 Jun 2026 12:00"

    def test_operation_sets_the_time_of_the_last_change(self, actor, noon, operation):
        state, do, *_ = EXPECTED_EVENTS[operation]
        invoice = InvoiceFactory(at=noon.replace(hour=9), **state)

        do(invoice, **actor)

        invoice.refresh_from_db()
        assert (invoice.created_at.hour, invoice.updated_at) == (9, noon)


class TestNewInvoice:
    def test_new_invoice_has_an_event_with_its_total(self, actor):
        invoice = create_invoice(InvoiceInput(fields={"patient": PatientFactory()}, items=[item("80.00")]), **actor)

        event = invoice.events.get()
        assert (event.kind, event.version, event.status) == (EventKind.CREATED, 1, InvoiceStatus.DRAFT)
        assert event.changes == {"total_amount": [None, "80.00"]}
        assert invoice.created_at == actor["at"]

    def test_invoice_issued_and_paid_at_once_has_three_events(self, actor):
        requested = {"status": InvoiceStatus.PAID}

        invoice = create_invoice(
            InvoiceInput(fields={"patient": PatientFactory()}, items=[item("80.00")], **requested), **actor
        )

        events = [(event.version, event.kind, event.status) for event in invoice.events.order_by("version")]
        assert events == [
            (1, EventKind.CREATED, InvoiceStatus.DRAFT),
            (2, EventKind.PAID, InvoiceStatus.DRAFT),
            (3, EventKind.ISSUED, InvoiceStatus.PAID),
        ]


class TestNoChange:
    @pytest.mark.parametrize("state", [{}, {"issued": True}, {"paid": True}, {"void": True}], ids=str)
    def test_unchanged_invoice_has_no_new_event_and_no_new_version(self, actor, state):
        invoice = InvoiceFactory(**state)
        before = invoice.version, invoice.updated_at, invoice.events.count()

        requested = {"status": invoice.status, "paid_amount": invoice.paid_amount}
        update_invoice(
            invoice, InvoiceInput(fields={"notes": ""}, items=[item("100.00")], tags=[], **requested), **actor
        )

        invoice.refresh_from_db()
        assert (invoice.version, invoice.updated_at, invoice.events.count()) == before


class TestWholeHistory:
    def test_history_numbers_its_versions_without_a_gap(self, actor):
        invoice = InvoiceFactory(part_paid="40.00", part_written_off="10.00", reversed=True)
        issue_credit_note(invoice=invoice, reason="Not rendered", **actor)

        versions = list(invoice.events.order_by("version").values_list("version", flat=True))
        assert versions == list(range(1, invoice.version + 1))
