"""What can be asked and done about money: payments over many invoices, the credit they leave, and their reversal."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from billing import roles
from billing.api.codes import CODES
from billing.api.examples import PAYMENT_NOTES
from billing.api.filters import PaymentFilters
from billing.api.invoices import living_again
from billing.api.represent_money import Wire, payment_out, payments_to_show, refund_out
from billing.api.serializers import AllocationsBody, PaymentBody, ReasonBody, RefundBody
from billing.api.shapes import PaymentShape, RefundShape
from billing.choices import InvoiceStatus
from billing.models import Invoice, Payment
from billing.models.payment import PaymentQuerySet
from billing.operations.payments import Share, allocate_credit, refund_credit, reverse_payment, take_payment
from clinic.api.lists.list_view import Listing
from clinic.api.resources import Resource, verb
from patients.models import Patient


class PaymentResource(Resource):
    path = "payment"
    body = PaymentBody
    shape = PaymentShape
    notes = PAYMENT_NOTES
    codes = CODES
    reads, adds = roles.READ_PAYMENTS, roles.TAKE_PAYMENT
    internal = frozenset({"created_by", "reason"})
    listing = Listing(
        filters=PaymentFilters,
        search=PaymentQuerySet.found_by,
        orders={
            "created_at": "created_at",
            "received_at": "received_at",
            "amount": "amount",
            "method": "method",
            "receipt_number": "receipt_number",
            "patient": "patient__sort_name",
        },
    )

    def rows(self) -> QuerySet[Payment]:
        return payments_to_show()

    def own_rows(self, account: UUID, /) -> QuerySet[Payment]:
        return self.rows().filter(patient__in=Patient.objects.accounts([account]).values("pk"))

    def represent(self, record: Payment) -> Wire:
        return payment_out(record, with_drafts=self.account is None)

    def add(self, values: dict[str, Any]) -> Payment:
        return take_payment(
            patient=Patient.objects.named(values.pop("patient_id"), "/patient_id"),
            allocations=_shares(values.pop("allocations", None)),
            excess_to_credit=values.pop("excess", "reject") == "credit",
            by=self.by,
            at=self.at,
            **values,
        )

    @verb("allocations", roles.ALLOCATE, body=AllocationsBody, status=201)
    def allocate(self, payment: Payment, values: dict[str, Any]) -> Wire:
        """Put its credit onto invoices; the answer is the payment."""
        shares = _shares(values.get("allocations"))
        allocate_credit(payment=payment, allocations=shares, by=self.by, at=self.at)
        return payment_out(self._anew(payment))

    @verb("refund", roles.REFUND, body=RefundBody, status=201, shape=RefundShape)
    def refund(self, payment: Payment, values: dict[str, Any]) -> Wire:
        """Hand its credit out."""
        return refund_out(refund_credit(payment=payment, by=self.by, at=self.at, **values))

    @verb("reverse", roles.REVERSE, body=ReasonBody, status=201)
    def reverse(self, payment: Payment, values: dict[str, Any]) -> Wire:
        """Record that it never came; the answer is the payment that reverses it."""
        given_up = Invoice.objects.filter(allocations__payment=payment, status=InvoiceStatus.WRITTEN_OFF)
        given_up_ids = set(given_up.values_list("pk", flat=True))
        reversal = reverse_payment(payment=payment, reason=values["reason"], by=self.by, at=self.at)
        for invoice in Invoice.objects.filter(pk__in=given_up_ids).open().order_by("reg_number")[:50]:
            self.warn("debt_lives_again", living_again(invoice))
        self.headers["Location"] = f"/{self.path}/{reversal.pk}"
        return payment_out(self._anew(reversal))

    def _anew(self, payment: Payment) -> Payment:
        """The payment with its allocations as they are now."""
        return self.rows().get(pk=payment.pk)


def _shares(allocations: list[dict[str, Any]] | None) -> list[Share] | None:
    return None if allocations is None else [Share(**share) for share in allocations]
