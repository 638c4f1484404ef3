"""The contract's shapes: nested model serializers."""

import uuid
from typing import Any

from django.db import transaction
from plain_arithmetic import add_up
from rest_framework import serializers

from plain_drf.models import Invoice, Item, Patient, Payment, Tag


class ItemSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(required=False)

    class Meta:
        model = Item
        fields = [
            "id", "position", "code", "description", "quantity", "unit_price", "discount_amount", "discount_percent",
            "tax_rate", "line_total",
        ]  # fmt: skip
        read_only_fields = ["position", "line_total"]


class InvoiceSerializer(serializers.ModelSerializer):
    patient_id = serializers.PrimaryKeyRelatedField(source="patient", queryset=Patient.objects.all())
    appointment_id = serializers.UUIDField(required=False, allow_null=True)
    items = ItemSerializer(many=True, required=False)
    tags = serializers.SlugRelatedField(many=True, required=False, slug_field="name", queryset=Tag.objects.all())

    class Meta:
        model = Invoice
        fields = [
            "issue_date", "due_date", "status", "discount_amount", "discount_percent", "paid_amount",
            "appointment_id", "patient_id", "id", "subtotal", "remaining_amount", "total_amount", "reg_number", "items",
            "tags", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = [
            "id", "status", "paid_amount", "subtotal", "remaining_amount", "total_amount", "reg_number", "created_at",
            "updated_at",
        ]  # fmt: skip

    @transaction.atomic
    def create(self, values: dict[str, Any]) -> Invoice:
        lines, tags = values.pop("items", []), values.pop("tags", [])
        invoice = Invoice(reg_number=f"DRAFT-{uuid.uuid4().hex[:10].upper()}", **values)
        items = [Item(invoice=invoice, position=place, **line) for place, line in enumerate(lines, start=1)]
        add_up(invoice, items)
        invoice.save(force_insert=True)
        Item.objects.bulk_create(items)
        if tags:
            invoice.tags.set(tags)
        return invoice

    @transaction.atomic
    def update(self, invoice: Invoice, values: dict[str, Any]) -> Invoice:
        lines, tags = values.pop("items", None), values.pop("tags", None)
        for name, value in values.items():
            setattr(invoice, name, value)
        items = list(invoice.items.all())
        if lines is not None:
            items = self.replace(invoice, {item.id: item for item in items}, lines)
        add_up(invoice, items)
        written = ["position", "line_total", *ItemSerializer.Meta.fields[2:-1]]
        Item.objects.bulk_update([item for item in items if not item._state.adding], written)
        Item.objects.bulk_create([item for item in items if item._state.adding])
        invoice.save()
        if tags is not None:
            invoice.tags.set(tags)
        invoice._prefetched_objects_cache = {}
        return invoice

    def replace(self, invoice: Invoice, known: dict[uuid.UUID, Item], lines: list[dict[str, Any]]) -> list[Item]:
        """Store the items in their new order: those with an id are matched, those not named are deleted."""
        items = []
        for place, line in enumerate(lines, start=1):
            item = known.pop(line.pop("id", None), None) or Item(invoice=invoice)
            for name, value in line.items():
                setattr(item, name, value)
            item.position = place
            items.append(item)
        if known:
            Item.objects.filter(pk__in=known).delete()
        return items


class PaymentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Payment
        fields = ["id", "invoice_id", "amount", "method", "reference", "received_at"]
        read_only_fields = ["id", "invoice_id", "received_at"]
