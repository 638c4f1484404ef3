"""Invoice: its fields, the `save()` that recalculates its totals, and questions about one invoice."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NewType
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from billing.choices import InvoiceStatus
from billing.models.catalogue import Tag
from billing.models.invoice import stored_representation
from billing.models.invoice.constraints import CONSTRAINTS, INDEXES
from billing.models.invoice.item_list import ItemList
from billing.models.invoice.items import InvoiceItem, items_by_invoice
from billing.models.invoice.payer import Payer
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.models.invoice.stored_representation import RelatedData
from billing.models.ledger import amount_field
from billing.models.numbering import draft_number
from billing.rules.ageing import days_overdue, effective_due
from billing.rules.lifecycle import check_move
from billing.rules.limits import (
    CURRENCY_LENGTH,
    NOTES_LENGTH,
    NUMBER_LENGTH,
    PAYER_ADDRESS_LENGTH,
    PAYER_NAME_LENGTH,
    STATUS_LENGTH,
)
from billing.rules.paid_amount import check_deposit
from billing.rules.register_numbers import DRAFT_PREFIX
from billing.rules.settlement import amount_due
from billing.rules.totals import TaxLine, calculate_totals
from clinic.db.bulk import PrecompiledSave
from clinic.db.compiled import CompiledQuery
from clinic.db.fields import BaseModel, RateField
from clinic.db.transactions import current_request_transaction
from clinic.domain.dates import local_date, today
from clinic.domain.text import search_text
from clinic.i18n.lazy_text import LazyText
from patients.models import Patient

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

DERIVED_COLUMNS = ("remaining_amount", "reg_number", "version", "updated_at", "wire_document")
"""Stored with every change."""

TOTAL_COLUMNS = ("subtotal", "discount_total", "taxes", "tax_amount", "total_amount", "search_text")
"""Calculated from the items."""

LEDGER_SUMS = ("paid_amount", "credited_amount", "written_off_amount")
SETTLEMENT_COLUMNS = ("status", *LEDGER_SUMS)


class InvoiceManager(models.Manager["Invoice"]):
    def get_locked(self, key: UUID) -> "LockedInvoice | None":
        """Lock an invoice until the transaction ends and return it; None when there is none.

        Inside `request_transaction()` a later `lock()` of this object does not read the row again.
        """
        invoice = _LOCKED_BY_ID.first(key)
        if invoice is None:
            return None
        invoice._locked_in = current_request_transaction()
        return LockedInvoice(invoice)


class Invoice(PrecompiledSave, BaseModel):
    """A patient's invoice. The functions in billing/operations change it; each records an event, and adds one to
    `version`."""

    reg_number = models.CharField(
        max_length=NUMBER_LENGTH, unique=True, editable=False, verbose_name=_("invoice number")
    )
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
        max_length=STATUS_LENGTH,
        choices=InvoiceStatus.choices,
        default=InvoiceStatus.DRAFT,
        editable=False,
        verbose_name=_("status"),
    )
    issue_date = models.DateTimeField(null=True, blank=True, verbose_name=_("issue date"))
    due_date = models.DateTimeField(null=True, blank=True, verbose_name=_("due date"))
    bill_to_name = models.CharField(
        max_length=PAYER_NAME_LENGTH,
        blank=True,
        help_text=_("The payer, if not the patient."),
        verbose_name=_("bill to name"),
    )
    bill_to_address = models.TextField(max_length=PAYER_ADDRESS_LENGTH, blank=True, verbose_name=_("bill to address"))
    discount_amount = amount_field(blank=True, verbose_name=_("discount amount"))
    discount_percent = RateField(default=Decimal("0.0000"), blank=True, verbose_name=_("discount percent"))
    tags = models.ManyToManyField("billing.Tag", blank=True, related_name="invoices", verbose_name=_("tags"))
    notes = models.TextField(
        max_length=NOTES_LENGTH, blank=True, help_text=_("Printed on the invoice."), verbose_name=_("notes")
    )
    internal_note = models.TextField(
        max_length=NOTES_LENGTH,
        blank=True,
        help_text=_("Never printed, never in the API."),
        verbose_name=_("internal note"),
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
    currency = models.CharField(max_length=CURRENCY_LENGTH, editable=False, verbose_name=_("currency"))
    version = models.PositiveIntegerField(default=1, editable=False, verbose_name=_("version"))
    # derived
    subtotal = amount_field(editable=False, verbose_name=_("subtotal"))
    discount_total = amount_field(editable=False, verbose_name=_("discount total"))
    taxes: "models.JSONField[Any, list[dict[str, str]]]" = models.JSONField(default=list, blank=True, editable=False)
    tax_amount = amount_field(editable=False, verbose_name=_("tax amount"))
    total_amount = amount_field(editable=False, verbose_name=_("total amount"))
    paid_amount = amount_field(editable=False, verbose_name=_("paid amount"))
    credited_amount = amount_field(editable=False, verbose_name=_("credited amount"))
    written_off_amount = amount_field(editable=False, verbose_name=_("written-off amount"))
    remaining_amount = amount_field(editable=False, verbose_name=_("remaining amount"))
    search_text = models.TextField(blank=True, editable=False)
    wire_document = models.TextField(
        null=True, blank=True, editable=False, help_text="The stored representation (JSON) that the API returns."
    )

    # What an operation has in memory that is not in the row; None: as it is stored.
    _items: Sequence[InvoiceItem] | None = None
    _tags: Sequence[Tag] | None = None
    _corrected_by_id: UUID | None = None
    _locked_in: object | None = None  # the transaction that has read and locked the row

    if TYPE_CHECKING:
        items: RelatedManager[InvoiceItem]
        corrects_id: UUID | None

    objects = InvoiceManager.from_queryset(InvoiceQuerySet)()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["created_at", "pk"]
        indexes = INDEXES
        constraints = CONSTRAINTS
        permissions = [
            ("backdate_invoice", gettext_noop("Can issue with a date further back than BACKDATE_DAYS")),
            ("issue_invoice", gettext_noop("Can issue")),
            ("void_invoice", gettext_noop("Can void on the day of issue, while nothing is paid")),
            ("void_any_invoice", gettext_noop("Can void on a later day, or with money on it")),
            ("discount_any_invoice", gettext_noop("Can give a discount of any size")),
            ("correct_invoice", gettext_noop("Can correct by a credit note and a new draft")),
            ("write_off_invoice", gettext_noop("Can write off")),
            ("reinstate_invoice", gettext_noop("Can reinstate")),
        ]

    def __str__(self) -> str:
        return self.reg_number

    # -- Storing

    def save(
        self,
        *_: Any,
        items: ItemList | None = None,
        calculated: bool = False,
        at: datetime | None = None,
        **options: Any,
    ) -> None:
        """Store the invoice and add one to `version`; recalculate the totals of a draft first.

        `items` (default: those stored) are the draft's items; those added, changed or removed are stored with it.
        `calculated`: the caller has called `calculate_totals(items)` since the last change. Of Django's options only
        `update_fields` counts: a new invoice is inserted, any other updated.

        InvalidTotals when the items do not add up to an invoice, TotalBelowPaid when a draft's deposit would be higher
        than its total.
        """
        adding = self._state.adding
        if items is None and self.status == InvoiceStatus.DRAFT:
            items = ItemList([]) if adding else ItemList.stored(items_by_invoice.all(self.pk))
        self.reg_number = self.reg_number or draft_number()  # before the totals: it is part of the search text
        if items is not None and not calculated:
            self.calculate_totals(items)
        self.remaining_amount = self._amount_due()
        if adding:
            self.currency = self.currency or settings.CLINIC_CURRENCY
            self.updated_at = self.created_at
        else:
            self.version += 1
            self.updated_at = at or timezone.now()
        self.wire_document = stored_representation.render(self, self._related_data(adding=adding))
        if items is None or items.is_stored:
            self._store_row(options.get("update_fields"), calculated=items is not None)
            return
        with transaction.atomic(savepoint=False):  # an error in here ends the whole operation
            if not adding:  # a trigger compares the subtotal with the items that are stored
                items.store(self)
            self._store_row(options.get("update_fields"), calculated=True)
            if adding:
                items.store(self)

    def calculate_totals(self, items: Sequence[InvoiceItem]) -> None:
        """Set the totals, and those of each item, from these items. InvalidTotals or TotalBelowPaid."""
        totals = calculate_totals(
            [item.line for item in items],
            discount_amount=self.discount_amount,
            discount_percent=self.discount_percent,
        )
        check_deposit(total=totals.total_amount, paid=self.paid_amount)
        self._items = items
        for item, line_total in zip(items, totals.line_totals, strict=True):
            item.line_total = line_total
        self.subtotal = totals.subtotal
        self.discount_total = totals.discount_total
        self.taxes = [{"rate": str(tax.rate), "net": str(tax.net), "tax": str(tax.tax)} for tax in totals.taxes]
        self.tax_amount = totals.tax_amount
        self.total_amount = totals.total_amount
        self.search_text = self.build_search_text(items)

    def build_search_text(self, items: Sequence[InvoiceItem]) -> str:
        """Return the text that a search compares, apart from the patient's: the number and the descriptions."""
        return search_text(self.reg_number, *dict.fromkeys(item.description for item in items))

    def change_status(self, to: InvoiceStatus) -> None:
        """Set the status. MoveNotAllowed unless it may follow the present one."""
        check_move(InvoiceStatus(self.status), to)
        self.status = to

    def set_tags(self, tags: Sequence[Tag]) -> None:
        """Have these tags in memory, for the next `save()`; whoever calls this stores the links."""
        self._tags = tags

    def set_correction(self, draft_id: UUID) -> None:
        """Name the draft that corrects this invoice, for the next `save()`."""
        self._corrected_by_id = draft_id

    def lock(self) -> "LockedInvoice":
        """Lock the row until the transaction ends and read it again, unless this transaction has it locked."""
        if self._locked_in is None or self._locked_in is not current_request_transaction():
            self._items = self._tags = self._corrected_by_id = None
            _LOCKED_BY_ID.refresh(self)
        return LockedInvoice(self)

    # -- Questions

    @property
    def payer(self) -> Payer:
        """The payer named on the invoice, else the patient."""
        if self.bill_to_name:
            return Payer(self.bill_to_name, self.bill_to_address)
        patient = self.get_patient()
        return Payer(patient.full_name, patient.address)

    @property
    def bill_to(self) -> Payer | None:
        """The payer named in the patient's place; None where the patient pays."""
        if not self.bill_to_name:
            return None
        named = Payer(self.bill_to_name, self.bill_to_address)
        patient = self.particulars.get("patient")  # at issue, the patient's name and address become the payer's
        return None if patient and named == (patient["name"], patient["address"]) else named

    def get_patient(self) -> Patient:
        """Return the patient, read by a compiled query where it is not in memory."""
        if not self._meta.get_field("patient").is_cached(self):  # type: ignore[union-attr]  # it is a foreign key
            self.patient = Patient.objects.by_id(self.patient_id)  # type: ignore[assignment]  # protected: it exists
        return self.patient

    @property
    def tax_lines(self) -> list[TaxLine]:
        """The tax by rate, in percent, as stored."""
        return [TaxLine(Decimal(tax["rate"]), Decimal(tax["net"]), Decimal(tax["tax"])) for tax in self.taxes]

    @property
    def is_issued(self) -> bool:
        """True once it has, or had before it was voided, a number of its series."""
        return not self.reg_number.startswith(DRAFT_PREFIX)

    @property
    def issue_day(self) -> date:
        """The day on which an issued invoice was issued."""
        assert self.issue_date is not None
        return local_date(self.issue_date)

    @property
    def due_day(self) -> date:
        """The day since which an issued invoice is owed: the due day, or the issue day where that is later."""
        assert self.due_date is not None
        return effective_due(self.issue_day, local_date(self.due_date))

    @property
    def ordered_items(self) -> list[InvoiceItem]:
        """The items by position; from memory where they were prefetched, or the last operation left them there."""
        if self._items is not None:
            return list(self._items)
        is_prefetched = "items" in getattr(self, "_prefetched_objects_cache", ())
        return list(self.items.all()) if is_prefetched else items_by_invoice.all(self.pk)

    @property
    def known_tags(self) -> Sequence[Tag] | None:
        """The tags, where the last operation left them in memory; else None."""
        return self._tags

    @property
    def is_fully_credited(self) -> bool:
        """True if credit notes settled all of it: its status is PAID, and nothing was paid."""
        return self.status == InvoiceStatus.PAID and 0 < self.total_amount == self.credited_amount

    @property
    def status_label(self) -> LazyText:
        """The status as people read it; "Credited" where the contract's PAID means that credit notes settled all."""
        return _("Credited") if self.is_fully_credited else InvoiceStatus(self.status).label

    def is_overdue(self) -> bool:
        """Return True if money is owed since before today, the clinic's day."""
        return self.days_overdue() > 0

    def days_overdue(self) -> int:
        """Return for how many days money is owed after it was due; 0 for a draft, and where nothing is owed."""
        is_owed = self.status != InvoiceStatus.DRAFT and self.remaining_amount > 0
        return days_overdue(self.due_day, today()) if is_owed else 0

    def amounts(self) -> dict[str, Decimal]:
        """Return the amounts that decide the status, as arguments of the functions in rules/settlement.py."""
        return {
            "total": self.total_amount,
            "paid": self.paid_amount,
            "credited": self.credited_amount,
            "written_off": self.written_off_amount,
        }

    def ledger_sums(self) -> dict[str, Decimal]:
        """Return the amounts paid, credited and written off, by column."""
        return {name: getattr(self, name) for name in LEDGER_SUMS}

    def render_representation(self) -> str:
        """Return the representation that the tables give; without a statement for an invoice of `for_rendering()`."""
        return stored_representation.render(self, stored_representation.read_related_data(self))

    # -- Private

    def _amount_due(self) -> Decimal:
        if self.status == InvoiceStatus.VOID:
            return Decimal("0.00")
        return amount_due(**self.amounts())

    def _store_row(self, fields: Collection[str] | None, *, calculated: bool) -> None:
        """Insert the row, or update these fields (None: all) and those derived from others."""
        if self._state.adding or fields is None:
            super().save()
        else:
            super().save(update_fields={*fields, *DERIVED_COLUMNS, *(TOTAL_COLUMNS if calculated else ())})

    def _related_data(self, *, adding: bool) -> RelatedData:
        """Return what the representation has besides the row: from memory, else from what is stored, else read."""
        known = RelatedData([], [], None) if adding else stored_representation.related_data(self)
        return RelatedData(
            known.items if self._items is None else list(map(stored_representation.item_json, self._items)),
            known.tags if self._tags is None else stored_representation.tag_ids(self._tags),
            known.corrected_by_id if self._corrected_by_id is None else str(self._corrected_by_id),
        )


LockedInvoice = NewType("LockedInvoice", Invoice)
"""An invoice that the running transaction has locked and read since: what functions take that need the lock."""

_LOCKED_BY_ID: CompiledQuery[Invoice] = CompiledQuery(lambda key: Invoice.objects.locked().filter(pk=key))
