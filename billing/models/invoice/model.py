"""The invoice: how it is made, changed, issued and voided, and what must never be true of one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from billing.choices import EventKind, InvoiceStatus, NumberedDocument, PaymentMethod
from billing.models.catalogue import Tag
from billing.models.closing import BooksClosing
from billing.models.invoice.dates import check_issue_day, due_by_default
from billing.models.invoice.item_list import Given, replace_items
from billing.models.invoice.money_verbs import PayableInvoice
from billing.models.invoice.queryset import NOT_BILLED, OPEN, InvoiceQuerySet
from billing.models.invoice.record import Payer, locking
from billing.models.invoice.revision import Revision, check_appointment, write_field
from billing.models.ledger import check_reason, within_money
from billing.models.numbering import NumberSeries
from billing.roles import CHANGE, DISCOUNT_ANY, DRAFT, ISSUE, REFUND, VOID, VOID_ANY
from billing.rules.clerk_limits import check_clerk_discount, check_clerk_void
from billing.rules.lifecycle import Verb, check_editable, check_verb, check_void
from billing.rules.paid_amount import check_patient_change
from billing.rules.register_numbers import DRAFT_PREFIX
from billing.rules.settlement import settled_status
from clinic.db.compiled import make
from clinic.db.transactions import atomic, current_request_transaction
from clinic.domain.dates import local_date
from clinic.domain.errors import InvalidValue
from clinic.domain.permissions import check_permission, has_permission

ReleaseTo = Literal["credit", "refund"]
AMOUNTS = (
    "subtotal",
    "discount_amount",
    "discount_total",
    "tax_amount",
    "total_amount",
    "paid_amount",
    "credited_amount",
    "written_off_amount",
    "remaining_amount",
)


class EmptyInvoice(InvalidValue):
    """An invoice without items is not issued."""

    code = "empty_invoice"


class InvoiceManager(models.Manager["Invoice"]):
    def hold(self, key: UUID) -> "Invoice | None":
        """Lock and return an invoice.

        Later operations of the same `request_transaction()` do not read it again, and change only this object.
        """
        invoice: Any = locking(Invoice).first(key)
        if invoice is None:
            return None
        invoice._held_in = current_request_transaction()
        return invoice  # type: ignore[no-any-return]  # Invoice is the one concrete class

    @atomic
    def create_with_items(self, **told: Any) -> "Invoice":
        """As `begin`, in a transaction of its own."""
        return self.begin(**told)

    def begin(
        self, *, by: User, at: datetime, items: Sequence[Given] = (), tags: Iterable[str] = (), **fields: Any
    ) -> "Invoice":
        """A new draft with its items and tags, from memory: a constant number of statements, in the caller's
        transaction.

        `items` as `replace_items` takes them; `bill_to` is a Payer. ItemsRefused, InvalidTotals, or
        DiscountNeedsSupervisor.
        """
        check_permission(by, DRAFT)
        payer = fields.pop("bill_to", Payer("", ""))
        invoice = make(Invoice, created_at=at, bill_to_name=payer.name, bill_to_address=payer.address, **fields)
        check_appointment(invoice.patient, invoice.appointment)
        invoice._words = Tag.objects.named(tags)
        invoice.save(items=replace_items(items), at=at, force_insert=True)
        invoice._check_discount(by)
        if invoice._words:
            link = self.model.tags.through
            link.objects.bulk_create(link(invoice_id=invoice.pk, tag_id=tag.pk) for tag in invoice._words)
        changes = {"total_amount": [None, str(invoice.total_amount)]}
        invoice._note(EventKind.CREATED, by=by, at=at, changes=changes, stored=True)
        return invoice


class Invoice(PayableInvoice):
    """A patient's invoice. Changed by its verbs only; each writes an event, and adds one to `version`."""

    objects = InvoiceManager.from_queryset(InvoiceQuerySet)()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["created_at", "id"], name="invoice_by_creation"),
            models.Index(fields=["patient", "created_at", "id"], name="invoice_by_patient"),
            models.Index(fields=["status", "created_at", "id"], name="invoice_by_status"),
            models.Index(fields=["status", "due_date", "id"], name="invoice_by_due_date"),
            models.Index(
                fields=[
                    "due_date",
                    "issue_date",
                    "remaining_amount",
                    "patient",
                    "status",
                    "total_amount",
                    "paid_amount",
                    "id",
                ],
                condition=Q(status__in=OPEN),
                name="invoice_open",
            ),
            models.Index(
                fields=["issue_date", "total_amount", "status"],
                condition=~Q(status__in=NOT_BILLED),
                name="invoice_billed",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=within_money(*AMOUNTS), name="invoice_amount_bounds"),
            models.CheckConstraint(
                condition=Q(**{f"{name}__gte": 0 for name in AMOUNTS}), name="invoice_amounts_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100),
                name="invoice_discount_percent_bounds",
            ),
            models.CheckConstraint(
                condition=Q(total_amount=F("subtotal") - F("discount_total") + F("tax_amount")),
                name="invoice_totals_tie_up",
            ),
            models.CheckConstraint(
                condition=Q(paid_amount__lte=F("total_amount") - F("credited_amount") - F("written_off_amount")),
                name="invoice_paid_within_total",
            ),
            models.CheckConstraint(
                condition=Q(status="VOID", remaining_amount=0)
                | ~Q(status="VOID")
                & Q(
                    remaining_amount=F("total_amount")
                    - F("paid_amount")
                    - F("credited_amount")
                    - F("written_off_amount")
                ),
                name="invoice_remaining_ties_up",
            ),
            models.CheckConstraint(
                condition=Q(status="DRAFT", credited_amount=0, written_off_amount=0)
                | Q(status="ISSUED", paid_amount=0, remaining_amount__gt=0)
                | Q(status="PARTIALY_PAID", paid_amount__gt=0, remaining_amount__gt=0)
                | Q(status="PAID", remaining_amount=0, written_off_amount=0)
                | Q(status="VOID", paid_amount=0, credited_amount=0, written_off_amount=0)
                | Q(status="WRITTEN_OFF", remaining_amount=0, written_off_amount__gt=0),
                name="invoice_status_follows_amounts",
            ),
            models.CheckConstraint(
                condition=Q(status="DRAFT", reg_number__startswith=DRAFT_PREFIX)
                | Q(status="VOID")
                | ~Q(status__in=["DRAFT", "VOID"])
                & Q(reg_number__startswith="INV-", issue_date__isnull=False, due_date__isnull=False),
                name="invoice_number_once_issued",
            ),
        ]
        permissions = [
            ("backdate_invoice", gettext_noop("Can issue with a date further back than BACKDATE_DAYS")),
            ("issue_invoice", gettext_noop("Can issue")),
            ("void_invoice", gettext_noop("Can void on the day of issue, while nothing is paid")),
            ("void_any_invoice", gettext_noop("Can void on a later day, or with money on it")),
            ("discount_any_invoice", gettext_noop("Can discount by more than a fifth of the gross")),
            ("correct_invoice", gettext_noop("Can correct by a credit note and a new draft")),
            ("write_off_invoice", gettext_noop("Can write off")),
            ("reinstate_invoice", gettext_noop("Can reinstate")),
        ]

    @atomic
    def issue(self, *, by: User, at: datetime) -> None:
        """Give the draft its number, freeze what it says, and claim what it is worth.

        EmptyInvoice without items; PeriodClosed, IssueDateInFuture or BackdateNotAllowed for its date.
        """
        check_permission(by, ISSUE)
        self.lock()
        check_verb(Verb.ISSUE, InvoiceStatus(self.status))
        items = self.lines
        if not items:
            raise EmptyInvoice.at("/items", "An invoice without items cannot be issued.")
        self.issue_date = self.issue_date or at
        day = local_date(self.issue_date)
        check_issue_day(day, by=by, at=at)
        self.due_date = self.due_date or due_by_default(day)
        self._calculate(items)
        self._freeze_particulars()
        self._move(settled_status(**self.amounts()))
        self._note(EventKind.ISSUED, by=by, at=at, changes={"status": [InvoiceStatus.DRAFT, self.status]})
        self.reg_number = NumberSeries.objects.draw(NumberedDocument.INVOICE, day.year)  # last: it locks the series
        self.search_text = self.searchable(items)
        self.save(at=at)

    @atomic
    def void(
        self,
        *,
        reason: str,
        by: User,
        at: datetime,
        release_to: ReleaseTo | None = None,
        method: PaymentMethod = PaymentMethod.UNSPECIFIED,
    ) -> None:
        """Cancel an invoice; it keeps its number and its amounts. `release_to`: what happens to money paid on it.

        MoveNotAllowed, InvoiceHasAdjustments, VoidNeedsSupervisor, or InvoiceHasPayments when the call does not say
        what happens to the money.
        """
        check_permission(by, VOID, *([REFUND] if release_to == "refund" else []))
        self.lock()
        self._check_desk_void(by, at)
        self._check_void(reason=reason, handles_payments=release_to is not None)
        before, status_before = self.ledger_sums(), self.status
        if self.paid_amount and release_to == "refund":
            check_reason(reason, what="A refund")
            self._hand_out(self.paid_amount, method=method, reason=reason, reference="", by=by, at=at)
        elif self.paid_amount:
            self.release(self.held_parts(), by=by, at=at)
        self.reverse_write_offs(self.written_off_amount, reason=reason, by=by, at=at)
        self._move(InvoiceStatus.VOID)
        changes = self._moved(before, status_before)
        self._note(EventKind.VOIDED, by=by, at=at, reason=reason, changes=changes)
        self.save(at=at)

    def revise(
        self,
        *,
        by: User,
        at: datetime,
        changes: Mapping[str, Any],
        items: Sequence[Given] | None = None,
        tags: Iterable[str] | None = None,
    ) -> bool:
        """Change what may be changed now of an invoice that the caller has locked; False when nothing differs.

        `changes` maps patient, appointment, bill_to (a Payer; empty: the patient), issue_date, due_date,
        discount_amount, discount_percent, notes or internal_note to their new values.
        InvoiceImmutable names each frozen field; DraftHasDeposit and TotalBelowPaid keep a draft's deposit.
        DiscountNeedsSupervisor.
        """
        check_permission(by, CHANGE)
        revision = Revision.of(self, changes=changes, items=items, tags=tags)
        if not revision.is_change:
            return False
        check_editable(InvoiceStatus(self.status), revision.ruled_fields)
        if "patient" in revision.differing:
            check_patient_change(paid=self.paid_amount)
        for name, value in revision.differing.items():
            write_field(self, name, value)
        if revision.differing.keys() & {"patient", "appointment"}:
            check_appointment(self.patient, self.appointment)
        if revision.tags is not None:
            self.tags.set(revision.tags)
            self._words = revision.tags
        self.save(items=revision.items, at=at)
        if revision.changes_figures:
            self._check_discount(by)
        self._note(revision.kind, by=by, at=at, changes=revision.told(self), stored=True)
        return True

    def _check_discount(self, by: User) -> None:
        if not has_permission(by, DISCOUNT_ANY):
            lines = [item.line for item in self.lines]
            check_clerk_discount(lines, total_before_tax=self.subtotal - self.discount_total)

    def _check_desk_void(self, by: User, at: datetime) -> None:
        if has_permission(by, VOID_ANY):
            return
        issued = self.events.filter(kind=EventKind.ISSUED).values_list("created_at", flat=True).first()
        check_clerk_void(
            issued_on=local_date(issued) if issued else None,
            today=local_date(at),
            paid=self.paid_amount,
            written_off=self.written_off_amount,
        )

    def _check_void(self, *, reason: str, handles_payments: bool) -> None:
        check_void(status=InvoiceStatus(self.status), **self.amounts(), handles_payments=handles_payments)
        if not self.is_issued:
            return
        check_reason(reason, what="The void of an issued invoice")
        if self.issue_date is not None:
            what = "the void of an invoice of a closed period (use a credit note)"
            BooksClosing.objects.check_open(local_date(self.issue_date), what=what)

    def _freeze_particulars(self) -> None:
        self.bill_to_name, self.bill_to_address = self.payer
        patient = self.patient_known()
        born = patient.birth_date
        self.particulars = {
            "patient": {
                "id": str(self.patient_id),
                "record_number": patient.record_number,
                "name": patient.full_name,
                "birth_date": born.isoformat() if born else None,
                "address": patient.address,
            },
            "clinic": {
                "name": settings.CLINIC_NAME,
                "address": settings.CLINIC_ADDRESS,
                "time_zone": settings.CLINIC_TIME_ZONE,
            },
        }
