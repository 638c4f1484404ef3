"""What can be asked and done about invoices: the contract's routes, and the desk's verbs behind an id."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from billing import roles
from billing.api.arguments import told
from billing.api.codes import CODES
from billing.api.examples import INVOICE_NOTES
from billing.api.filters import InvoiceFilters, OwnInvoiceFilters
from billing.api.represent import Stored, Wire, event_out, invoice_out, invoices_out
from billing.api.represent_money import credit_note_out, movement_out, payment_out, refund_out
from billing.api.serializers import (
    CreditNoteBody,
    InvoiceBody,
    MoneyInBody,
    ReasonBody,
    RefundBody,
    VoidBody,
    WriteOffBody,
)
from billing.api.shapes import CreditNoteShape, EventShape, InvoiceShape, MovementShape, PaymentShape, RefundShape
from billing.choices import InvoiceStatus
from billing.models import CreditNote, Invoice, InvoiceEvent, PaymentAllocation, Refund
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.requests import create_invoice, update_invoice
from billing.rules.crediting import CreditRequest
from clinic.api.lists.list_view import Listing
from clinic.api.resources import Resource, sublist, verb
from clinic.db.compiled import Spelled
from clinic.domain.dates import day_of
from clinic.json_values import Body
from patients.models import Patient

Days = tuple[date | None, date | None]


class InvoiceResource(Resource):
    path = "invoice"
    body = InvoiceBody
    shape = InvoiceShape
    notes = INVOICE_NOTES
    codes = CODES
    reads, adds, changes = roles.READ_INVOICES, roles.DRAFT, roles.CHANGE
    holds = True
    internal = frozenset({"tags", "corrected_by_id", "created_by", "reason"})
    listing = Listing(
        filters=InvoiceFilters,
        search=InvoiceQuerySet.found_by,
        orders={
            "created_at": "created_at",
            "updated_at": "updated_at",
            "issue_date": "issue_date",
            "due_date": "due_date",
            "total_amount": "total_amount",
            "remaining_amount": "remaining_amount",
            "paid_amount": "paid_amount",
            "status": "status",
            "reg_number": "reg_number",
            "patient": "patient__sort_name",
        },
        columns=("pk", "wire_document"),
    )

    own_listing = replace(listing, filters=OwnInvoiceFilters)

    # -- The contract

    def rows(self) -> InvoiceQuerySet:
        """All of them; for a GET of one, rows of two columns and a document."""
        rows = Invoice.objects.all()
        return rows.stored() if self.action == "retrieve" else rows.select_related("patient")

    def own_rows(self, account: UUID, /) -> InvoiceQuerySet:
        return self.rows().of_accounts([account]).ever_issued()

    def named(self, key: UUID, /, *, lock: bool) -> Invoice | Stored | None:
        """For a write, with what is asked about before the verb reads it all under its lock; or held, after the account
        that it belongs to, the order in which every verb locks."""
        if self.account is not None:
            seen: Stored | None = super().named(key, lock=lock)
            return seen
        if self.action == "retrieve":
            row = _TO_TELL.first(key)
            return None if row is None else StoredInvoice(*row)
        for patient in _PAYER.all(key) if lock else ():
            patient.lock_account()
        return Invoice.objects.hold(key) if lock else _TO_CHANGE.first(key)

    def hold(self, key: UUID, /) -> Invoice | None:
        return Invoice.objects.hold(key)

    def represent(self, record: Invoice | Stored) -> Body:
        return invoice_out(record) if isinstance(record, Invoice) else invoices_out([record])[0]

    def represent_all(self, records: Sequence[Stored]) -> Iterable[Body]:
        return invoices_out(records)

    def version(self, record: Invoice | Any, /) -> str:
        return str(record.version)

    def add(self, values: dict[str, Any]) -> Invoice:
        body = told(values)
        invoice = create_invoice(
            by=self.by,
            at=self.at,
            fields=body.fields,
            items=body.items or (),
            tags=body.tags or (),
            wishes=body.wishes,
        )
        self._warn_of_due_day(invoice, before=(None, None))
        return invoice

    def change(self, record: Invoice, values: dict[str, Any]) -> Invoice:
        before = _days(record)
        body = told(values)
        update_invoice(
            invoice=record,
            by=self.by,
            at=self.at,
            changes=body.fields,
            items=body.items,
            tags=body.tags,
            wishes=body.wishes,
            expected_versions=self._versions_read(record),
        )
        record.patient = body.fields["patient"]  # who it is by now, to be told without reading them again
        self._warn_of_due_day(record, before=before)
        return record

    # -- Verbs

    @verb("issue", roles.ISSUE, holds=True)
    def issue(self, invoice: Invoice, _values: dict[str, Any]) -> Body:
        """Give it its number."""
        before = _days(invoice)
        invoice.issue(by=self.by, at=self.at)
        self._warn_of_due_day(invoice, before=before)
        return invoice_out(invoice)

    @verb("void", roles.VOID, body=VoidBody)
    def void(self, invoice: Invoice, values: dict[str, Any]) -> Body:
        """Cancel it; `payments` says what becomes of money on it."""
        method = {"method": values["method"]} if "method" in values else {}
        reason = values.get("reason", "")
        invoice.void(reason=reason, release_to=values.get("payments"), by=self.by, at=self.at, **method)
        return invoice_out(invoice)

    @verb("write-off", roles.WRITE_OFF, body=WriteOffBody)
    def write_off(self, invoice: Invoice, values: dict[str, Any]) -> Body:
        """Give up what remains, or part of it."""
        invoice.write_off(by=self.by, at=self.at, **values)
        return invoice_out(invoice)

    @verb("reinstate", roles.REINSTATE, body=ReasonBody)
    def reinstate(self, invoice: Invoice, values: dict[str, Any]) -> Body:
        """Claim again what was written off."""
        invoice.reinstate(by=self.by, at=self.at, **values)
        return invoice_out(invoice)

    @verb("payments", roles.TAKE_PAYMENT, body=MoneyInBody, status=201, shape=PaymentShape, holds=True)
    def pay(self, invoice: Invoice, values: dict[str, Any]) -> Wire:
        """Take money for it."""
        to_credit = values.pop("excess", "reject") == "credit"
        payment = invoice.pay(by=self.by, at=self.at, excess_to_credit=to_credit, **values)
        self.headers["Location"] = f"/payment/{payment.pk}"
        return payment_out(payment)

    @verb("refunds", roles.REFUND, body=RefundBody, status=201, shape=RefundShape)
    def refund(self, invoice: Invoice, values: dict[str, Any]) -> Wire:
        """Hand money of it out again."""
        was_given_up = invoice.status == InvoiceStatus.WRITTEN_OFF
        refund = invoice.refund(by=self.by, at=self.at, **values)
        if was_given_up and invoice.status != InvoiceStatus.WRITTEN_OFF:
            self.warn("debt_lives_again", living_again(invoice))
        return refund_out(refund)

    @verb("credit-notes", roles.CREDIT, body=CreditNoteBody, status=201, shape=CreditNoteShape)
    def credit(self, invoice: Invoice, values: dict[str, Any]) -> Wire:
        """Give back items of it, or all that is left."""
        items = [_asked(**item) for item in values["items"]] if "items" in values else None
        note = issue_credit_note(invoice=invoice, reason=values["reason"], items=items, by=self.by, at=self.at)
        return credit_note_out(note)

    @verb("correct", roles.CORRECT, body=ReasonBody, status=201)
    def correct(self, invoice: Invoice, values: dict[str, Any]) -> Body:
        """Credit all of it; the answer is the new draft with the same items."""
        draft = correct(invoice=invoice, reason=values["reason"], by=self.by, at=self.at)
        self.headers["Location"] = f"/{self.path}/{draft.pk}"
        return invoice_out(draft)

    # -- What hangs on it

    @sublist("payments", roles.READ_PAYMENTS, movement_out, shape=MovementShape)
    def movements(self, invoice: Invoice) -> QuerySet[PaymentAllocation]:
        """Money on it and off it again; the amounts add up to what is paid."""
        return PaymentAllocation.objects.filter(invoice=invoice).select_related("payment", "refund", "created_by")

    @sublist("refunds", roles.READ_REFUNDS, refund_out, shape=RefundShape)
    def refunds(self, invoice: Invoice) -> QuerySet[Refund]:
        """Money of it that was handed out."""
        return Refund.objects.filter(invoice=invoice).select_related("created_by")

    @sublist("credit-notes", roles.READ_CREDIT_NOTES, credit_note_out, shape=CreditNoteShape)
    def credit_notes(self, invoice: Invoice) -> QuerySet[CreditNote]:
        """What of it was given back."""
        notes = CreditNote.objects.filter(invoice=invoice)
        return notes.select_related("created_by").prefetch_related("lines__item")

    @sublist(
        "events",
        roles.READ_EVENTS,
        event_out,
        shape=EventShape,
        listing=Listing(orders={"version": "version"}, default_order="version"),
    )
    def events(self, invoice: Invoice) -> QuerySet[InvoiceEvent]:
        """What happened to it, the oldest first."""
        return InvoiceEvent.objects.filter(invoice=invoice).select_related("created_by")

    # -- How it is told

    def _versions_read(self, invoice: Invoice) -> list[int] | None:
        """The version that the caller showed to have read; `*` shows nothing."""
        expected = self.request.headers.get("If-Match", "*").strip()
        return None if expected == "*" else [invoice.version]

    def _warn_of_due_day(self, invoice: Invoice, *, before: Days) -> None:
        """When this write made the due day lie before the issue day: it is owed at once."""
        issued, due = days = _days(invoice)
        if days != before and issued and due and due < issued:
            detail = f"The due date, {due}, lies before the issue date, {issued}: it is due at once."
            self.warn("due_before_issue", detail)


class StoredInvoice(NamedTuple):
    """What a GET reads of an invoice."""

    pk: UUID
    version: int
    wire_document: str | None


_TO_TELL = Spelled(lambda key: Invoice.objects.filter(pk=key).stored())
_BEFORE_THE_LOCK = ("version", "status", "patient", "issue_date", "due_date")
_TO_CHANGE = Spelled(lambda key: Invoice.objects.filter(pk=key).only(*_BEFORE_THE_LOCK))
_PAYER = Spelled(lambda key: Patient.objects.filter(invoices=key).only("merged_into"))


def _asked(id: UUID, **how_much: Decimal) -> CreditRequest[UUID]:  # noqa: A002  # the name on the wire
    return CreditRequest(id, **how_much)


def _days(invoice: Invoice) -> Days:
    issued, due = (moment and day_of(moment) for moment in (invoice.issue_date, invoice.due_date))
    return issued, due


def living_again(invoice: Invoice) -> str:
    """What the desk is told of an invoice that had been given up."""
    return f"{invoice.remaining_amount} of {invoice.reg_number}, which was written off, is owed again."
