"""Payments, their allocations, and refunds (append-only)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from billing.choices import PaymentMethod
from billing.models.ledger import LedgerRow, SearchableLedgerRow, SearchableQuerySet, amount_field, within_money
from billing.rules.limits import CURRENCY_LENGTH, METHOD_LENGTH, NUMBER_LENGTH, REASON_LENGTH, REFERENCE_LENGTH
from clinic.db.expressions import LiteralZero, in_subquery
from clinic.db.fields import MoneyField
from clinic.i18n.display import format_money
from patients.models import Patient

_ZERO = LiteralZero(MoneyField())
HAS_EXCESS = Q(excess_amount__gt=_ZERO)
IS_RELEASE = Q(amount__lt=_ZERO)


def particulars_field() -> "models.JSONField[Any, dict[str, Any]]":
    """Return the column of what the document of a payment or refund names (operations/names_on_documents.py)."""
    return models.JSONField(
        default=dict, editable=False, help_text="Patient, payer, clinic and author as they were when it was recorded."
    )


class PaymentQuerySet(SearchableQuerySet["Payment"]):
    def with_unallocated(self) -> "PaymentQuerySet":
        """Each payment with `unallocated`: the amount that is not on an invoice, refunded or reversed."""
        allocated = PaymentAllocation.objects.filter(payment=OuterRef("pk")).order_by().values("payment")
        reversal = Payment.objects.filter(reverses=OuterRef("pk")).order_by().values("reverses")
        nothing = models.Value(Decimal("0.00"), output_field=MoneyField())
        return self.annotate(  # type: ignore[no-redef]  # the row declares the attribute
            allocated=Coalesce(Subquery(allocated.annotate(sum=Sum("amount")).values("sum")), nothing),
            reversed=Coalesce(Subquery(reversal.annotate(sum=Sum("amount")).values("sum")), nothing),
            unallocated=models.Case(
                models.When(reverses__isnull=False, then=nothing),
                default=models.ExpressionWrapper(
                    models.F("amount") + models.F("reversed") - models.F("allocated"),
                    output_field=MoneyField(),
                ),
                output_field=MoneyField(),
            ),
        )

    def with_credit(self) -> "PaymentQuerySet":
        """The payments of which something is unallocated: a patient's credit."""
        return self.with_unallocated().filter(Q(unallocated__gt=0))

    def of_account(self, patient: Patient) -> "PaymentQuerySet":
        """The payments of a patient and of everyone merged with them."""
        return self.filter(patient__in=Patient.objects.account_of(patient.pk))

    def of_accounts(self, patient_ids: Iterable[UUID]) -> "PaymentQuerySet":
        """The payments of these patients, and of everyone who shares an account with one of them; a subquery."""
        return self.filter(patient__in=Patient.objects.accounts(patient_ids).values("pk"))

    def credit_candidates(self) -> "PaymentQuerySet":
        """The payments that were not allocated in full when they were received, or of which something was released.

        All credit is in these, and two small indexes find them; nothing of the others is unallocated.
        """
        return self.filter(
            HAS_EXCESS | in_subquery("pk", PaymentAllocation.objects.filter(IS_RELEASE).values("payment"))
        )

    def unallocated_credit(self) -> Decimal:
        """Return the sum of what is unallocated of these payments."""
        return self.with_credit().aggregate(sum=Sum("unallocated"))["sum"] or Decimal("0.00")


class Payment(SearchableLedgerRow):
    """Money paid by or for a patient; or, negative, the reversal of a payment that never arrived."""

    patient = models.ForeignKey(
        "patients.Patient",
        on_delete=models.PROTECT,
        related_name="payments",
        db_index=False,  # payment_by_patient begins with it
        verbose_name=_("patient"),
    )
    receipt_number = models.CharField(max_length=NUMBER_LENGTH, unique=True, verbose_name=_("receipt number"))
    amount = amount_field(verbose_name=_("amount"))
    method = models.CharField(max_length=METHOD_LENGTH, choices=PaymentMethod.choices, verbose_name=_("method"))
    reference = models.CharField(max_length=REFERENCE_LENGTH, blank=True, verbose_name=_("reference"))
    received_at = models.DateTimeField(verbose_name=_("received at"))
    # the stubs do not know that null makes these optional
    tendered: "models.Field[Decimal | None, Decimal | None]" = MoneyField(  # type: ignore[assignment,misc]
        null=True, blank=True, help_text=_("Cash received, before change is given."), verbose_name=_("tendered")
    )
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by", verbose_name=_("reverses")
    )
    reason = models.CharField(
        max_length=REASON_LENGTH, blank=True, help_text=_("The reason for the reversal."), verbose_name=_("reason")
    )
    excess_amount = amount_field(
        editable=False, db_default=Decimal("0.00"), help_text="What no invoice took of it when it came."
    )
    particulars = particulars_field()
    currency = models.CharField(max_length=CURRENCY_LENGTH, editable=False, verbose_name=_("currency"))

    if TYPE_CHECKING:
        unallocated: Decimal  # set by with_unallocated()
        parts: list["PaymentAllocation"]  # its allocations, negative ones too, in the order of their rows
        reversed_by_id: UUID | None

    objects: ClassVar[Any] = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-received_at", "pk"]
        indexes = [
            models.Index(fields=["patient", "received_at"], name="payment_by_patient"),
            models.Index(fields=["received_at", "amount"], name="payment_by_day"),
            models.Index(fields=["excess_amount"], condition=Q(excess_amount__gt=0), name="payment_with_excess"),
        ]
        constraints = [
            models.CheckConstraint(condition=within_money("amount"), name="payment_amount_bounds"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses__isnull=True) | Q(amount__lt=0, reverses__isnull=False),
                name="payment_positive_unless_reversal",
            ),
            models.CheckConstraint(
                condition=Q(tendered__isnull=True) | Q(tendered__gte=models.F("amount"), reverses__isnull=True),
                name="payment_tendered_covers_amount",
            ),
            models.CheckConstraint(
                condition=Q(excess_amount=0) | Q(excess_amount__gt=0, excess_amount__lte=models.F("amount")),
                name="payment_excess_within_amount",
            ),
        ]
        permissions = [
            ("reverse_own_payment", gettext_noop("Can reverse a payment that they entered the same day")),
            ("reverse_payment", gettext_noop("Can reverse a payment that somebody else entered, or of another day")),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_number} {format_money(self.amount)} {self.currency}"

    @property
    def change_amount(self) -> Decimal | None:
        """The change given for the cash tendered; None where none was recorded."""
        return None if self.tendered is None else self.tendered - self.amount

    def searched_texts(self) -> Iterable[str]:
        return self.receipt_number, self.reference, self.reason

    def set_allocations(self, rows: Iterable["PaymentAllocation"]) -> None:
        """Set, for a payment recorded just now with these allocations, the attributes that would else be read."""
        self.parts = sorted(rows, key=lambda row: row.pk)
        self.unallocated = self.amount - sum((part.amount for part in self.parts), Decimal("0.00"))
        self.reversed_by_id = None


class Refund(SearchableLedgerRow):
    """Money paid back: of what was paid on an invoice, or of a patient's credit. `amount` is positive."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="refunds", verbose_name=_("patient")
    )
    invoice = models.ForeignKey(
        "billing.Invoice",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="refunds",
        verbose_name=_("invoice"),
    )
    amount = amount_field(verbose_name=_("amount"))
    method = models.CharField(max_length=METHOD_LENGTH, choices=PaymentMethod.choices, verbose_name=_("method"))
    reason = models.CharField(max_length=REASON_LENGTH, verbose_name=_("reason"))
    reference = models.CharField(max_length=REFERENCE_LENGTH, blank=True, verbose_name=_("reference"))
    particulars = particulars_field()
    currency = models.CharField(max_length=CURRENCY_LENGTH, editable=False, verbose_name=_("currency"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0) & within_money("amount"), name="refund_amount_bounds"),
        ]

    def __str__(self) -> str:
        return gettext("refund of %(amount)s") % {"amount": f"{format_money(self.amount)} {self.currency}"}

    def searched_texts(self) -> Iterable[str]:
        return self.reference, self.reason, self.invoice.reg_number if self.invoice else ""


class PaymentAllocation(LedgerRow):
    """A part of a payment: `amount` for an invoice (negative: released from it), or for a refund.

    The part of a payment that is not allocated is the patient's unallocated credit.
    """

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("payment")
    )
    invoice = models.ForeignKey(
        "billing.Invoice",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="allocations",
        verbose_name=_("invoice"),
    )
    amount = amount_field(verbose_name=_("amount"))
    refund = models.ForeignKey(
        Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("refund")
    )
    credit_note = models.ForeignKey(
        "billing.CreditNote",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="released",
        verbose_name=_("credit note"),
    )
    reversal = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="released", verbose_name=_("reversal")
    )

    objects: ClassVar[models.Manager["PaymentAllocation"]]

    class Meta:
        verbose_name = _("payment allocation")
        verbose_name_plural = _("payment allocations")
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["payment"], condition=Q(amount__lt=0), name="allocation_released")]
        constraints = [
            models.CheckConstraint(condition=within_money("amount") & ~Q(amount=0), name="allocation_amount_bounds"),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False) | Q(refund__isnull=False, amount__gt=0),
                name="allocation_to_invoice_or_refund",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.payment_id} on {self.invoice_id or self.refund_id}"
