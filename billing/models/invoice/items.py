"""InvoiceItem: one line of an invoice."""

import uuid
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.choices import InvoiceStatus
from billing.models.ledger import amount_field, within_money
from billing.rules.lifecycle import check_editable
from billing.rules.limits import CODE_LENGTH, DESCRIPTION_LENGTH
from billing.rules.money import percent_of
from billing.rules.totals import Line, calculate_totals
from clinic.db.compiled import CompiledQuery
from clinic.db.fields import QuantityField, RateField
from clinic.domain.amounts import MAX_MONEY, MAX_PERCENT, MAX_QUANTITY

EDITABLE_FIELDS = (
    "service",
    "code",
    "description",
    "quantity",
    "unit_price",
    "discount_amount",
    "discount_percent",
    "tax_rate",
    "service_date",
)

EDITABLE_COLUMNS = ("service_id", *EDITABLE_FIELDS[1:])
_read_editable_columns = attrgetter(*EDITABLE_COLUMNS)


class InvoiceItem(models.Model):
    """One line of an invoice. Changed only while the invoice is a draft."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invoice = models.ForeignKey(
        "billing.Invoice",
        on_delete=models.PROTECT,
        related_name="items",
        db_index=False,  # item_by_position begins with it
        verbose_name=_("invoice"),
    )
    position = models.PositiveIntegerField(default=0)
    service = models.ForeignKey(
        "billing.Service",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="items",
        verbose_name=_("service"),
    )
    code = models.CharField(max_length=CODE_LENGTH, blank=True, verbose_name=_("code"))
    description = models.CharField(max_length=DESCRIPTION_LENGTH, verbose_name=_("description"))
    quantity = QuantityField(default=Decimal("1.000"), verbose_name=_("quantity"))
    unit_price = RateField(verbose_name=_("unit price"))
    discount_amount = amount_field(blank=True, verbose_name=_("discount amount"))
    discount_percent = RateField(default=Decimal("0.0000"), blank=True, verbose_name=_("discount percent"))
    tax_rate = RateField(default=Decimal("0.0000"), blank=True, verbose_name=_("tax rate"))
    service_date = models.DateField(null=True, blank=True, verbose_name=_("service date"))
    # derived
    line_total = amount_field(editable=False, verbose_name=_("line total"))

    objects: ClassVar[models.Manager["InvoiceItem"]]

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["invoice", "position"], name="item_by_position")]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__lte=MAX_QUANTITY), name="item_quantity_bounds"
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0, unit_price__lte=MAX_MONEY), name="item_unit_price_bounds"
            ),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=MAX_PERCENT),
                name="item_discount_percent_bounds",
            ),
            models.CheckConstraint(
                condition=Q(tax_rate__gte=0, tax_rate__lte=MAX_PERCENT), name="item_tax_rate_bounds"
            ),
            models.CheckConstraint(
                condition=Q(discount_amount__gte=0, line_total__gte=0) & within_money("discount_amount", "line_total"),
                name="item_amount_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.description

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the item, and the draft with totals that include it. InvoiceImmutable unless it is a draft."""
        check_editable(InvoiceStatus(self.invoice.status), {"items"})
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "line_total"}
        with transaction.atomic():
            if self._state.adding and not self.position:
                last = self.invoice.items.aggregate(last=models.Max("position"))["last"]
                self.position = (last or 0) + 1
            self.line_total = calculate_totals(
                [self.line], discount_amount=Decimal(0), discount_percent=Decimal(0)
            ).line_totals[0]
            super().save(*args, **kwargs)
            self.invoice.save()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Remove the item, and store the draft with its new totals. InvoiceImmutable unless it is a draft."""
        check_editable(InvoiceStatus(self.invoice.status), {"items"})
        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            self.invoice.save()
        return deleted

    @property
    def line(self) -> Line:
        """The values that its totals are calculated from."""
        return Line(
            quantity=self.quantity,
            unit_price=self.unit_price,
            discount_amount=self.discount_amount,
            discount_percent=self.discount_percent,
            tax_rate=self.tax_rate,
        )

    @property
    def percent_discount(self) -> Decimal:
        """The part of its discount that the percentage makes."""
        return percent_of(self.line.gross, self.discount_percent)

    def editable_values(self) -> dict[str, Any]:
        """Return the values that a client can write, by column: the service by its id."""
        return dict(zip(EDITABLE_COLUMNS, _read_editable_columns(self), strict=True))


items_by_invoice: CompiledQuery[InvoiceItem] = CompiledQuery(
    lambda invoice_id: InvoiceItem.objects.filter(invoice_id=invoice_id).order_by("position", "pk")
)
