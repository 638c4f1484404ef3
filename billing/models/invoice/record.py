"""What an invoice is made of: its fields as a clerk reads them, and the `save()` that recalculates its totals."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.choices import EventKind, InvoiceStatus
from billing.models.catalogue import Tag
from billing.models.invoice import stored_representation
from billing.models.invoice.events import InvoiceEvent
from billing.models.invoice.item_list import ItemList
from billing.models.invoice.items import InvoiceItem, items_of
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.models.ledger import amount_field
from billing.models.numbering import draft_number
from billing.rules.ageing import days_overdue, effective_due
from billing.rules.lifecycle import check_move
from billing.rules.paid_amount import check_deposit
from billing.rules.register_numbers import DRAFT_PREFIX
from billing.rules.settlement import amount_due, settled_status
from billing.rules.totals import TaxLine, calculate_totals
from clinic.db.compiled import CompiledQuery, insert, update
from clinic.db.fields import BaseModel, RateField
from clinic.db.search import normalise
from clinic.db.transactions import current_request_transaction
from clinic.domain.dates import local_date, today
from patients.models import Patient

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

DERIVED = ("remaining_amount", "reg_number", "version", "updated_at", "wire_document")
OF_ITEMS = ("subtotal", "discount_total", "taxes", "tax_amount", "total_amount", "search_text")
LEDGER_SUMS = ("paid_amount", "credited_amount", "written_off_amount")
SETTLED = ("status", *LEDGER_SUMS)


class Payer(NamedTuple):
    """Who pays, as printed."""

    name: str
    address: str


class InvoiceRecord(BaseModel):
    """The columns of an invoice, and what keeps the derived ones right. The verbs are on Invoice."""

    reg_number = models.CharField(max_length=30, unique=True, editable=False, verbose_name=_("reg number"))
    patient = models.ForeignKey(
        "patients.Patient",
        on_delete=models.PROTECT,
        related_name="invoices",
        db_index=False,  # invoice_by_patient begins with it
        verbose_name=_("patient"),
    )
    appointment = models.ForeignKey(
        "patients.Appointment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invoices",
        verbose_name=_("appointment"),
    )
    status = models.CharField(
        max_length=13,
        choices=InvoiceStatus.choices,
        default=InvoiceStatus.DRAFT,
        editable=False,
        verbose_name=_("status"),
    )
    issue_date = models.DateTimeField(null=True, blank=True, verbose_name=_("issue date"))
    due_date = models.DateTimeField(null=True, blank=True, verbose_name=_("due date"))
    bill_to_name = models.CharField(
        max_length=250, blank=True, help_text=_("Who pays; empty: the patient."), verbose_name=_("bill to name")
    )
    bill_to_address = models.TextField(max_length=500, blank=True, verbose_name=_("bill to address"))
    discount_amount = amount_field(blank=True, verbose_name=_("discount amount"))
    discount_percent = RateField(default=Decimal("0.0000"), blank=True, verbose_name=_("discount percent"))
    tags = models.ManyToManyField("billing.Tag", blank=True, related_name="invoices", verbose_name=_("tags"))
    notes = models.TextField(
        max_length=5000, blank=True, help_text=_("Printed: the patient reads it."), verbose_name=_("notes")
    )
    internal_note = models.TextField(
        max_length=5000, blank=True, help_text=_("Never printed, never in the API."), verbose_name=_("internal note")
    )
    corrects = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrected_by",
        editable=False,
        verbose_name=_("corrects"),
    )
    particulars: "models.JSONField[Any, dict[str, Any]]" = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Patient and clinic as they were at issue."
    )
    currency = models.CharField(max_length=3, editable=False, verbose_name=_("currency"))
    version = models.PositiveIntegerField(default=1, editable=False, verbose_name=_("version"))
    # derived
    subtotal = amount_field(editable=False, verbose_name=_("subtotal"))
    discount_total = amount_field(editable=False, verbose_name=_("discount total"))
    taxes: "models.JSONField[Any, list[dict[str, str]]]" = models.JSONField(default=list, blank=True, editable=False)
    tax_amount = amount_field(editable=False, verbose_name=_("tax amount"))
    total_amount = amount_field(editable=False, verbose_name=_("total amount"))
    paid_amount = amount_field(editable=False, verbose_name=_("paid amount"))
    credited_amount = amount_field(editable=False, verbose_name=_("credited amount"))
    written_off_amount = amount_field(editable=False, verbose_name=_("written off amount"))
    remaining_amount = amount_field(editable=False, verbose_name=_("remaining amount"))
    search_text = models.TextField(blank=True, editable=False)
    wire_document = models.TextField(
        null=True, blank=True, editable=False, help_text="The stored representation (JSON) that the API returns."
    )

    # What a verb has in memory of what is not in the row; None: as it is stored.
    _lines: Sequence[InvoiceItem] | None = None
    _words: Sequence[Tag] | None = None
    _correction: UUID | None = None
    _held_in: object | None = None  # the transaction that has read and locked the row, where it was done by `hold`

    if TYPE_CHECKING:
        items: RelatedManager[InvoiceItem]
        corrects_id: UUID | None

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reg_number

    def save(self, *_: Any, items: ItemList | None = None, at: datetime | None = None, **options: Any) -> None:
        """Store the invoice; a draft with totals made anew from `items` (default: those stored).

        `items` that were added, moved or removed are stored with it. InvalidTotals when the items do not add up to
        an invoice, TotalBelowPaid when a draft's deposit would be higher than its total. Of Django's options only
        `update_fields` counts: what is new is inserted, all else is updated.
        """
        adding = self._state.adding
        if items is None and self.status == InvoiceStatus.DRAFT:
            items = ItemList([]) if adding else self._stored_items()
        self.reg_number = self.reg_number or draft_number()  # a search finds a draft by it, too
        if items is not None:
            self._lines = items
            self._calculate(items)
        self.remaining_amount = self._amount_due()
        if adding:
            self.currency = self.currency or settings.CLINIC_CURRENCY
            self.updated_at = self.created_at
        else:
            self.version += 1
            self.updated_at = at or timezone.now()
        self.wire_document = stored_representation.write(self, self._beside(adding=adding))
        if items is None or items.is_stored:
            self._write(options.get("update_fields"), calculated=items is not None)
            return
        with transaction.atomic(savepoint=False):  # what fails here fails the verb
            if not adding:  # what is stored when the invoice is written is what its subtotal is compared with
                items.store(self)  # type: ignore[arg-type]  # Invoice is the one concrete class
            self._write(options.get("update_fields"), calculated=True)
            if adding:
                items.store(self)  # type: ignore[arg-type]  # Invoice is the one concrete class

    @property
    def payer(self) -> Payer:
        """Who pays: as written on the invoice, else the patient."""
        if self.bill_to_name:
            return Payer(self.bill_to_name, self.bill_to_address)
        patient = self.patient_known()
        return Payer(patient.full_name, patient.address)

    def patient_known(self) -> Patient:
        """The patient, from memory, else read by a statement that is spelled once."""
        if not self._meta.get_field("patient").is_cached(self):  # type: ignore[union-attr]  # it is a foreign key
            self.patient = Patient.objects.by_id(self.patient_id)  # type: ignore[assignment]  # the database keeps them
        return self.patient

    @property
    def tax_lines(self) -> list[TaxLine]:
        """The tax by rate, in percent, as stored."""
        return [TaxLine(*(Decimal(tax[name]) for name in ("rate", "net", "tax"))) for tax in self.taxes]

    @property
    def is_issued(self) -> bool:
        """Whether it ever had a number of its series."""
        return not self.reg_number.startswith(DRAFT_PREFIX)

    @property
    def due_day(self) -> date:
        """The day since which an issued invoice is owed: the due day, or the issue day where that is later."""
        assert self.issue_date is not None
        assert self.due_date is not None
        return effective_due(local_date(self.issue_date), local_date(self.due_date))

    @property
    def lines(self) -> list[InvoiceItem]:
        """The items in their order; from memory where they were prefetched, or the last verb left them there."""
        if self._lines is not None:
            return list(self._lines)
        is_prefetched = "items" in getattr(self, "_prefetched_objects_cache", ())
        return list(self.items.all()) if is_prefetched else items_of.all(self.pk)

    @property
    def words(self) -> Sequence[Tag] | None:
        """The tags in their order, where the last verb left them in memory; else None."""
        return self._words

    def is_overdue(self) -> bool:
        """Whether money is owed since before today, the clinic's day."""
        is_owed = self.status != InvoiceStatus.DRAFT and self.remaining_amount > 0
        return is_owed and days_overdue(self.due_day, today()) > 0

    def lock(self) -> None:
        """Read the row anew and keep it until the transaction ends; one that this transaction holds is as it is."""
        if self._held_in is not None and self._held_in is current_request_transaction():
            return
        self._lines = self._words = self._correction = None
        locking(type(self)).refresh(self)

    def amounts(self) -> dict[str, Decimal]:
        """What the rules of settlement ask about, by the names that they have there."""
        return {
            "total": self.total_amount,
            "paid": self.paid_amount,
            "credited": self.credited_amount,
            "written_off": self.written_off_amount,
        }

    def searchable(self, items: Sequence[InvoiceItem]) -> str:
        """What a search finds it by, beside the patient."""
        parts = dict.fromkeys(normalise(item.description) for item in items)
        return "\n".join([normalise(self.reg_number), *parts])

    def is_corrected_by(self, draft_id: UUID) -> None:
        """Tell it in what the next `save()` stores."""
        self._correction = draft_id

    def ledger_sums(self) -> dict[str, Decimal]:
        """What was paid, credited and written off, to be told from what it is after a change."""
        return {name: getattr(self, name) for name in LEDGER_SUMS}

    def settle_with_event(
        self,
        kind: EventKind,
        *,
        before: Mapping[str, Decimal],
        by: User,
        at: datetime,
        reason: str = "",
        document: Mapping[str, UUID] | None = None,
    ) -> None:
        """Take the status that follows from the amounts, and write the event of what the next `save()` stores.

        `before`: the ledger sums as they were. `document`: the row that changed them, as {"payment_id": its id}.
        """
        status_before = self.status
        if self.status not in (InvoiceStatus.DRAFT, InvoiceStatus.VOID):
            self._move(settled_status(**self.amounts()))
        told: dict[str, Any] = {name: [None, str(key)] for name, key in (document or {}).items()}
        self._note(kind, by=by, at=at, reason=reason, changes=self._moved(before, status_before) | told)

    def _write(self, fields: Collection[str] | None, *, calculated: bool) -> None:
        """Insert the row, or store these fields of it and those that follow from others, of its items where they were
        `calculated`; None: all of it."""
        if self._state.adding:
            insert(self)
        elif fields is None:
            update(self, [field.name for field in self._meta.concrete_fields if not field.primary_key])
        else:
            update(self, {*fields, *DERIVED, *(OF_ITEMS if calculated else ())})

    def _stored_items(self) -> ItemList:
        """The items as the database has them now, whatever was prefetched."""
        stored = items_of.all(self.pk)
        return ItemList(stored, before=stored)

    def written_anew(self) -> str:
        """Its document, made of what the tables say; for an invoice of `to_write()`, without a statement."""
        return stored_representation.write(self, self._read_beside())

    def _beside(self, *, adding: bool) -> stored_representation.Beside:
        """What the document tells beside the row: from memory, else from the document that is stored, else read."""
        nothing = stored_representation.Beside([], [], None)
        stored = nothing if adding else stored_representation.beside_of(self.wire_document) or self._read_beside()
        return stored_representation.Beside(
            stored.items if self._lines is None else [stored_representation.item_out(item) for item in self._lines],
            stored.tags if self._words is None else stored_representation.ids_out(self._words),
            stored.corrected_by_id if self._correction is None else str(self._correction),
        )

    def _read_beside(self) -> stored_representation.Beside:
        if not hasattr(self, stored_representation.CORRECTION):
            of_this = InvoiceQuerySet(type(self)).filter(corrects=self.pk)
            setattr(self, stored_representation.CORRECTION, of_this.values_list("pk", flat=True).first())
        correction = getattr(self, stored_representation.CORRECTION)
        items = [stored_representation.item_out(item) for item in self.lines]
        return stored_representation.Beside(
            items, stored_representation.ids_out(self.tags.all()), correction and str(correction)
        )

    def _move(self, to: InvoiceStatus) -> None:
        check_move(InvoiceStatus(self.status), to)
        self.status = to

    def _moved(self, before: Mapping[str, Decimal], status_before: str) -> dict[str, Any]:
        """Which ledger sums and whether the status differ from before, as an event tells it."""
        now = self.ledger_sums()
        moved: dict[str, Any] = {
            name: [str(amount), str(now[name])] for name, amount in before.items() if amount != now[name]
        }
        return moved | ({"status": [status_before, self.status]} if self.status != status_before else {})

    def _note(
        self,
        kind: EventKind,
        *,
        by: User,
        at: datetime,
        reason: str = "",
        changes: dict[str, Any] | None = None,
        stored: bool = False,
    ) -> None:
        """Write the event of the change that the next `save()` stores, or that the last one did (`stored`)."""
        InvoiceEvent.enter(
            invoice=self,
            kind=kind,
            version=self.version if stored else self.version + 1,
            status=self.status,
            reason=reason,
            changes=changes or {},
            by=by,
            at=at,
        )

    def _amount_due(self) -> Decimal:
        if self.status == InvoiceStatus.VOID:
            return Decimal("0.00")
        return amount_due(**self.amounts())

    def _calculate(self, items: Sequence[InvoiceItem]) -> None:
        totals = calculate_totals(
            [item.line for item in items],
            discount_amount=self.discount_amount,
            discount_percent=self.discount_percent,
        )
        check_deposit(total=totals.total_amount, paid=self.paid_amount)
        for item, line_total in zip(items, totals.line_totals, strict=True):
            item.line_total = line_total
        self.subtotal = totals.subtotal
        self.discount_total = totals.discount_total
        self.taxes = [{"rate": str(tax.rate), "net": str(tax.net), "tax": str(tax.tax)} for tax in totals.taxes]
        self.tax_amount = totals.tax_amount
        self.total_amount = totals.total_amount
        self.search_text = self.searchable(items)


@cache
def locking(model: type[InvoiceRecord]) -> CompiledQuery[InvoiceRecord]:
    return CompiledQuery(lambda key: InvoiceQuerySet(model).locked().filter(pk=key))
