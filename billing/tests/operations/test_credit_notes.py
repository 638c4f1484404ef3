"""Credit notes on an issued invoice, in part or whole, and its correction by a new draft."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models import CreditNote, Invoice, NumberSeries, Payment, PeriodClosed
from billing.models.invoice.payer import Payer
from billing.operations.allocations import allocated_parts
from billing.operations.closing import close_books
from billing.operations.credit_notes import AlreadyCorrected, correct, issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import pay
from billing.operations.refunds import refund
from billing.operations.revision import revise
from billing.operations.voiding import void
from billing.rules.crediting import CreditRequest, InvalidCredit
from billing.rules.lifecycle import MoveNotAllowed
from billing.rules.settlement import OverCredit
from billing.tests.factories import InvoiceFactory, ServiceFactory, item
from clinic.domain.errors import InvalidValue
from patients.tests.factories import AppointmentFactory, PatientFactory


@pytest.fixture
def credit(actor):
    """Write a credit note."""

    def credit(invoice, *asked, reason="Not rendered", **given):
        return issue_credit_note(invoice=invoice, reason=reason, items=asked or None, **actor | given)

    return credit


@pytest.fixture
def mixed(actor):
    """Care for 60.00 untaxed, goods for 40.00 at 19 %, 10.00 off: 54.00 + 42.84 = 96.84, of which 6.84 is tax."""
    return InvoiceFactory(
        issued=True,
        items=[item("60.00", description="Care"), item("40.00", description="Goods", tax_rate=Decimal(19))],
        discount_amount=Decimal("10.00"),
    )


def lines(note):
    """Return item, amount and tax of each line."""
    return [(line.item.description, str(line.total_amount), str(line.tax_amount)) for line in note.lines.all()]


class TestCreditNote:
    def test_credit_note_covers_the_whole_invoice_by_default(self, credit, mixed):
        note = credit(mixed)

        note.refresh_from_db()
        assert lines(note) == [("Care", "54.00", "0.00"), ("Goods", "42.84", "6.84")]
        assert (note.total_amount, note.tax_amount) == (Decimal("96.84"), Decimal("6.84"))
        assert (note.reason, note.currency, note.number) == ("Not rendered", "EUR", "CN-2026-000001")

    def test_credit_note_covers_one_item(self, credit, mixed):
        note = credit(mixed, CreditRequest(mixed.items.get(description="Goods").pk))

        assert lines(note) == [("Goods", "42.84", "6.84")]
        assert (mixed.credited_amount, mixed.remaining_amount) == (Decimal("42.84"), Decimal("54.00"))

    def test_credit_note_over_an_amount_includes_its_tax(self, credit, mixed):
        note = credit(mixed, CreditRequest(mixed.items.get(description="Goods").pk, amount=Decimal("21.42")))

        assert lines(note) == [("Goods", "21.42", "3.42")]

    def test_credit_note_covers_a_quantity(self, credit, actor):
        invoice = InvoiceFactory(issued=True, items=[item("33.33", quantity=Decimal(3))])

        note = credit(invoice, CreditRequest(invoice.items.get().pk, quantity=Decimal(2)))

        assert (note.total_amount, note.lines.get().quantity) == (Decimal("66.66"), Decimal(2))

    def test_credit_note_over_a_quantity_includes_its_discount(self, credit, actor):
        items = [item("40.00", quantity=Decimal(3), discount_percent=Decimal(10))]  # 108.00, 36.00 each
        invoice = InvoiceFactory(issued=True, items=items)

        note = credit(invoice, CreditRequest(invoice.items.get().pk, quantity=Decimal(1)))

        assert note.total_amount == Decimal("36.00")

    def test_credit_notes_over_quantities_add_up_to_the_last_cent(self, credit, actor):
        items = [item("100.00", quantity=Decimal(3), discount_amount=Decimal("200.00"))]  # 100.00 for three
        invoice = InvoiceFactory(issued=True, items=items)
        key = invoice.items.get().pk

        notes = [credit(invoice, CreditRequest(key, quantity=Decimal(1))) for _ in range(3)]

        assert [str(note.total_amount) for note in notes] == ["33.33", "33.34", "33.33"]
        assert (invoice.credited_amount, invoice.status) == (Decimal("100.00"), InvoiceStatus.PAID)

    def test_second_credit_note_covers_what_is_left(self, credit, mixed):
        credit(mixed, CreditRequest(mixed.items.get(description="Goods").pk, amount=Decimal("2.84")))

        note = credit(mixed)

        assert lines(note) == [("Care", "54.00", "0.00"), ("Goods", "40.00", "6.39")]
        assert sum(each.tax_amount for each in CreditNote.objects.all()) == mixed.tax_amount

    def test_credit_note_above_what_is_left_is_refused(self, credit, mixed):
        goods = mixed.items.get(description="Goods").pk
        credit(mixed, CreditRequest(goods))

        with pytest.raises(OverCredit) as raised:
            credit(mixed, CreditRequest(goods, amount=Decimal("0.01")))

        assert (raised.value.code, raised.value.members["room"]) == ("over_credit", 0)
        assert CreditNote.objects.count() == 1

    def test_second_credit_note_over_everything_is_refused(self, credit, mixed):
        credit(mixed)

        with pytest.raises(OverCredit, match="Nothing is left to credit"):
            credit(mixed)

    def test_credit_note_over_an_item_of_another_invoice_is_refused(self, credit, mixed):
        with pytest.raises(InvalidCredit) as raised:
            credit(mixed, CreditRequest(InvoiceFactory().items.get().pk), CreditRequest(uuid4()))

        assert [error.pointer for error in raised.value.errors] == ["/items/0/id", "/items/1/id"]

    def test_refused_credit_note_uses_no_number(self, credit, mixed):
        with pytest.raises(InvalidCredit):
            credit(mixed, CreditRequest(uuid4()))

        assert not NumberSeries.objects.filter(document="CN").exists()

    @pytest.mark.parametrize("state", [{}, {"void": True}, {"void": True, "issued": False}], ids=str)
    def test_credit_note_on_an_invoice_that_is_not_claimed_is_refused(self, credit, actor, state):
        with pytest.raises(MoveNotAllowed):
            credit(InvoiceFactory(**state))

    def test_credit_note_needs_a_reason(self, credit, mixed):
        with pytest.raises(InvalidValue) as raised:
            credit(mixed, reason="")

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/reason", "required")]

    def test_credit_note_is_not_dated_in_a_closed_period(self, actor, credit, mixed):
        close_books(through=date(2026, 6, 14), reason="Audit", **actor)

        with pytest.raises(PeriodClosed):
            credit(mixed, at=datetime(2026, 6, 14, 12, tzinfo=UTC))

    def test_credit_note_is_dated_now_if_the_period_of_the_invoice_is_closed(self, actor, credit):
        invoice = InvoiceFactory(issued=True, issue_date=datetime(2026, 6, 1, tzinfo=UTC))
        close_books(through=date(2026, 6, 14), reason="Audit", **actor)

        assert credit(invoice).created_at == actor["at"]

    def test_invoice_with_a_credit_note_is_not_voided(self, actor, credit, mixed):
        credit(mixed, CreditRequest(mixed.items.get(description="Goods").pk))

        with pytest.raises(Exception, match="Credit the rest") as raised:
            void(mixed, reason="Wrong", **actor)

        assert raised.value.code == "invoice_has_adjustments"

    def test_credit_note_records_its_amounts_in_the_history_of_the_invoice(self, actor, credit):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        note = credit(invoice)

        event = invoice.events.latest("version")
        assert (event.kind, event.reason) == (EventKind.CREDIT_NOTE, "Not rendered")
        assert event.changes == {
            "paid_amount": ["60.00", "0.00"],
            "credited_amount": ["0.00", "100.00"],
            "written_off_amount": ["40.00", "0.00"],
            "status": ["WRITTEN_OFF", "PAID"],
            "credit_note_id": [None, str(note.pk)],
        }

    def test_credit_note_is_referenced_by_the_allocations_that_it_released(self, actor, credit):
        invoice = InvoiceFactory(paid=True)

        note = credit(invoice)

        (released,) = note.released.all()
        assert (released.amount, released.invoice) == (Decimal("-100.00"), invoice)


class TestCorrection:
    def test_correction_credits_the_whole_invoice_and_drafts_the_same_items(self, actor):
        service = ServiceFactory()
        appointment = AppointmentFactory()
        invoice = InvoiceFactory(
            issued=True,
            patient=appointment.patient,
            appointment=appointment,
            items=[{"service": service, "quantity": Decimal(2), "service_date": date(2026, 6, 1)}, item("40.00")],
            discount_amount=Decimal("10.00"),
            discount_percent=Decimal(5),
            notes="Thank you",
            internal_note="Rings often",
            tags=["Recall"],
        )

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        draft.refresh_from_db()
        assert (invoice.status, invoice.credited_amount) == (InvoiceStatus.PAID, invoice.total_amount)
        assert (draft.status, draft.total_amount, draft.paid_amount) == (InvoiceStatus.DRAFT, invoice.total_amount, 0)
        first, second = ([item.editable_values() for item in each.items.all()] for each in (draft, invoice))
        assert first == second
        assert (draft.patient, draft.appointment, draft.notes) == (invoice.patient, appointment, "Thank you")
        assert draft.internal_note == "Rings often"
        assert [tag.name for tag in draft.tags.all()] == ["Recall"]

    def test_correction_links_both_invoices(self, actor):
        invoice = InvoiceFactory(issued=True)

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        assert (draft.corrects, invoice.corrected_by) == (invoice, draft)

    def test_correction_makes_released_money_the_deposit_of_the_draft(self, actor, noon):
        invoice = InvoiceFactory(part_paid="60.00")
        pay(invoice, amount=Decimal("40.00"), **actor | {"at": noon + timedelta(hours=1)})

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        invoice.refresh_from_db()
        assert (invoice.paid_amount, draft.paid_amount) == (0, Decimal("100.00"))
        assert sorted(str(amount) for _, amount in allocated_parts(draft)) == ["40.00", "60.00"]
        assert Payment.objects.of_account(invoice.patient).unallocated_credit() == 0

    def test_correction_deposits_only_what_the_credit_note_released(self, actor):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        assert (draft.paid_amount, draft.total_amount) == (Decimal("60.00"), Decimal("100.00"))

    def test_correction_after_a_credit_note_credits_what_is_left(self, actor):
        invoice = InvoiceFactory(paid=True)
        asked = [CreditRequest(invoice.items.get().pk, amount=Decimal("30.00"))]
        issue_credit_note(invoice=invoice, reason="Goodwill", items=asked, **actor)

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        assert [str(note.total_amount) for note in invoice.credit_notes.order_by("number")] == ["30.00", "70.00"]
        assert draft.paid_amount == Decimal("70.00")
        assert Payment.objects.of_account(invoice.patient).unallocated_credit() == Decimal("30.00")

    def test_correction_records_events_for_both_invoices(self, actor):
        invoice = InvoiceFactory(part_paid="60.00")

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        event = invoice.events.latest("version")
        assert (event.kind, event.reason) == (EventKind.CORRECTED, "Wrong price")
        assert [event.kind for event in draft.events.all()] == [EventKind.CREATED, EventKind.ALLOCATED]

    def test_correction_keeps_the_payer(self, actor):
        invoice = InvoiceFactory(issued=True, bill_to=Payer("Insurance AG", "3 Square"))

        assert correct(invoice=invoice, reason="Wrong price", **actor).payer == Payer("Insurance AG", "3 Square")

    def test_correction_has_the_new_address_of_the_patient(self, actor):
        patient = PatientFactory(given_name="Ada", family_name="Byron", address="1 Road")
        invoice = InvoiceFactory(issued=True, patient=patient)
        patient.change(address="2 Street")

        draft = correct(invoice=invoice, reason="Wrong address", **actor)

        assert draft.payer == Payer("Ada Byron", "2 Street")

    def test_correction_without_a_deposit_may_change_the_patient(self, actor):
        draft = correct(invoice=InvoiceFactory(issued=True), reason="Wrong patient", **actor)
        other = PatientFactory()

        revise(draft, InvoiceInput(fields={"patient": other}), **actor)
        issue(draft, **actor)

        assert draft.payer.name == other.full_name

    def test_second_correction_of_an_invoice_is_refused(self, actor):
        invoice = InvoiceFactory(issued=True)
        correct(invoice=invoice, reason="Wrong price", **actor)

        with pytest.raises(AlreadyCorrected):
            correct(invoice=invoice, reason="Wrong again", **actor)

        assert Invoice.objects.count() == 2

    def test_correction_of_a_fully_credited_invoice_is_refused(self, actor):
        invoice = InvoiceFactory(credited=True)

        with pytest.raises(OverCredit):
            correct(invoice=invoice, reason="Wrong price", **actor)

        assert Invoice.objects.count() == 1

    def test_corrected_invoice_may_be_corrected_again(self, actor):
        first = InvoiceFactory(issued=True)
        second = correct(invoice=first, reason="Wrong price", **actor)
        issue(second, **actor)

        third = correct(invoice=second, reason="Wrong again", **actor)

        assert third.corrects == second

    def test_correction_needs_a_reason(self, actor):
        with pytest.raises(InvalidValue, match="A correction needs a reason"):
            correct(invoice=InvoiceFactory(issued=True), reason="", **actor)

    def test_correction_numbers_the_credit_note_after_the_rows_of_the_draft(self, actor):
        correct(invoice=InvoiceFactory(paid=True), reason="Wrong price", **actor)

        assert CreditNote.objects.get().number == "CN-2026-000001"

    def test_correction_does_not_change_the_refundable_money(self, actor):
        invoice = InvoiceFactory(paid=True)

        draft = correct(invoice=invoice, reason="Wrong price", **actor)
        refund(draft, amount=Decimal("100.00"), method=PaymentMethod.CASH, reason="Not wanted", **actor)

        assert (draft.paid_amount, invoice.paid_amount) == (0, 0)
