"""Changes of each field in each status, and repeated values, which are no change."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing.choices import EventKind, InvoiceStatus
from billing.models import Invoice, Tag
from billing.models.invoice.payer import Payer
from billing.operations.create_or_update import update_invoice
from billing.operations.invoice_input import InvoiceInput
from billing.operations.operation_checks import AppointmentOfAnother
from billing.operations.refunds import refund
from billing.operations.revision import revise
from billing.rules.lifecycle import InvoiceImmutable
from billing.rules.paid_amount import DraftHasDeposit, TotalBelowPaid
from billing.tests.factories import InvoiceFactory, item
from clinic.domain.errors import StaleVersion
from patients.tests.factories import AppointmentFactory, PatientFactory

STATES = {
    InvoiceStatus.DRAFT: {},
    InvoiceStatus.ISSUED: {"issued": True},
    InvoiceStatus.PARTIALY_PAID: {"part_paid": True},
    InvoiceStatus.PAID: {"paid": True},
    InvoiceStatus.VOID: {"void": True},
    InvoiceStatus.WRITTEN_OFF: {"written_off": True},
}
OTHER_DAY = datetime(2026, 6, 10, 8, tzinfo=UTC)
# Pointer on the wire: what a PUT would say instead.
NEW_VALUES = {
    "patient_id": lambda invoice: {"changes": {"patient": PatientFactory()}},
    "bill_to": lambda invoice: {"changes": {"bill_to": Payer("Insurance AG", "3 Square")}},
    "items": lambda invoice: {"items": [item("120.00")]},
    "discount_amount": lambda invoice: {"changes": {"discount_amount": Decimal("1.00")}},
    "discount_percent": lambda invoice: {"changes": {"discount_percent": Decimal(1)}},
    "issue_date": lambda invoice: {"changes": {"issue_date": OTHER_DAY}},
    "due_date": lambda invoice: {"changes": {"due_date": OTHER_DAY}},
    "appointment_id": lambda invoice: {"changes": {"appointment": AppointmentFactory(patient=invoice.patient)}},
    "tags": lambda invoice: {"tags": ["Recall"]},
    "notes": lambda invoice: {"changes": {"notes": "See you"}},
}
ALWAYS = {"tags", "notes"}
WHILE_OPEN = ALWAYS | {"due_date", "appointment_id"}
EDITABLE = {  # as the table of the rules says it, not as the code does
    InvoiceStatus.DRAFT: set(NEW_VALUES),
    InvoiceStatus.ISSUED: WHILE_OPEN,
    InvoiceStatus.PARTIALY_PAID: WHILE_OPEN,
    InvoiceStatus.PAID: ALWAYS,
    InvoiceStatus.VOID: ALWAYS,
    InvoiceStatus.WRITTEN_OFF: ALWAYS,
}
CELLS = [(field, status) for status in InvoiceStatus for field in NEW_VALUES]


@pytest.fixture
def put(actor):
    """PUT the invoice with these changes."""

    def put(invoice, changes=None, expected_versions=None, **lists):
        data = InvoiceInput(fields=changes or {}, **lists)
        update_invoice(invoice, data, expected_versions=expected_versions, **actor)

    return put


class TestField:
    @pytest.mark.parametrize(("field", "status"), [cell for cell in CELLS if cell[0] in EDITABLE[cell[1]]], ids=str)
    def test_changed_field_records_an_event(self, put, field, status):
        invoice = InvoiceFactory(**STATES[status])
        version = invoice.version

        put(invoice, **NEW_VALUES[field](invoice))

        event = Invoice.objects.get().events.latest("version")
        assert field in event.changes
        assert event.version == invoice.version == version + 1
        assert event.kind == (EventKind.TAGGED if field == "tags" else EventKind.UPDATED)
        assert Invoice.objects.get().status == status

    @pytest.mark.parametrize(("field", "status"), [cell for cell in CELLS if cell[0] not in EDITABLE[cell[1]]], ids=str)
    def test_frozen_field_is_refused(self, put, field, status):
        invoice = InvoiceFactory(**STATES[status])
        before = Invoice.objects.values().get()

        with pytest.raises(InvoiceImmutable) as raised:
            put(invoice, **NEW_VALUES[field](invoice))

        assert [(error.pointer, error.code) for error in raised.value.errors] == [(f"/{field}", "invoice_immutable")]
        assert Invoice.objects.values().get() == before

    @pytest.mark.parametrize("status", InvoiceStatus, ids=str)
    def test_repeated_value_is_no_change(self, put, status):
        patient = PatientFactory()
        given = {"appointment": AppointmentFactory(patient=patient), "due_date": OTHER_DAY, "notes": "Hello"}
        made = {"patient": patient, "tags": ["Recall"], "discount_percent": Decimal("12.5"), **given}
        invoice = Invoice.objects.get(pk=InvoiceFactory(**made, **STATES[status]).pk)
        version, events = invoice.version, invoice.events.count()

        put(
            invoice,
            {
                "patient": patient,
                "bill_to": invoice.payer,
                "issue_date": invoice.issue_date,
                "discount_amount": Decimal(0),
                "discount_percent": Decimal("12.50"),
                "internal_note": "",
                **given,
            },
            items=[item("100.0")],
            tags=["recall"],
        )

        invoice.refresh_from_db()
        assert (invoice.version, invoice.events.count()) == (version, events)


class TestFrozenFields:
    def test_every_frozen_field_has_a_pointer_and_is_named_in_the_message(self, put):
        invoice = InvoiceFactory(issued=True)

        with pytest.raises(InvoiceImmutable) as raised:
            put(invoice, {"patient": PatientFactory(), "discount_amount": Decimal(1), "notes": "x"}, items=[])

        assert [error.pointer for error in raised.value.errors] == ["/patient_id", "/items", "/discount_amount"]
        assert str(raised.value) == (
            "The patient, the items and the discount amount cannot change once the invoice is issued."
        )

    def test_frozen_field_refuses_the_other_changes_of_the_request(self, put):
        invoice = InvoiceFactory(issued=True)

        with pytest.raises(InvoiceImmutable):
            put(invoice, {"notes": "x", "discount_amount": Decimal(1)}, tags=["Recall"])

        assert Invoice.objects.get().notes == ""
        assert not Tag.objects.exists()


class TestInternalNote:
    @pytest.mark.parametrize("status", InvoiceStatus, ids=str)
    def test_internal_note_may_change_in_every_status(self, put, status):
        invoice = InvoiceFactory(**STATES[status])

        put(invoice, {"internal_note": "Rings often"})

        assert Invoice.objects.get().internal_note == "Rings often"
        assert invoice.events.latest("version").changes == {"internal_note": ["", "Rings often"]}


class TestPatientOfADraft:
    def test_patient_of_a_draft_with_a_deposit_cannot_change(self, put):
        invoice = InvoiceFactory(deposit="40.00")

        with pytest.raises(DraftHasDeposit) as raised:
            put(invoice, {"patient": PatientFactory()})

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/patient_id", "deposit_held")]

    def test_patient_of_a_draft_may_change_after_the_deposit_was_refunded(self, actor, put):
        invoice = InvoiceFactory(deposit="40.00")
        refund(invoice, amount=Decimal("40.00"), method="cash", reason="Wrong person", **actor)
        patient = PatientFactory()

        put(invoice, {"patient": patient})

        assert Invoice.objects.get().patient == patient

    def test_payer_follows_the_patient_unless_one_was_named(self, put):
        invoice = InvoiceFactory()
        patient = PatientFactory(given_name="Ada", family_name="Byron")

        put(invoice, {"patient": patient, "bill_to": invoice.payer})  # as a client sends back what it read

        assert Invoice.objects.get().payer.name == "Ada Byron"


class TestTotalOfADraft:
    def test_total_below_the_deposit_is_refused(self, put):
        invoice = InvoiceFactory(deposit="40.00")

        with pytest.raises(TotalBelowPaid) as raised:
            put(invoice, items=[item("39.99")])

        assert raised.value.code == "total_below_paid"
        assert Invoice.objects.get().total_amount == Decimal("100.00")

    def test_total_may_equal_the_deposit(self, put):
        invoice = InvoiceFactory(deposit="40.00")

        put(invoice, items=[item("40.00")])

        assert Invoice.objects.get().remaining_amount == 0


class TestAppointment:
    def test_appointment_of_another_patient_is_refused(self, put):
        invoice = InvoiceFactory()

        with pytest.raises(AppointmentOfAnother) as raised:
            put(invoice, {"appointment": AppointmentFactory()})

        assert [error.pointer for error in raised.value.errors] == ["/appointment_id"]

    def test_appointment_of_another_patient_is_refused_on_a_new_invoice(self, actor):
        with pytest.raises(AppointmentOfAnother):
            InvoiceFactory(appointment=AppointmentFactory())

    def test_appointment_of_another_patient_is_refused_on_an_issued_invoice(self, put):
        invoice = InvoiceFactory(issued=True)

        with pytest.raises(AppointmentOfAnother):
            put(invoice, {"appointment": AppointmentFactory()})

    def test_appointment_is_refused_when_the_patient_changes(self, put):
        patient = PatientFactory()
        invoice = InvoiceFactory(patient=patient, appointment=AppointmentFactory(patient=patient))

        with pytest.raises(AppointmentOfAnother):
            put(invoice, {"patient": PatientFactory()})

    def test_appointment_of_the_surviving_patient_is_accepted(self, actor, put):
        survivor, merged = PatientFactory(), PatientFactory()
        invoice = InvoiceFactory(patient=merged)
        merged.merge_into(survivor, **actor)

        put(invoice, {"appointment": AppointmentFactory(patient=survivor)})

        assert Invoice.objects.get().appointment.patient == survivor

    def test_appointment_may_have_several_invoices(self, actor):
        appointment = AppointmentFactory()

        for _ in range(2):
            InvoiceFactory(patient=appointment.patient, appointment=appointment)

        assert appointment.invoices.count() == 2

    def test_appointment_may_be_removed(self, put):
        appointment = AppointmentFactory()
        invoice = InvoiceFactory(patient=appointment.patient, appointment=appointment)

        put(invoice, {"appointment": None})

        assert Invoice.objects.get().appointment is None
        assert invoice.events.latest("version").changes == {"appointment_id": [str(appointment.pk), None]}


class TestBillTo:
    def test_empty_bill_to_means_the_patient(self, put):
        invoice = InvoiceFactory(bill_to=Payer("Insurance AG", "3 Square"))

        put(invoice, {"bill_to": Payer("", "")})

        assert Invoice.objects.get().payer.name == invoice.patient.full_name

    def test_empty_bill_to_is_no_change_if_the_patient_pays(self, put):
        invoice = InvoiceFactory()

        put(invoice, {"bill_to": Payer("", "")})

        assert invoice.version == 1

    def test_bill_to_is_in_the_history_with_name_and_address(self, put):
        invoice = InvoiceFactory(bill_to=Payer("Insurance AG", "3 Square"))

        put(invoice, {"bill_to": Payer("Employer", "4 Lane")})

        assert invoice.events.latest("version").changes["bill_to"] == [
            {"name": "Insurance AG", "address": "3 Square"},
            {"name": "Employer", "address": "4 Lane"},
        ]


class TestTags:
    def test_tags_are_in_the_history_by_name(self, put):
        invoice = InvoiceFactory(tags=["Recall"])

        put(invoice, tags=["VIP", "recall"])

        assert invoice.events.latest("version").changes == {"tags": [["Recall"], ["Recall", "VIP"]]}

    def test_tags_are_cleared_by_an_empty_list(self, put):
        invoice = InvoiceFactory(tags=["Recall"])

        put(invoice, tags=[])

        assert not invoice.tags.exists()

    def test_omitted_tags_are_unchanged(self, put):
        invoice = InvoiceFactory(tags=["Recall"])

        put(invoice, {"notes": "x"})

        assert [tag.name for tag in invoice.tags.all()] == ["Recall"]


class TestDates:
    def test_dates_are_in_the_history_with_time_and_zone(self, put):
        invoice = InvoiceFactory(issued=True)
        due = invoice.due_date

        put(invoice, {"due_date": OTHER_DAY})

        assert invoice.events.latest("version").changes == {"due_date": [due.isoformat(), OTHER_DAY.isoformat()]}


class TestVersion:
    def test_stale_version_is_refused(self, put):
        invoice = InvoiceFactory()
        put(invoice, {"notes": "first"})

        with pytest.raises(StaleVersion, match="version 2"):
            put(invoice, {"notes": "second"}, expected_versions=[1])

        assert Invoice.objects.get().notes == "first"

    @pytest.mark.parametrize("versions", [[1], [7, 1]])
    def test_current_version_is_accepted(self, put, versions):
        invoice = InvoiceFactory()

        put(invoice, {"notes": "first"}, expected_versions=versions)

        assert Invoice.objects.get().notes == "first"

    def test_stale_version_is_refused_even_if_nothing_would_change(self, put):
        invoice = InvoiceFactory()

        with pytest.raises(StaleVersion):
            put(invoice, expected_versions=[2])


class TestRevise:
    """`revise` returns whether it changed anything; it needs the lock of its caller."""

    def test_revise_returns_true_if_something_changed(self, actor):
        assert revise(InvoiceFactory(), InvoiceInput(fields={"notes": "Hello"}), **actor)

    def test_revise_returns_false_if_nothing_changed(self, actor):
        assert not revise(InvoiceFactory(), InvoiceInput(fields={"notes": ""}), **actor)
