"""Record an incoming payment: date, receipt number, amount tendered."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User

from billing.choices import PaymentMethod
from billing.models.numbering import NumberSeries
from billing.models.payment import Payment
from billing.operations.names_on_documents import Particulars
from billing.rules.money import ZERO, not_positive
from clinic.domain.dates import local_date
from clinic.domain.errors import FieldError, InvalidValue

CLOCK_TOLERANCE = timedelta(minutes=2)
"""By how much the clock of a client may be ahead of ours."""


class PaymentRefused(InvalidValue):
    """The payment is dated in the future, or its amount tendered does not fit."""

    code = "invalid_payment"


def receive(
    patient_id: UUID,
    *,
    particulars: Particulars,
    amount: Decimal,
    method: PaymentMethod,
    by: User,
    at: datetime,
    reference: str = "",
    received_at: datetime | None = None,
    tendered: Decimal | None = None,
    excess: Decimal = ZERO,
) -> Payment:
    """Record money received, not yet allocated, and return the payment. PaymentRefused, or PeriodClosed for its day.

    `received_at` may be ahead by CLOCK_TOLERANCE, and is stored as now.
    `excess`: the part that the caller allocates to no invoice; the rest it allocates in the same transaction.
    """
    received_at = received_at or at
    check_payment(amount, method=method, received_at=received_at, tendered=tendered, at=at)
    received_at = min(received_at, at)
    day = local_date(received_at)
    return Payment.create(
        patient_id=patient_id,
        particulars=particulars,
        receipt_number=NumberSeries.objects.draw_receipt(day, what="a payment", pointer="/received_at"),
        amount=amount,
        method=method,
        reference=reference,
        received_at=received_at,
        tendered=tendered,
        excess_amount=excess,
        currency=settings.CLINIC_CURRENCY,
        by=by,
        at=at,
    )


def check_payment(
    amount: Decimal, *, method: PaymentMethod, received_at: datetime, tendered: Decimal | None, at: datetime
) -> None:
    """PaymentRefused unless the amount is positive, covered by what was tendered, and not received in the future.

    Only cash is tendered.
    """
    for error in payment_errors(amount=amount, method=method, received_at=received_at, tendered=tendered, at=at):
        raise PaymentRefused(error.detail, errors=[error], code=error.code)


def payment_errors(
    *,
    amount: Decimal | None = None,
    method: PaymentMethod | None = None,
    received_at: datetime | None = None,
    tendered: Decimal | None = None,
    at: datetime,
) -> Iterator[FieldError]:
    """Yield what is wrong with a payment, of which some values may not be known."""
    if amount is not None and amount <= 0:
        yield not_positive("/amount")
    if tendered is not None and method is not None and method != PaymentMethod.CASH:
        detail = "Only a cash payment can have an amount tendered. Omit “tendered”."
        yield FieldError("/tendered", "tendered_without_cash", detail)
    elif tendered is not None and amount is not None and tendered < amount:
        detail = f"The amount tendered, {tendered}, does not cover {amount}."
        yield FieldError("/tendered", "tendered_too_little", detail)
    if received_at is not None and received_at > at + CLOCK_TOLERANCE:
        yield FieldError("/received_at", "in_the_future", "The date received is in the future.")
