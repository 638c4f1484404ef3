"""Write-offs, and credit notes with their lines (append-only)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import LedgerRow, SearchableLedgerRow, amount_field, within_money
from billing.rules.limits import CURRENCY_LENGTH, NUMBER_LENGTH, REASON_LENGTH
from clinic.db.fields import QuantityField
from clinic.i18n.display import format_money


class WriteOff(SearchableLedgerRow):
    """A debt written off; negative: the reversal of that much of the write-off in `reverses`."""

    patient_path = "invoice__patient"

    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, related_name="write_offs", verbose_name=_("invoice")
    )
    amount = amount_field(verbose_name=_("amount"))
    reason = models.CharField(max_length=REASON_LENGTH, verbose_name=_("reason"))
    batch_id = models.UUIDField(null=True, blank=True, db_index=True, verbose_name=_("batch id"))
    reverses = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversals", verbose_name=_("reverses")
    )

    class Meta:
        verbose_name = _("write-off")
        verbose_name_plural = _("write-offs")
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=within_money("amount"), name="write_off_amount_bounds"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses__isnull=True) | Q(amount__lt=0, reverses__isnull=False),
                name="write_off_positive_unless_reversal",
            ),
        ]

    def __str__(self) -> str:
        return gettext("write-off of %(amount)s") % {"amount": format_money(self.amount)}

    def searched_texts(self) -> Iterable[str]:
        return self.invoice.reg_number, self.reason, str(self.batch_id or "")


class CreditNote(SearchableLedgerRow):
    """A document that credits part of an issued invoice. Its lines add up to `total_amount`, tax included."""

    patient_path = "invoice__patient"

    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, related_name="credit_notes", verbose_name=_("invoice")
    )
    number = models.CharField(max_length=NUMBER_LENGTH, unique=True, verbose_name=_("number"))
    reason = models.CharField(max_length=REASON_LENGTH, verbose_name=_("reason"))
    tax_amount = amount_field(verbose_name=_("tax amount"))
    total_amount = amount_field(verbose_name=_("total amount"))
    currency = models.CharField(max_length=CURRENCY_LENGTH, editable=False, verbose_name=_("currency"))

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
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

    def searched_texts(self) -> Iterable[str]:
        return self.number, self.invoice.reg_number, self.reason


class CreditNoteLine(LedgerRow):
    """The part of one item that is credited: an amount, tax included, and the quantity where one was given."""

    credit_note = models.ForeignKey(
        CreditNote, on_delete=models.PROTECT, related_name="lines", verbose_name=_("credit note")
    )
    item = models.ForeignKey(
        "billing.InvoiceItem", on_delete=models.PROTECT, related_name="credited", verbose_name=_("item")
    )
    # the stubs do not know that null makes these optional
    quantity: "models.Field[Decimal | None, Decimal | None]" = QuantityField(  # type: ignore[assignment,misc]
        null=True, blank=True, verbose_name=_("quantity")
    )
    tax_amount = amount_field(verbose_name=_("tax amount"))
    total_amount = amount_field(verbose_name=_("total amount"))

    objects: ClassVar[models.Manager["CreditNoteLine"]]

    class Meta:
        verbose_name = _("credit note line")
        verbose_name_plural = _("credit note lines")
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
