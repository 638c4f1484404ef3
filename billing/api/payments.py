"""API resource: payments over many invoices, allocation and refund of their credit, and their reversal."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zlib import crc32

from billing import roles
from billing.api.body_errors import payment_body_errors, share_errors
from billing.api.examples import PAYMENT_DOCS
from billing.api.filters import PaymentFilters
from billing.api.invoices import reinstated_debt_warning
from billing.api.payment_responses import payments_with_allocations, represent_payment, represent_refund
from billing.api.response_schemas import PaymentShape, RefundShape
from billing.api.serializers import AllocationsBody, PaymentBody, ReasonBody, RefundBody
from billing.api.value_error_codes import CODES
from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.models.payment import PaymentQuerySet
from billing.operations.payments import Share, allocate_credit, reverse_payment, take_payment
from billing.operations.refunds import refund_credit
from clinic.api.lists.listing import Listing, order_paths
from clinic.api.requests.serializers import ReadBody
from clinic.api.resources import Resource, verb
from clinic.db.expressions import InNumberOrder
from clinic.domain.errors import FieldError
from clinic.json_values import JsonObject, to_json
from patients.models import Patient


class PaymentResource(Resource):
    path = "payment"
    body = PaymentBody
    shape = PaymentShape
    operation_docs = PAYMENT_DOCS
    error_codes = CODES
    read_permission = roles.READ_PAYMENTS
    add_permission = roles.TAKE_PAYMENT
    hidden_from_patients = frozenset({"created_by", "reason"})
    listing = Listing(
        filters=PaymentFilters,
        search=PaymentQuerySet.matching,
        orders=order_paths(
            "created_at received_at amount method",
            receipt_number=InNumberOrder("receipt_number"),
            patient="patient__sort_name",
        ),
    )

    def get_queryset(self) -> PaymentQuerySet:
        return payments_with_allocations()

    def get_patient_queryset(self, patient_id: UUID, /) -> PaymentQuerySet:
        return self.get_queryset().of_accounts([patient_id])

    def represent(self, record: Payment) -> JsonObject:
        return represent_payment(record, with_drafts=self.patient_id is None)

    def version(self, record: Payment, /) -> str:
        """Return a checksum of the representation, which later allocations, refunds and reversals change."""
        return f"{crc32(to_json(self.represent(record))):08x}"

    def add(self, values: dict[str, Any]) -> Payment:
        return take_payment(
            patient=Patient.objects.named(values.pop("patient_id"), "/patient_id"),
            allocations=_shares(values.pop("allocations", None)),
            excess_to_credit=values.pop("excess", "reject") == "credit",
            by=self.by,
            at=self.at,
            **values,
        )

    def find_errors(self, body: ReadBody, /) -> Iterable[FieldError]:
        if self.action == "create":
            return payment_body_errors(body, at=self.at)
        if self.action == "allocate":
            return share_errors(body, Payment.objects.select_related("patient").get(pk=self.kwargs["key"]).patient)
        return ()

    @verb("allocations", roles.ALLOCATE, body=AllocationsBody, status=201)
    def allocate(self, payment: Payment, values: dict[str, Any]) -> JsonObject:
        """Allocate the credit of the payment to invoices; the response is the payment."""
        shares = _shares(values.get("allocations"))
        allocate_credit(payment=payment, allocations=shares, by=self.by, at=self.at)
        return represent_payment(self._refreshed(payment))

    @verb("refund", roles.REFUND, body=RefundBody, status=201, shape=RefundShape)
    def refund(self, payment: Payment, values: dict[str, Any]) -> JsonObject:
        """Refund the credit of the payment."""
        return represent_refund(refund_credit(payment=payment, by=self.by, at=self.at, **values))

    @verb("reverse", roles.REVERSE, body=ReasonBody, status=201)
    def reverse(self, payment: Payment, values: dict[str, Any]) -> JsonObject:
        """Reverse the payment; the response is the payment that reverses it."""
        written_off = Invoice.objects.filter(allocations__payment=payment, status=InvoiceStatus.WRITTEN_OFF)
        written_off_ids = set(written_off.values_list("pk", flat=True))
        reversal = reverse_payment(payment=payment, reason=values["reason"], by=self.by, at=self.at)
        for invoice in Invoice.objects.filter(pk__in=written_off_ids).open().order_by(InNumberOrder("reg_number"))[:50]:
            self.warn("debt_lives_again", reinstated_debt_warning(invoice))
        self.headers["Location"] = f"/{self.path}/{reversal.pk}"
        return represent_payment(self._refreshed(reversal))

    def _refreshed(self, payment: Payment) -> Payment:
        """Return the payment as it is stored now, with its allocations."""
        return self.get_queryset().get(pk=payment.pk)


def _shares(allocations: list[dict[str, Any]] | None) -> list[Share] | None:
    return None if allocations is None else [Share(**share) for share in allocations]
