"""Payments: take one for an invoice or for many, allocate credit, reverse a payment.

Lock order, here as everywhere: the patient, then invoices by id, then the number series.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models import Invoice, NumberSeries, Payment, PaymentAllocation
from billing.models.invoice.model import LockedInvoice
from billing.operations.allocations import allocate, allocated_parts, release
from billing.operations.names_on_documents import (
    author_name,
    particulars_of_money,
    patient_of_invoice,
    patient_particulars,
)
from billing.operations.operation_checks import check_can_reverse
from billing.operations.receive_payment import check_payment, receive
from billing.operations.recording import ledger_change
from billing.operations.refunds import CreditExceeded, check_has_credit, credit_of
from billing.roles import ALLOCATE, REVERSE, TAKE_PAYMENT
from billing.rules.allocation import OpenInvoice, allocate_oldest_first
from billing.rules.lifecycle import Verb, check_verb
from billing.rules.money import ZERO, not_positive
from billing.rules.reasons import check_reason
from billing.rules.settlement import Overpayment, max_payment, settle_payment
from clinic.db.transactions import atomic
from clinic.domain.dates import local_date
from clinic.domain.errors import FieldError, InvalidValue, RuleBroken
from clinic.domain.permissions import check_permission
from patients.models import Patient


class Share(NamedTuple):
    """An amount of a payment for one invoice."""

    invoice_id: UUID
    amount: Decimal


class AllocationsRefused(InvalidValue):
    """The allocations exceed the payment, or name an invoice outside the patient's account."""

    code = "invalid_allocations"


@atomic
def pay(
    invoice: Invoice,
    *,
    amount: Decimal,
    by: User,
    at: datetime,
    method: PaymentMethod = PaymentMethod.UNSPECIFIED,
    reference: str = "",
    received_at: datetime | None = None,
    tendered: Decimal | None = None,
    excess_to_credit: bool = False,
) -> Payment:
    """Take money for one invoice; on a draft it is a deposit.

    What is beyond `total - paid - credited` is refused as Overpayment, or kept as the patient's credit.
    """
    check_permission(by, TAKE_PAYMENT)
    locked = invoice.lock()
    check_verb(Verb.PAY, InvoiceStatus(locked.status))
    maximum = max_payment(total=locked.total_amount, paid=locked.paid_amount, credited=locked.credited_amount)
    allocated = min(amount, maximum) if excess_to_credit else amount
    if allocated > 0:
        settle_payment(**locked.amounts(), amount=allocated)
    payment = receive(
        locked.patient_id,
        particulars=particulars_of_money(patient_of_invoice(locked), locked.bill_to, by=by),
        amount=amount,
        method=method,
        reference=reference,
        received_at=received_at,
        tendered=tendered,
        excess=amount - max(allocated, ZERO),
        by=by,
        at=at,
    )
    rows = [allocate(locked, payment, allocated, EventKind.PAID, by=by, at=at)] if allocated > 0 else []
    payment.set_allocations(rows)
    return payment


@atomic
def take_payment(
    patient: Patient,
    *,
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
    check_payment(amount, method=method, received_at=received_at or at, tendered=tendered, at=at)
    patient.lock_account()
    shares, invoices = _shares(patient, amount, allocations)
    rest = amount - sum((share.amount for share in shares), Decimal(0))
    if rest > 0 and not excess_to_credit:
        detail = f"{rest} of {amount} would not be allocated. Lower the amount, or keep the excess as credit."
        raise Overpayment.at("/amount", detail, room=amount - rest)
    payers = {invoices[share.invoice_id].bill_to for share in shares}
    payment = receive(
        patient.pk,
        particulars=particulars_of_money(
            patient_particulars(patient), payers.pop() if len(payers) == 1 else None, by=by
        ),
        amount=amount,
        method=method,
        reference=reference,
        received_at=received_at,
        tendered=tendered,
        excess=rest,
        by=by,
        at=at,
    )
    payment.set_allocations(_allocate_all(payment, shares, invoices, EventKind.PAID, by=by, at=at))
    return payment


@atomic
def allocate_credit(
    payment: Payment, *, by: User, at: datetime, allocations: Sequence[Share] | None = None
) -> list[Share]:
    """Allocate the unallocated credit of a payment: as `allocations` say, else oldest due first. CreditExceeded."""
    check_permission(by, ALLOCATE)
    payment.patient.lock_account()
    credit = credit_of(payment)
    check_has_credit(credit)
    shares, invoices = _shares(payment.patient, credit, allocations, over=CreditExceeded)
    if not shares:
        raise CreditExceeded("The patient has no open invoice to allocate the credit to.", room=credit)
    _allocate_all(payment, shares, invoices, EventKind.ALLOCATED, by=by, at=at)
    return shares


@atomic
def reverse_payment(payment: Payment, *, reason: str, by: User, at: datetime) -> Payment:
    """Record that a payment never arrived (typed wrongly, bounced, charged back): whole, once.

    Its money is taken off every invoice; what they lack is owed again. AlreadyReversed, PaymentRefunded,
    PeriodClosed or ReversalNeedsSupervisor.
    """
    check_permission(by, REVERSE)
    payment.patient.lock_account()
    allocated = payment.allocations.filter(invoice__isnull=False).values_list("invoice_id", flat=True)
    invoices = list(Invoice.objects.locked().filter(pk__in=set(allocated)))
    # after the invoices are locked: a refund of one of them does not lock the patient
    check_reason(reason, what="A reversal")
    check_can_reverse(payment, by=by, at=at)
    reversal = Payment.create(
        patient=payment.patient,
        receipt_number=NumberSeries.objects.draw_receipt(local_date(at), what="a reversal"),
        amount=-payment.amount,
        method=payment.method,
        reference=payment.reference,
        received_at=at,
        reverses=payment,
        particulars={**payment.particulars, "author": author_name(by)},
        reason=reason,
        currency=payment.currency,
        by=by,
        at=at,
    )
    for invoice in invoices:
        _remove_reversed(LockedInvoice(invoice), payment, reversal, reason=reason, by=by, at=at)
    return reversal


def oldest_first(amount: Decimal, invoices: Iterable[Invoice]) -> list[Share]:
    """Return the shares of open invoices in the amount, oldest due first."""
    open_invoices = [
        OpenInvoice(each.pk, each.due_day, each.issue_day, each.reg_number, each.remaining_amount) for each in invoices
    ]
    proposed, _ = allocate_oldest_first(amount, open_invoices)
    return [Share(key, part) for key, part in proposed]


def _remove_reversed(
    invoice: LockedInvoice, payment: Payment, reversal: Payment, *, reason: str, by: User, at: datetime
) -> None:
    """Take the money of a reversed payment off an invoice."""
    amount = dict(allocated_parts(invoice)).get(payment.pk, ZERO)
    if not amount:
        return
    with ledger_change(invoice, EventKind.REVERSED, by=by, at=at, reason=reason) as cause:
        cause["payment_id"] = reversal.pk
        release(invoice, [(payment.pk, amount)], reversal=reversal, by=by, at=at)


def _shares(
    patient: Patient,
    amount: Decimal,
    allocations: Sequence[Share] | None,
    over: type[RuleBroken] = AllocationsRefused,
) -> tuple[list[Share], dict[UUID, LockedInvoice]]:
    """Return the shares of the account's invoices in the amount, and those invoices, locked.

    `over`: the error when the allocations add up to more than the amount.
    """
    account = Invoice.objects.for_patient(patient)
    if allocations is None:
        invoices = list(account.open().locked())
        shares = oldest_first(amount, invoices)
    else:
        shares = list(allocations)
        invoices = list(account.locked().filter(pk__in=[share.invoice_id for share in shares]))
        _check_allocations(shares, amount, invoices, over)
    return shares, {invoice.pk: LockedInvoice(invoice) for invoice in invoices}


def allocation_errors(shares: Iterable[tuple[int, Share]], known: Collection[UUID]) -> Iterator[FieldError]:
    """Yield what is wrong with shares, given with their indexes, if `known` are the invoices of the account."""
    seen: set[UUID] = set()
    for index, share in shares:
        if share.invoice_id not in known:
            detail = f"{share.invoice_id} is not an invoice of this patient."
            yield FieldError(f"/allocations/{index}/invoice_id", "unknown_id", detail)
        elif share.invoice_id in seen:
            yield FieldError(f"/allocations/{index}/invoice_id", "repeated_id", f"{share.invoice_id} is listed twice.")
        if share.amount <= 0:
            yield not_positive(f"/allocations/{index}/amount")
        seen.add(share.invoice_id)


def _check_allocations(
    shares: Sequence[Share], amount: Decimal, invoices: Iterable[Invoice], over: type[RuleBroken]
) -> None:
    errors = list(allocation_errors(enumerate(shares), {invoice.pk for invoice in invoices}))
    if errors:
        raise AllocationsRefused(errors[0].detail, errors=errors)
    total = sum((share.amount for share in shares), Decimal(0))
    if total > amount:
        detail = f"The allocations add up to {total}, more than {amount}."
        raise over.at("/allocations", detail, room=amount)


def _allocate_all(
    payment: Payment,
    shares: Iterable[Share],
    invoices: dict[UUID, LockedInvoice],
    kind: EventKind,
    *,
    by: User,
    at: datetime,
) -> list[PaymentAllocation]:
    rows = []
    for index, share in enumerate(shares):
        try:
            rows.append(allocate(invoices[share.invoice_id], payment, share.amount, kind, by=by, at=at))
        except RuleBroken as refusal:
            member = "amount" if refusal.errors else "invoice_id"
            raise refusal.pointing_at(f"/allocations/{index}/{member}") from None
    return rows
