"""The contract's tables."""

import uuid
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone


def money(**options: Any) -> models.DecimalField:
    return models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"), **options)


def rate(**options: Any) -> models.DecimalField:
    return models.DecimalField(max_digits=14, decimal_places=4, default=Decimal("0.0000"), **options)


class Patient(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    record_number = models.CharField(max_length=40, unique=True)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    phone = models.CharField(max_length=40)
    email = models.EmailField()

    class Meta:
        db_table = "plain_patient"


class Tag(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        db_table = "plain_tag"


class Invoice(models.Model):
    STATUSES = [(name, name) for name in ("DRAFT", "ISSUED", "PARTIALY_PAID", "PAID", "VOID", "WRITTEN_OFF")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    reg_number = models.CharField(max_length=30, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="invoices")
    appointment_id = models.UUIDField(null=True)
    status = models.CharField(max_length=13, choices=STATUSES, default="DRAFT")
    issue_date = models.DateTimeField(null=True)
    due_date = models.DateTimeField(null=True)
    discount_amount = money()
    discount_percent = rate()
    subtotal = money()
    total_amount = money()
    paid_amount = money()
    remaining_amount = money()
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    tags = models.ManyToManyField(Tag, related_name="invoices", db_table="plain_invoice_tags")

    class Meta:
        db_table = "plain_invoice"
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["created_at", "id"], name="plain_by_creation"),
            models.Index(fields=["patient", "created_at"], name="plain_by_patient"),
            models.Index(fields=["status", "created_at"], name="plain_by_status"),
        ]


class Item(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=50, blank=True)
    description = models.CharField(max_length=500)
    quantity = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal("1.000"))
    unit_price = rate()
    discount_amount = money()
    discount_percent = rate()
    tax_rate = rate()
    line_total = money()

    class Meta:
        db_table = "plain_item"
        ordering = ["position", "id"]


class Payment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    amount = money()
    method = models.CharField(max_length=11)
    reference = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "plain_payment"
