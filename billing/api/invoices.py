"""API resource: invoices, the actions on one invoice (issue, void, ...) and its sublists."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet

from billing import roles
from billing.api.body_errors import (
    credit_note_errors,
    credit_request,
    invoice_errors,
    payment_body_errors,
    void_errors,
)
from billing.api.examples import INVOICE_DOCS
from billing.api.filters import InvoiceFilters, PatientInvoiceFilters
from billing.api.invoice_responses import (
    HasStoredRepresentation,
    represent_event,
    represent_invoice,
    represent_invoices,
)
from billing.api.payment_responses import represent_credit_note, represent_movement, represent_payment, represent_refund
from billing.api.resolve_records import resolve_invoice
from billing.api.response_schemas import (
    CreditNoteShape,
    EventShape,
    InvoiceShape,
    MovementShape,
    PaymentShape,
    RefundShape,
)
from billing.api.serializers import (
    CreditNoteBody,
    InvoiceBody,
    MoneyInBody,
    ReasonBody,
    RefundBody,
    VoidBody,
    WriteOffBody,
)
from billing.api.value_error_codes import CODES
from billing.choices import InvoiceStatus
from billing.models import CreditNote, Invoice, InvoiceEvent, PaymentAllocation, Refund
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.operations.create_or_update import create_invoice, update_invoice
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.inactive_records import InactiveRecords, inactive_records, inactive_records_of
from billing.operations.issuing import issue
from billing.operations.payments import pay
from billing.operations.refunds import refund
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.reports.appointments import invoices_of_appointment
from clinic.api.lists.listing import Listing, order_paths
from clinic.api.requests.serializers import ReadBody
from clinic.api.resources import Resource, sublist, verb
from clinic.db.compiled import CompiledQuery
from clinic.db.expressions import InNumberOrder
from clinic.domain.dates import local_date
from clinic.domain.errors import FieldError
from clinic.json_values import Body, JsonObject
from patients.models import Appointment, AppointmentStatus, Patient

Days = tuple[date | None, date | None]


class InvoiceResource(Resource):
    path = "invoice"
    body = InvoiceBody
    shape = InvoiceShape
    operation_docs = INVOICE_DOCS
    error_codes = CODES
    read_permission = roles.READ_INVOICES
    add_permission = roles.DRAFT
    change_permission = roles.CHANGE
    lock_first = True
    hidden_from_patients = frozenset({"tags", "corrected_by_id", "created_by", "reason"})
    listing = Listing(
        filters=InvoiceFilters,
        search=InvoiceQuerySet.matching,
        orders=order_paths(
            "created_at updated_at issue_date due_date total_amount remaining_amount paid_amount status",
            reg_number=InNumberOrder("reg_number"),
            patient="patient__sort_name",
        ),
        columns=("pk", "wire_document"),
    )

    patient_listing = replace(listing, filters=PatientInvoiceFilters)

    # -- The contract

    def get_queryset(self) -> InvoiceQuerySet:
        """Return all invoices; for a GET of one, rows of id, version and stored representation."""
        rows = Invoice.objects.all()
        return rows.representation_rows() if self.action == "retrieve" else rows.select_related("patient")

    def get_patient_queryset(self, patient_id: UUID, /) -> InvoiceQuerySet:
        return self.get_queryset().of_accounts([patient_id]).ever_issued()

    def get_visible(self, key: UUID, /, *, lock: bool) -> Invoice | HasStoredRepresentation | None:
        """Return the invoice, or for a GET its stored representation.

        For a write: the columns that are checked before the operation reads the whole row under its lock; with `lock`,
        the whole row, locked after its patient's account, which is the order of all operations.
        """
        if self.patient_id is not None:
            own: HasStoredRepresentation | None = super().get_visible(key, lock=lock)
            return own
        if self.action == "retrieve":
            row = _GET_QUERY.first(key)
            return None if row is None else StoredInvoice(*row)
        for patient in _PATIENT_QUERY.all(key) if lock else ():
            patient.lock_account()
        return Invoice.objects.get_locked(key) if lock else _UPDATE_QUERY.first(key)

    def get_locked(self, key: UUID, /) -> Invoice | None:
        return Invoice.objects.get_locked(key)

    def represent(self, record: Invoice | HasStoredRepresentation) -> Body:
        return represent_invoice(record) if isinstance(record, Invoice) else represent_invoices([record])[0]

    def represent_all(self, records: Sequence[HasStoredRepresentation]) -> Iterable[Body]:
        return represent_invoices(records)

    def version(self, record: Invoice | Any, /) -> str:
        return str(record.version)

    def shows_its_version(self, record: HasStoredRepresentation, /) -> bool:
        """Return False if the patient or a tag, whose names it shows, was changed since the invoice was."""
        since = F("updated_at")
        later = Q(patient__updated_at__gt=since) | Q(tags__updated_at__gt=since)
        return not Invoice.objects.filter(later, pk=record.pk).exists()

    def add(self, values: dict[str, Any]) -> Invoice:
        data = resolve_invoice(values)
        invoice = create_invoice(data, by=self.by, at=self.at)
        self._warn_of_due_day(invoice, before=(None, None))
        self._warn_of_inactive(inactive_records(invoice.patient, data.services))
        self._warn_of_appointment(invoice, data.fields.get("appointment"))
        return invoice

    def change(self, record: Invoice, values: dict[str, Any]) -> Invoice:
        before, was_draft = _days(record), record.status == InvoiceStatus.DRAFT
        appointment_before = record.appointment_id
        if not was_draft and "appointment_id" in values and values["appointment_id"] is None:
            del values["appointment_id"]  # null takes it off a draft; else it is absent
        data = resolve_invoice(values)
        update_invoice(record, data, by=self.by, at=self.at, expected_versions=self._versions_read(record))
        record.patient = data.fields.get("patient") or record.get_patient()  # in memory for the response
        self._warn_of_due_day(record, before=before)
        if was_draft:
            self._warn_of_inactive(inactive_records(record.patient, data.services))
        appointment = data.fields.get("appointment")
        if appointment is not None and appointment.pk != appointment_before:
            self._warn_of_appointment(record, appointment)
        return record

    def find_errors(self, body: ReadBody, /) -> Iterable[FieldError]:
        if self.action == "pay":
            return payment_body_errors(body, at=self.at)
        if self.action == "create":
            return invoice_errors(body, None)
        if find := ERRORS_OF_BODIES.get(self.action):
            return find(body, Invoice.objects.select_related("patient").get(pk=self.kwargs["key"]))
        return ()

    # -- Actions

    @verb("issue", roles.ISSUE, lock_first=True)
    def issue(self, invoice: Invoice, _values: dict[str, Any]) -> Body:
        """Issue the draft: assign its number."""
        before = _days(invoice)
        issue(invoice, by=self.by, at=self.at)
        self._warn_of_due_day(invoice, before=before)
        self._warn_of_inactive(inactive_records_of(invoice))
        return represent_invoice(invoice)

    @verb("void", roles.VOID, body=VoidBody)
    def void(self, invoice: Invoice, values: dict[str, Any]) -> Body:
        """Void the invoice; `payments` says whether the money paid is refunded or kept as credit."""
        method = {"method": values["method"]} if "method" in values else {}
        reason = values.get("reason", "")
        void(invoice, reason=reason, release_to=values.get("payments"), by=self.by, at=self.at, **method)
        return represent_invoice(invoice)

    @verb("write-off", roles.WRITE_OFF, body=WriteOffBody)
    def write_off(self, invoice: Invoice, values: dict[str, Any]) -> Body:
        """Write off the amount due, or a part of it."""
        write_off(invoice, by=self.by, at=self.at, **values)
        return represent_invoice(invoice)

    @verb("reinstate", roles.REINSTATE, body=ReasonBody)
    def reinstate(self, invoice: Invoice, values: dict[str, Any]) -> Body:
        """Reverse the write-offs of the invoice."""
        reinstate(invoice, by=self.by, at=self.at, **values)
        return represent_invoice(invoice)

    @verb("payments", roles.TAKE_PAYMENT, body=MoneyInBody, status=201, shape=PaymentShape, lock_first=True)
    def pay(self, invoice: Invoice, values: dict[str, Any]) -> JsonObject:
        """Record a payment."""
        to_credit = values.pop("excess", "reject") == "credit"
        payment = pay(invoice, by=self.by, at=self.at, excess_to_credit=to_credit, **values)
        self.headers["Location"] = f"/payment/{payment.pk}"
        return represent_payment(payment)

    @verb("refunds", roles.REFUND, body=RefundBody, status=201, shape=RefundShape, lock_first=True)
    def refund(self, invoice: Invoice, values: dict[str, Any]) -> JsonObject:
        """Refund money paid on the invoice."""
        was_written_off = invoice.status == InvoiceStatus.WRITTEN_OFF
        row = refund(invoice, by=self.by, at=self.at, **values)
        if was_written_off and invoice.status != InvoiceStatus.WRITTEN_OFF:
            self.warn("debt_lives_again", reinstated_debt_warning(invoice))
        return represent_refund(row)

    @verb("credit-notes", roles.CREDIT, body=CreditNoteBody, status=201, shape=CreditNoteShape)
    def credit(self, invoice: Invoice, values: dict[str, Any]) -> JsonObject:
        """Credit items of the invoice, or everything that is not credited yet."""
        items = [credit_request(**item) for item in values["items"]] if "items" in values else None
        note = issue_credit_note(invoice=invoice, reason=values["reason"], items=items, by=self.by, at=self.at)
        return represent_credit_note(note)

    @verb("correct", roles.CORRECT, body=ReasonBody, status=201)
    def correct(self, invoice: Invoice, values: dict[str, Any]) -> Body:
        """Credit the whole invoice; the response is a new draft with the same items."""
        draft = correct(invoice=invoice, reason=values["reason"], by=self.by, at=self.at)
        self.headers["Location"] = f"/{self.path}/{draft.pk}"
        return represent_invoice(draft)

    # -- Sublists

    @sublist("payments", roles.READ_PAYMENTS, represent_movement, shape=MovementShape)
    def movements(self, invoice: Invoice) -> QuerySet[PaymentAllocation]:
        """List the money allocated to the invoice and released from it; the amounts add up to `paid_amount`."""
        return PaymentAllocation.objects.filter(invoice=invoice).select_related("payment", "refund", "created_by")

    @sublist("refunds", roles.READ_REFUNDS, represent_refund, shape=RefundShape)
    def refunds(self, invoice: Invoice) -> QuerySet[Refund]:
        """List the refunds of money paid on the invoice."""
        return Refund.objects.filter(invoice=invoice).select_related("created_by")

    @sublist("credit-notes", roles.READ_CREDIT_NOTES, represent_credit_note, shape=CreditNoteShape)
    def credit_notes(self, invoice: Invoice) -> QuerySet[CreditNote]:
        """List the credit notes of the invoice."""
        notes = CreditNote.objects.filter(invoice=invoice)
        return notes.select_related("created_by").prefetch_related("lines__item")

    @sublist(
        "events",
        roles.READ_EVENTS,
        represent_event,
        shape=EventShape,
        listing=Listing(orders=order_paths("version"), default_order="version"),
    )
    def events(self, invoice: Invoice) -> QuerySet[InvoiceEvent]:
        """List the history of the invoice, oldest first."""
        return InvoiceEvent.objects.filter(invoice=invoice).select_related("created_by")

    # -- Preconditions and warnings

    def _versions_read(self, invoice: Invoice) -> list[int] | None:
        """Return the version that the caller proved to have read by If-Match; `*` proves nothing."""
        expected = self.request.headers.get("If-Match", "*").strip()
        return None if expected == "*" else [invoice.version]

    def _warn_of_due_day(self, invoice: Invoice, *, before: Days) -> None:
        """Warn if this write set a due day before the issue day: the invoice is due at once."""
        issued, due = days = _days(invoice)
        if days != before and issued and due and due < issued:
            detail = f"The due date, {due}, is before the issue date, {issued}, so the invoice is due immediately."
            self.warn("due_before_issue", detail)

    def _warn_of_inactive(self, inactive: InactiveRecords) -> None:
        if inactive.patient:
            self.warn("inactive_patient", f"The patient {inactive.patient.full_name} is marked as inactive.")
        for service in inactive.services:
            detail = f"“{service.description}” ({service.code}) is no longer on the price list."
            self.warn("inactive_service", detail)

    def _warn_of_appointment(self, invoice: Invoice, appointment: Appointment | None) -> None:
        """Warn if the appointment that this write set has another invoice, or is cancelled."""
        if appointment is None:
            return
        for other in invoices_of_appointment(appointment, besides=invoice.pk):
            self.warn("appointment_has_invoice", f"The appointment already has the invoice {other.reg_number}.")
        if appointment.status == AppointmentStatus.CANCELLED:
            self.warn("appointment_cancelled", "The appointment is cancelled.")


class StoredInvoice(NamedTuple):
    """The columns of an invoice that a GET reads."""

    pk: UUID
    version: int
    wire_document: str | None


ERRORS_OF_BODIES: Mapping[str, Callable[[ReadBody, Invoice], Iterable[FieldError]]] = {
    "update": invoice_errors,
    "partial_update": invoice_errors,
    "credit": credit_note_errors,
    "void": void_errors,
}
_GET_QUERY = CompiledQuery(lambda key: Invoice.objects.filter(pk=key).representation_rows())
_COLUMNS_BEFORE_LOCK = ("version", "status", "patient", "appointment", "issue_date", "due_date")
_UPDATE_QUERY = CompiledQuery(lambda key: Invoice.objects.filter(pk=key).only(*_COLUMNS_BEFORE_LOCK))
_PATIENT_QUERY = CompiledQuery(lambda key: Patient.objects.filter(invoices=key).only("merged_into"))


def _days(invoice: Invoice) -> Days:
    issued, due = (date_ and local_date(date_) for date_ in (invoice.issue_date, invoice.due_date))
    return issued, due


def reinstated_debt_warning(invoice: Invoice) -> str:
    """Return the text of the warning that a written-off invoice has an amount due again."""
    return f"{invoice.reg_number} was written off; {invoice.remaining_amount} of it is due again."
