"""Giving an issued invoice back, in part or whole; and correcting it by a new draft."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models import BooksClosing, CreditNote, Invoice, NumberSeries, Payment, PeriodClosed
from billing.models.invoice.model import Payer
from billing.operations.allocations import allocated_parts
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
    """What each line gives back, and the tax in it."""
    return [(line.item.description, str(line.total_amount), str(line.tax_amount)) for line in note.lines.all()]


class TestACreditNote:
    def test_gives_everything_back_by_default(self, credit, mixed):
        note = credit(mixed)

        note.refresh_from_db()
        assert lines(note) == [("Care", "54.00", "0.00"), ("Goods", "42.84", "6.84")]
        assert (note.total_amount, note.tax_amount) == (Decimal("96.84"), Decimal("6.84"))
        assert (note.reason, note.currency, note.number) == ("Not rendered", "EUR", "CN-2026-000001")

    def test_gives_one_item_back(self, credit, mixed):
        note = credit(mixed, CreditRequest(mixed.items.get(description="Goods").pk))

        assert lines(note) == [("Goods", "42.84", "6.84")]
        assert (mixed.credited_amount, mixed.remaining_amount) == (Decimal("42.84"), Decimal("54.00"))

    def test_gives_an_amount_back_with_the_tax_in_it(self, credit, mixed):
        note = credit(mixed, CreditRequest(mixed.items.get(description="Goods").pk, amount=Decimal("21.42")))

        assert lines(note) == [("Goods", "21.42", "3.42")]

    def test_gives_a_quantity_back(self, credit, actor):
        invoice = InvoiceFactory(issued=True, items=[item("33.33", quantity=Decimal(3))])

        note = credit(invoice, CreditRequest(invoice.items.get().pk, quantity=Decimal(2)))

        assert (note.total_amount, note.lines.get().quantity) == (Decimal("66.66"), Decimal(2))

    def test_gives_a_quantity_back_that_was_discounted(self, credit, actor):
        items = [item("40.00", quantity=Decimal(3), discount_percent=Decimal(10))]  # 108.00, 36.00 each
        invoice = InvoiceFactory(issued=True, items=items)

        note = credit(invoice, CreditRequest(invoice.items.get().pk, quantity=Decimal(1)))

        assert note.total_amount == Decimal("36.00")

    def test_by_quantity_adds_up_to_the_last_cent(self, credit, actor):
        items = [item("100.00", quantity=Decimal(3), discount_amount=Decimal("200.00"))]  # 100.00 for three
        invoice = InvoiceFactory(issued=True, items=items)
        key = invoice.items.get().pk

        notes = [credit(invoice, CreditRequest(key, quantity=Decimal(1))) for _ in range(3)]

        assert [str(note.total_amount) for note in notes] == ["33.33", "33.34", "33.33"]
        assert (invoice.credited_amount, invoice.status) == (Decimal("100.00"), InvoiceStatus.PAID)

    def test_after_another_gives_what_is_left(self, credit, mixed):
        credit(mixed, CreditRequest(mixed.items.get(description="Goods").pk, amount=Decimal("2.84")))

        note = credit(mixed)

        assert lines(note) == [("Care", "54.00", "0.00"), ("Goods", "40.00", "6.39")]
        assert sum(each.tax_amount for each in CreditNote.objects.all()) == mixed.tax_amount

    def test_beyond_what_is_left_is_refused(self, credit, mixed):
        goods = mixed.items.get(description="Goods").pk
        credit(mixed, CreditRequest(goods))

        with pytest.raises(OverCredit) as raised:
            credit(mixed, CreditRequest(goods, amount=Decimal("0.01")))

        assert (raised.value.code, raised.value.members["room"]) == ("over_credit", 0)
        assert CreditNote.objects.count() == 1

    def test_of_everything_twice_is_refused(self, credit, mixed):
        credit(mixed)

        with pytest.raises(OverCredit, match="Nothing is left to credit"):
            credit(mixed)

    def test_of_an_item_of_another_invoice_is_refused(self, credit, mixed):
        with pytest.raises(InvalidCredit) as raised:
            credit(mixed, CreditRequest(InvoiceFactory().items.get().pk), CreditRequest(uuid4()))

        assert [error.pointer for error in raised.value.errors] == ["/items/0/id", "/items/1/id"]

    def test_burns_no_number_when_it_is_refused(self, credit, mixed):
        with pytest.raises(InvalidCredit):
            credit(mixed, CreditRequest(uuid4()))

        assert not NumberSeries.objects.filter(document="CN").exists()

    @pytest.mark.parametrize("state", [{}, {"void": True}, {"void": True, "issued": False}], ids=str)
    def test_of_what_is_not_claimed_is_refused(self, credit, actor, state):
        with pytest.raises(MoveNotAllowed):
            credit(InvoiceFactory(**state))

    def test_says_why(self, credit, mixed):
        with pytest.raises(InvalidValue) as raised:
            credit(mixed, reason="")

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/reason", "required")]

    def test_is_not_dated_in_a_closed_period(self, actor, credit, mixed):
        BooksClosing.objects.close(through=date(2026, 6, 14), reason="Audit", **actor)

        with pytest.raises(PeriodClosed):
            credit(mixed, at=datetime(2026, 6, 14, 12, tzinfo=UTC))

    def test_is_dated_now_whatever_period_the_invoice_is_of(self, actor, credit):
        invoice = InvoiceFactory(issued=True, issue_date=datetime(2026, 6, 1, tzinfo=UTC))
        BooksClosing.objects.close(through=date(2026, 6, 14), reason="Audit", **actor)

        assert credit(invoice).created_at == actor["at"]

    def test_keeps_the_invoice_from_being_voided(self, actor, credit, mixed):
        credit(mixed, CreditRequest(mixed.items.get(description="Goods").pk))

        with pytest.raises(Exception, match="credit the rest of it") as raised:
            void(mixed, reason="Wrong", **actor)

        assert raised.value.code == "invoice_has_adjustments"

    def test_tells_the_invoice_what_became_of_the_money(self, actor, credit):
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

    def test_names_itself_where_it_released_money(self, actor, credit):
        invoice = InvoiceFactory(paid=True)

        note = credit(invoice)

        (released,) = note.released.all()
        assert (released.amount, released.invoice) == (Decimal("-100.00"), invoice)


class TestACorrection:
    def test_credits_the_whole_and_drafts_the_same_again(self, actor):
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

    def test_links_the_two_both_ways(self, actor):
        invoice = InvoiceFactory(issued=True)

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        assert (draft.corrects, invoice.corrected_by) == (invoice, draft)

    def test_makes_the_freed_money_the_drafts_deposit(self, actor, noon):
        invoice = InvoiceFactory(part_paid="60.00")
        pay(invoice, amount=Decimal("40.00"), **actor | {"at": noon + timedelta(hours=1)})

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        invoice.refresh_from_db()
        assert (invoice.paid_amount, draft.paid_amount) == (0, Decimal("100.00"))
        assert sorted(str(amount) for _, amount in allocated_parts(draft)) == ["40.00", "60.00"]
        assert Payment.objects.of_account(invoice.patient).unallocated_credit() == 0

    def test_frees_only_what_the_credit_note_released(self, actor):
        invoice = InvoiceFactory(part_paid="60.00", written_off=True)

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        assert (draft.paid_amount, draft.total_amount) == (Decimal("60.00"), Decimal("100.00"))

    def test_after_a_credit_note_credits_what_was_left(self, actor):
        invoice = InvoiceFactory(paid=True)
        asked = [CreditRequest(invoice.items.get().pk, amount=Decimal("30.00"))]
        issue_credit_note(invoice=invoice, reason="Goodwill", items=asked, **actor)

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        assert [str(note.total_amount) for note in invoice.credit_notes.order_by("number")] == ["30.00", "70.00"]
        assert draft.paid_amount == Decimal("70.00")
        assert Payment.objects.of_account(invoice.patient).unallocated_credit() == Decimal("30.00")

    def test_tells_both_histories(self, actor):
        invoice = InvoiceFactory(part_paid="60.00")

        draft = correct(invoice=invoice, reason="Wrong price", **actor)

        told = invoice.events.latest("version")
        assert (told.kind, told.reason) == (EventKind.CORRECTED, "Wrong price")
        assert [event.kind for event in draft.events.all()] == [EventKind.CREATED, EventKind.ALLOCATED]

    def test_keeps_who_pays_instead(self, actor):
        invoice = InvoiceFactory(issued=True, bill_to=Payer("Insurance AG", "3 Square"))

        assert correct(invoice=invoice, reason="Wrong price", **actor).payer == Payer("Insurance AG", "3 Square")

    def test_takes_the_patients_new_address(self, actor):
        patient = PatientFactory(given_name="Ada", family_name="Byron", address="1 Road")
        invoice = InvoiceFactory(issued=True, patient=patient)
        patient.change(address="2 Street")

        draft = correct(invoice=invoice, reason="Wrong address", **actor)

        assert draft.payer == Payer("Ada Byron", "2 Street")

    def test_may_go_to_another_patient_where_no_money_is_held(self, actor):
        draft = correct(invoice=InvoiceFactory(issued=True), reason="Wrong patient", **actor)
        other = PatientFactory()

        revise(draft, InvoiceInput(fields={"patient": other}), **actor)
        issue(draft, **actor)

        assert draft.payer.name == other.full_name

    def test_is_done_once(self, actor):
        invoice = InvoiceFactory(issued=True)
        correct(invoice=invoice, reason="Wrong price", **actor)

        with pytest.raises(AlreadyCorrected):
            correct(invoice=invoice, reason="Wrong again", **actor)

        assert Invoice.objects.count() == 2

    def test_of_what_was_credited_wholly_is_refused(self, actor):
        invoice = InvoiceFactory(credited=True)

        with pytest.raises(OverCredit):
            correct(invoice=invoice, reason="Wrong price", **actor)

        assert Invoice.objects.count() == 1

    def test_may_itself_be_corrected(self, actor):
        first = InvoiceFactory(issued=True)
        second = correct(invoice=first, reason="Wrong price", **actor)
        issue(second, **actor)

        third = correct(invoice=second, reason="Wrong again", **actor)

        assert third.corrects == second

    def test_says_why(self, actor):
        with pytest.raises(InvalidValue, match="A correction needs a reason"):
            correct(invoice=InvoiceFactory(issued=True), reason="", **actor)

    def test_draws_its_number_after_the_drafts_rows(self, actor):
        correct(invoice=InvoiceFactory(paid=True), reason="Wrong price", **actor)

        assert CreditNote.objects.get().number == "CN-2026-000001"

    def test_moves_no_refundable_money(self, actor):
        invoice = InvoiceFactory(paid=True)

        draft = correct(invoice=invoice, reason="Wrong price", **actor)
        refund(draft, amount=Decimal("100.00"), method=PaymentMethod.CASH, reason="Not wanted", **actor)

        assert (draft.paid_amount, invoice.paid_amount) == (0, 0)
