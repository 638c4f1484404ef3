"""A patient's money over several invoices: taken, allocated, handed back, or found never to have come.

Locks, here as everywhere: the patient, then invoices in the order of their ids, then the number series.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User

from billing.choices import EventKind, PaymentMethod
from billing.models import BooksClosing, Invoice, NumberSeries, Payment, PaymentAllocation, Refund
from billing.models.ledger import check_reason
from billing.models.receipts import check_amount, check_payment, receive
from billing.roles import ALLOCATE, REFUND, REVERSE, REVERSE_ANY, TAKE_PAYMENT
from billing.rules.allocation import OpenInvoice, allocate_oldest_first
from billing.rules.clerk_limits import check_clerk_reversal
from billing.rules.settlement import Overpayment
from clinic.db.transactions import atomic
from clinic.domain.dates import local_date
from clinic.domain.errors import FieldError, InvalidValue, RuleBroken
from clinic.domain.permissions import check_permission, has_permission
from patients.models import Patient


class Share(NamedTuple):
    """That much of a payment onto that invoice."""

    invoice_id: UUID
    amount: Decimal


class AllocationsRefused(InvalidValue):
    """Allocations that do not fit the payment, or name an invoice that is not of the patient's account."""

    code = "invalid_allocations"


class CreditExceeded(RuleBroken):
    """More than is unallocated of the payment; `room` is what is."""

    code = "credit_exceeded"


class AlreadyReversed(RuleBroken):
    """A payment is reversed once; a reversal never."""

    code = "already_reversed"


class PaymentRefunded(RuleBroken):
    """Money of the payment was handed out, so it did come."""

    code = "payment_refunded"


@atomic
def take_payment(
    *,
    patient: Patient,
    amount: Decimal,
    method: PaymentMethod,
    by: User,
    at: datetime,
    allocations: Sequence[Share] | None = None,
    reference: str = "",
    received_at: datetime | None = None,
    tendered: Decimal | None = None,
    excess_to_credit: bool = False,
) -> Payment:
    """Take a patient's money for many invoices: as `allocations` say, else oldest due first.

    What the allocations leave is refused as Overpayment, or kept as the patient's credit (`excess_to_credit`).
    """
    check_permission(by, TAKE_PAYMENT)
    check_payment(amount, received_at=received_at or at, tendered=tendered, at=at)
    patient.lock_account()
    shares, invoices = _shares(patient, amount, allocations)
    rest = amount - sum((share.amount for share in shares), Decimal(0))
    if rest > 0 and not excess_to_credit:
        detail = f"{rest} of {amount} would be on no invoice: lower the amount, or keep the excess as credit."
        raise Overpayment(detail, room=amount - rest)
    payment = receive(
        patient.pk,
        amount=amount,
        method=method,
        reference=reference,
        received_at=received_at,
        tendered=tendered,
        excess=rest,
        by=by,
        at=at,
    )
    payment.came_in(_apply(payment, shares, invoices, EventKind.PAID, by=by, at=at))
    return payment


@atomic
def allocate_credit(
    *, payment: Payment, by: User, at: datetime, allocations: Sequence[Share] | None = None
) -> list[Share]:
    """Put what is unallocated of a payment onto invoices: as told, else oldest due first. Raises CreditExceeded."""
    check_permission(by, ALLOCATE)
    payment.patient.lock_account()
    credit = credit_of(payment)
    if credit <= 0:
        raise CreditExceeded("Nothing of this payment is unallocated.", room=credit)
    shares, invoices = _shares(payment.patient, credit, allocations, over=CreditExceeded)
    if not shares:
        raise CreditExceeded("The patient has no open invoice that could take the credit.", room=credit)
    _apply(payment, shares, invoices, EventKind.ALLOCATED, by=by, at=at)
    return shares


@atomic
def refund_credit(
    *,
    payment: Payment,
    amount: Decimal,
    method: PaymentMethod,
    reason: str,
    by: User,
    at: datetime,
    reference: str = "",
) -> Refund:
    """Hand out what is unallocated of a payment, or part of it. Raises CreditExceeded beyond."""
    check_permission(by, REFUND)
    payment.patient.lock_account()
    check_reason(reason, what="A refund")
    check_amount(amount)
    credit = credit_of(payment)
    if amount > credit:
        raise CreditExceeded(f"{amount} is more than the credit of this payment: {credit} is left.", room=credit)
    BooksClosing.objects.check_open(local_date(at), what="a refund")
    refund = Refund.enter(
        patient=payment.patient,
        amount=amount,
        method=method,
        reason=reason,
        reference=reference,
        currency=payment.currency,
        by=by,
        at=at,
    )
    PaymentAllocation.enter(payment=payment, refund=refund, amount=amount, by=by, at=at)
    return refund


@atomic
def reverse_payment(*, payment: Payment, reason: str, by: User, at: datetime) -> Payment:
    """Record that a payment never came (typed wrongly, bounced, charged back): whole, once.

    Its money leaves every invoice; what they lack is owed again. AlreadyReversed, PaymentRefunded or PeriodClosed;
    ReversalNeedsSupervisor.
    """
    check_permission(by, REVERSE)
    if not has_permission(by, REVERSE_ANY):
        is_own, entered_on = payment.created_by_id == by.pk, local_date(payment.created_at)
        check_clerk_reversal(is_own=is_own, entered_on=entered_on, today=local_date(at))
    payment.patient.lock_account()
    check_reason(reason, what="A reversal")
    if payment.reverses_id is not None or Payment.objects.filter(reverses=payment).exists():
        raise AlreadyReversed("The payment was reversed already, or is a reversal itself.")
    held = payment.allocations.filter(invoice__isnull=False).values_list("invoice_id", flat=True)
    invoices = list(Invoice.objects.locked().filter(pk__in=set(held)))
    # asked with the invoices locked: a refund of one of them does not lock the patient
    if payment.allocations.filter(refund__isnull=False, invoice__isnull=True).exists():
        raise PaymentRefunded("Money of this payment was handed out as a refund: it cannot be reversed any more.")
    reversal = Payment.enter(
        patient=payment.patient,
        receipt_number=NumberSeries.objects.draw_receipt(local_date(at), what="a reversal"),
        amount=-payment.amount,
        method=payment.method,
        reference=payment.reference,
        received_at=at,
        reverses=payment,
        reason=reason,
        currency=payment.currency,
        by=by,
        at=at,
    )
    for invoice in invoices:
        invoice.take_off(payment, reversal, reason=reason, by=by, at=at)
    return reversal


def credit_of(payment: Payment) -> Decimal:
    """What of a payment is unallocated now."""
    return Payment.objects.with_unallocated().get(pk=payment.pk).unallocated


def _shares(
    patient: Patient,
    amount: Decimal,
    told: Sequence[Share] | None,
    over: type[RuleBroken] = AllocationsRefused,
) -> tuple[list[Share], dict[UUID, Invoice]]:
    """How the amount goes over the account's invoices, and those invoices, locked."""
    account = Invoice.objects.for_patient(patient)
    if told is None:
        invoices = list(account.open().locked())
        open_invoices = [OpenInvoice(invoice.pk, invoice.due_day, invoice.remaining_amount) for invoice in invoices]
        proposed, _ = allocate_oldest_first(amount, open_invoices)
        shares = [Share(key, part) for key, part in proposed]
    else:
        shares = list(told)
        invoices = list(account.locked().filter(pk__in=[share.invoice_id for share in shares]))
        _check_told(shares, amount, invoices, over)
    return shares, {invoice.pk: invoice for invoice in invoices}


def _check_told(shares: Sequence[Share], amount: Decimal, invoices: Iterable[Invoice], over: type[RuleBroken]) -> None:
    known = {invoice.pk for invoice in invoices}
    seen: set[UUID] = set()
    errors = []
    for index, share in enumerate(shares):
        if share.invoice_id not in known:
            detail = f"{share.invoice_id} is no invoice of this patient."
            errors.append(FieldError(f"/allocations/{index}/invoice_id", "unknown_id", detail))
        elif share.invoice_id in seen:
            detail = f"{share.invoice_id} stands here twice."
            errors.append(FieldError(f"/allocations/{index}/invoice_id", "repeated_id", detail))
        if share.amount <= 0:
            detail = "The amount must be above zero."
            errors.append(FieldError(f"/allocations/{index}/amount", "not_positive", detail))
        seen.add(share.invoice_id)
    if errors:
        raise AllocationsRefused(errors[0].detail, errors=errors)
    total = sum((share.amount for share in shares), Decimal(0))
    if total > amount:
        detail = f"The allocations add up to {total}, more than {amount}."
        raise over.at("/allocations", detail, room=amount)


def _apply(
    payment: Payment,
    shares: Iterable[Share],
    invoices: dict[UUID, Invoice],
    kind: EventKind,
    *,
    by: User,
    at: datetime,
) -> list[PaymentAllocation]:
    return [invoices[share.invoice_id].apply(payment, share.amount, kind, by=by, at=at) for share in shares]
