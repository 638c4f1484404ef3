"""What lowers a debt without money: write-offs, and credit notes with their lines. Append-only."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.models.ledger import LedgerRow, amount_field, within_money
from clinic.db import QuantityField


class WriteOff(LedgerRow):
    """A debt that was given up; negative: one of which that much lives again (`reverses` says which)."""

    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="write_offs")
    amount = amount_field()
    reason = models.CharField(max_length=500)
    batch_id = models.UUIDField(null=True, blank=True, db_index=True)
    reverses = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversals")

    objects: ClassVar[models.Manager["WriteOff"]]

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=within_money("amount"), name="write_off_amount_bounds"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses__isnull=True) | Q(amount__lt=0, reverses__isnull=False),
                name="write_off_positive_unless_reversal",
            ),
        ]

    def __str__(self) -> str:
        return f"write-off of {self.amount}"


class CreditNote(LedgerRow):
    """A document that gives part of an issued invoice back. Its lines add up to `total_amount`, tax included."""

    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="credit_notes")
    number = models.CharField(max_length=30, unique=True)
    reason = models.CharField(max_length=500)
    tax_amount = amount_field()
    total_amount = amount_field()
    currency = models.CharField(max_length=3, editable=False)

    objects: ClassVar[models.Manager["CreditNote"]]

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total_amount__gt=0, tax_amount__gte=0, tax_amount__lte=models.F("total_amount"))
                & within_money("total_amount"),
                name="credit_note_amount_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(LedgerRow):
    """What of one item is given back: an amount, tax included, and the quantity where one was named."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    item = models.ForeignKey("billing.InvoiceItem", on_delete=models.PROTECT, related_name="credited")
    # the stubs do not know that null makes these optional
    quantity: "models.Field[Decimal | None, Decimal | None]" = QuantityField(  # type: ignore[assignment,misc]
        null=True, blank=True
    )
    tax_amount = amount_field()
    total_amount = amount_field()

    objects: ClassVar[models.Manager["CreditNoteLine"]]

    class Meta:
        ordering = ["item__position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total_amount__gte=0, tax_amount__gte=0, tax_amount__lte=models.F("total_amount"))
                & within_money("total_amount"),
                name="credit_note_line_amount_bounds",
            ),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True) | Q(quantity__gt=0),
                name="credit_note_line_quantity_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.total_amount} of {self.item_id}"
