"""Create or update an invoice from a request: its fields, then the status and the paid amount that it asks for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User

from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.operations.allocations import was_money_released
from billing.operations.drafts import create_draft
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import pay
from billing.operations.revision import revise
from billing.operations.voiding import void
from billing.operations.write_offs import write_off
from billing.roles import CHANGE, DRAFT, ISSUE, TAKE_PAYMENT, VOID, WRITE_OFF
from billing.rules.lifecycle import InvoiceHasAdjustments, InvoiceHasPayments, MoveNotAllowed
from billing.rules.money import ZERO
from billing.rules.paid_amount import payment_to_record
from billing.rules.requested_status import Steps, check_outcome, steps_to_status
from clinic.db.transactions import atomic
from clinic.domain.errors import StaleVersion
from clinic.domain.permissions import Permission, check_permission

ISSUED_STATUSES = frozenset({InvoiceStatus.ISSUED, InvoiceStatus.PARTIALY_PAID, InvoiceStatus.PAID})
"""Asking for one of these issues a draft."""


@atomic
def create_invoice(data: InvoiceInput, *, by: User, at: datetime) -> Invoice:
    """Create an invoice, issued and paid as far as the input asks; all of it or nothing."""
    check_permission(by, DRAFT, *_permissions_needed(data))
    invoice = create_draft(data, by=by, at=at)
    steps = steps_to_status(None, data.status, data.paid_amount is not None)
    _run_steps(invoice, steps, data, is_current=True, by=by, at=at)
    return invoice


@atomic
def update_invoice(
    invoice: Invoice,
    data: InvoiceInput,
    *,
    by: User,
    at: datetime,
    expected_versions: Sequence[int] | None = None,
) -> None:
    """Change an invoice as far as its status allows, then do what the input asks for; a repeated value is no change.

    `expected_versions`: those that the caller may have read (If-Match); StaleVersion when it is none of them.
    """
    check_permission(by, CHANGE)
    locked = invoice.lock()
    check_permission(by, *_permissions_needed(data, locked))
    if expected_versions is not None and locked.version not in expected_versions:
        raise StaleVersion(f"The invoice has been changed and is now at version {locked.version}. Read it again.")
    revise(locked, data, by=by, at=at)
    steps = steps_to_status(InvoiceStatus(locked.status), data.status, data.paid_amount is not None)
    _run_steps(locked, steps, data, is_current=expected_versions is not None, by=by, at=at)


def _permissions_needed(data: InvoiceInput, invoice: Invoice | None = None) -> Iterator[Permission]:
    """Yield what is needed besides the change itself, so that it is refused before the books are asked."""
    paid = invoice.paid_amount if invoice else ZERO
    status = data.status if invoice is None or data.status != invoice.status else None
    is_unissued = invoice is None or invoice.status == InvoiceStatus.DRAFT
    if is_unissued and status in ISSUED_STATUSES:
        yield ISSUE
    if (data.paid_amount or ZERO) > paid or (status == InvoiceStatus.PAID and data.paid_amount is None):
        yield TAKE_PAYMENT
    if status == InvoiceStatus.VOID:
        yield VOID
    if status == InvoiceStatus.WRITTEN_OFF:
        yield WRITE_OFF


def _run_steps(invoice: Invoice, steps: Steps, data: InvoiceInput, *, is_current: bool, by: User, at: datetime) -> None:
    """Record the asserted payment and run the operations that lead to the status asked for.

    Money comes first: on a draft it is a deposit, so that the invoice's number is drawn after every other row.
    """
    if data.paid_amount is not None:
        _assert_paid(invoice, data.paid_amount, is_current=is_current, by=by, at=at)
    if steps.pay_rest and invoice.remaining_amount > 0:
        pay(invoice, amount=invoice.remaining_amount, by=by, at=at)
    if steps.issue:
        issue(invoice, by=by, at=at)
    try:
        if steps.void:
            void(invoice, reason=data.reason, by=by, at=at)
        if steps.write_off:
            write_off(invoice, reason=data.reason, by=by, at=at)
    except (MoveNotAllowed, InvoiceHasAdjustments, InvoiceHasPayments) as refusal:
        raise refusal.pointing_at("/status") from None
    check_outcome(
        steps.expected_status,
        InvoiceStatus(invoice.status),
        total=invoice.total_amount,
        paid=invoice.paid_amount,
        credited=invoice.credited_amount,
    )


def _assert_paid(invoice: Invoice, asserted: Decimal, *, is_current: bool, by: User, at: datetime) -> None:
    """Record a payment of the difference between the asserted and the recorded amount paid, if there is one."""
    was_lowered = asserted > invoice.paid_amount and was_money_released(invoice)
    due = payment_to_record(
        InvoiceStatus(invoice.status),
        asserted=asserted,
        total=invoice.total_amount,
        paid=invoice.paid_amount,
        was_lowered=was_lowered,
        is_current=is_current,
    )
    if due > 0:
        pay(invoice, amount=due, by=by, at=at)
