"""The contract's routes, and a payment."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet

from plain_drf.models import Invoice
from plain_drf.serializers import InvoiceSerializer, PaymentSerializer


class InvoiceFilter(filters.FilterSet):
    patient_id = filters.UUIDFilter()
    appointment_id = filters.UUIDFilter()
    status = filters.MultipleChoiceFilter(choices=Invoice.STATUSES)
    tags = filters.CharFilter(method="tagged")

    class Meta:
        model = Invoice
        fields: list[str] = []

    def tagged(self, invoices: QuerySet, _name: str, value: str) -> QuerySet:
        return invoices.filter(tags__name__in=value.split(",")).distinct()


class InvoiceViewSet(ModelViewSet):
    queryset = Invoice.objects.prefetch_related("items", "tags")
    serializer_class = InvoiceSerializer
    filterset_class = InvoiceFilter
    http_method_names = ["get", "post", "put"]
    ordering_fields = ["created_at", "updated_at", "issue_date", "due_date", "total_amount", "status", "reg_number"]
    search_fields = [
        "reg_number",
        "patient__given_name",
        "patient__family_name",
        "patient__record_number",
        "patient__phone",
        "patient__email",
        "items__description",
    ]

    def perform_update(self, serializer: Any) -> None:
        if serializer.instance.status != "DRAFT":
            raise ValidationError({"status": ["Only a draft can be changed."]})
        serializer.save()

    @action(detail=True, methods=["post"])
    @transaction.atomic
    def payments(self, request: Request, pk: str) -> Response:
        body = PaymentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        invoice = Invoice.objects.select_for_update().get(pk=pk)
        amount: Decimal = body.validated_data["amount"]
        if invoice.status not in ("ISSUED", "PARTIALY_PAID") or not 0 < amount <= invoice.remaining_amount:
            raise ValidationError({"amount": ["This cannot be paid."]})
        invoice.paid_amount += amount
        invoice.remaining_amount -= amount
        invoice.status = "PARTIALY_PAID" if invoice.remaining_amount else "PAID"
        invoice.save(update_fields=["paid_amount", "remaining_amount", "status", "updated_at"])
        body.save(invoice=invoice)
        return Response(body.data, status=201)
