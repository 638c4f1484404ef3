"""Indexes and check constraints of the invoice table."""

from django.db import models
from django.db.models import F, Q

from billing.choices import OPEN_STATUSES, UNBILLED_STATUSES, NumberedDocument
from billing.models.ledger import within_money
from billing.rules.register_numbers import DRAFT_PREFIX
from clinic.domain.amounts import MAX_PERCENT

AMOUNT_COLUMNS = (
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

INDEXES = [
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
        condition=Q(status__in=OPEN_STATUSES),
        name="invoice_open",
    ),
    models.Index(
        fields=["issue_date", "total_amount", "status"],
        condition=~Q(status__in=UNBILLED_STATUSES),
        name="invoice_billed",
    ),
]

CONSTRAINTS: list[models.BaseConstraint] = [
    models.CheckConstraint(condition=within_money(*AMOUNT_COLUMNS), name="invoice_amount_bounds"),
    models.CheckConstraint(
        condition=Q(**{f"{name}__gte": 0 for name in AMOUNT_COLUMNS}), name="invoice_amounts_not_negative"
    ),
    models.CheckConstraint(
        condition=Q(discount_percent__gte=0, discount_percent__lte=MAX_PERCENT),
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
        & Q(remaining_amount=F("total_amount") - F("paid_amount") - F("credited_amount") - F("written_off_amount")),
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
        & Q(
            reg_number__startswith=f"{NumberedDocument.INVOICE.value}-",
            issue_date__isnull=False,
            due_date__isnull=False,
        ),
        name="invoice_number_once_issued",
    ),
]
