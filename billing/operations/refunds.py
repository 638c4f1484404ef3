"""Refund money: of an invoice, or a patient's unallocated credit."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models import BooksClosing, Invoice, Payment, PaymentAllocation, Refund
from billing.models.invoice.model import LockedInvoice
from billing.operations.allocations import allocated_parts, release
from billing.operations.names_on_documents import particulars_of_money, patient_of_invoice, patient_particulars
from billing.operations.recording import ledger_change
from billing.roles import REFUND
from billing.rules.lifecycle import Verb, check_verb
from billing.rules.money import check_positive
from billing.rules.reasons import check_reason
from billing.rules.settlement import check_refund, take_newest_first
from clinic.db.bulk import bulk_insert
from clinic.db.transactions import atomic
from clinic.domain.dates import local_date
from clinic.domain.errors import RuleBroken
from clinic.domain.permissions import check_permission


class CreditExceeded(RuleBroken):
    """The amount is higher than the unallocated credit of the payment; `room` is that credit."""

    code = "credit_exceeded"


@atomic
def refund(
    invoice: Invoice,
    *,
    amount: Decimal,
    method: PaymentMethod,
    reason: str,
    by: User,
    at: datetime,
    reference: str = "",
) -> Refund:
    """Pay money of an invoice back; the debt that it paid is owed again. OverRefund."""
    check_permission(by, REFUND)
    locked = invoice.lock()
    check_verb(Verb.REFUND, InvoiceStatus(locked.status))
    check_reason(reason, what="A refund")
    check_refund(paid=locked.paid_amount, amount=amount)
    with ledger_change(locked, EventKind.REFUNDED, by=by, at=at, reason=reason) as cause:
        row = pay_out(locked, amount, by=by, at=at, method=method, reason=reason, reference=reference)
        cause["refund_id"] = row.pk
    return row


def pay_out(invoice: LockedInvoice, amount: Decimal, *, by: User, at: datetime, **fields: Any) -> Refund:
    """Release an amount of an invoice, from the latest payment first, into a refund with these fields. PeriodClosed."""
    particulars = particulars_of_money(patient_of_invoice(invoice), invoice.bill_to, by=by)
    row = _create_refund(invoice, amount, by=by, at=at, invoice=invoice, particulars=particulars, **fields)
    parts = take_newest_first(allocated_parts(invoice), amount)
    release(invoice, parts, refund=row, by=by, at=at)
    bulk_insert([PaymentAllocation.build(payment_id=key, refund=row, amount=part, by=by, at=at) for key, part in parts])
    return row


@atomic
def refund_credit(
    payment: Payment,
    *,
    amount: Decimal,
    method: PaymentMethod,
    reason: str,
    by: User,
    at: datetime,
    reference: str = "",
) -> Refund:
    """Pay back what is unallocated of a payment, or part of it. CreditExceeded beyond."""
    check_permission(by, REFUND)
    payment.patient.lock_account()
    check_reason(reason, what="A refund")
    check_positive(amount)
    check_covered(amount, credit=credit_of(payment))
    particulars = particulars_of_money(patient_particulars(payment.patient), None, by=by)
    details = {"method": method, "reason": reason, "reference": reference, "particulars": particulars}
    row = _create_refund(payment, amount, by=by, at=at, **details)
    PaymentAllocation.create(payment=payment, refund=row, amount=amount, by=by, at=at)
    return row


def credit_of(payment: Payment) -> Decimal:
    """Return what is unallocated of a payment now."""
    return Payment.objects.with_unallocated().get(pk=payment.pk).unallocated


def check_has_credit(credit: Decimal) -> None:
    """Raise CreditExceeded for a payment without unallocated credit."""
    if credit <= 0:
        raise CreditExceeded("This payment has no unallocated credit.", room=credit)


def check_covered(amount: Decimal, *, credit: Decimal) -> None:
    """Raise CreditExceeded for an amount above the unallocated credit of a payment."""
    if amount > credit:
        detail = f"{amount} is more than the credit left of this payment, {credit}."
        raise CreditExceeded.at("/amount", detail, room=credit)


def _create_refund(source: Invoice | Payment, amount: Decimal, *, at: datetime, **fields: Any) -> Refund:
    """Create the refund of an invoice's or a payment's money, for the same patient in the same currency."""
    BooksClosing.objects.check_open(local_date(at), what="a refund")
    return Refund.create(patient_id=source.patient_id, amount=amount, currency=source.currency, at=at, **fields)
