"""What a POST or a PUT of an invoice asks for: its fields, and the wishes in `status` and `paid_amount`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from billing.choices import InvoiceStatus
from billing.models import Invoice
from billing.models.invoice.item_list import Given
from billing.roles import CHANGE, DRAFT, ISSUE, TAKE_PAYMENT, VOID, WRITE_OFF
from billing.rules.money import ZERO
from billing.rules.paid_amount import payment_to_record
from billing.rules.requested_status import Steps, check_outcome, steps_to_status
from clinic.db.transactions import atomic
from clinic.domain.errors import StaleVersion
from clinic.domain.permissions import Permission, check_permission

CLAIMING = frozenset({InvoiceStatus.ISSUED, InvoiceStatus.PARTIALY_PAID, InvoiceStatus.PAID})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for beside the fields: a status, all that was paid, and why (for a void or a write-off)."""

    status: InvoiceStatus | None = None
    paid_amount: Decimal | None = None
    reason: str = ""


@atomic
def create_invoice(
    *,
    by: User,
    at: datetime,
    fields: Mapping[str, Any],
    items: Sequence[Given] = (),
    tags: Iterable[str] = (),
    wishes: Wishes = Wishes(),
) -> Invoice:
    """A new invoice, issued and paid as far as is wished; all of it or nothing."""
    check_permission(by, DRAFT, *_acts_wished(wishes))
    invoice = Invoice.objects.begin(by=by, at=at, items=items, tags=tags, **fields)
    steps = steps_to_status(None, wishes.status, wishes.paid_amount is not None)
    _fulfil(invoice, steps, wishes, is_current=True, by=by, at=at)
    return invoice


@atomic
def update_invoice(
    *,
    invoice: Invoice,
    by: User,
    at: datetime,
    changes: Mapping[str, Any],
    items: Sequence[Given] | None = None,
    tags: Iterable[str] | None = None,
    wishes: Wishes = Wishes(),
    expected_versions: Sequence[int] | None = None,
) -> None:
    """Change an invoice as far as its status allows, then do what is wished; a repeated value is no change.

    `expected_versions`: those that the caller may have read (If-Match); StaleVersion when it is none of them.
    """
    check_permission(by, CHANGE)
    invoice.lock()
    check_permission(by, *_acts_wished(wishes, invoice))
    if expected_versions is not None and invoice.version not in expected_versions:
        raise StaleVersion(f"The invoice is at version {invoice.version} by now: read it again.")
    invoice.revise(by=by, at=at, changes=changes, items=items, tags=tags)
    steps = steps_to_status(InvoiceStatus(invoice.status), wishes.status, wishes.paid_amount is not None)
    _fulfil(invoice, steps, wishes, is_current=expected_versions is not None, by=by, at=at)


def _acts_wished(wishes: Wishes, invoice: Invoice | None = None) -> Iterator[Permission]:
    """What is asked for beside the change itself: refused before the books are asked whether they would allow it."""
    paid = invoice.paid_amount if invoice else ZERO
    wish = wishes.status if invoice is None or wishes.status != invoice.status else None
    is_unissued = invoice is None or invoice.status == InvoiceStatus.DRAFT
    if is_unissued and wish in CLAIMING:
        yield ISSUE
    if (wishes.paid_amount or ZERO) > paid or (wish == InvoiceStatus.PAID and wishes.paid_amount is None):
        yield TAKE_PAYMENT
    if wish == InvoiceStatus.VOID:
        yield VOID
    if wish == InvoiceStatus.WRITTEN_OFF:
        yield WRITE_OFF


def _fulfil(invoice: Invoice, steps: Steps, wishes: Wishes, *, is_current: bool, by: User, at: datetime) -> None:
    """Record what is asserted as paid, and run the verbs that the wished status asks for.

    Money comes first: on a draft it is a deposit, so that the invoice's number is drawn after every other row.
    """
    if wishes.paid_amount is not None:
        _assert_paid(invoice, wishes.paid_amount, is_current=is_current, by=by, at=at)
    if steps.pay_rest and invoice.remaining_amount > 0:
        invoice.pay(amount=invoice.remaining_amount, by=by, at=at)
    if steps.issue:
        invoice.issue(by=by, at=at)
    if steps.void:
        invoice.void(reason=wishes.reason, by=by, at=at)
    if steps.write_off:
        invoice.write_off(reason=wishes.reason, by=by, at=at)
    check_outcome(
        steps.expected_status,
        InvoiceStatus(invoice.status),
        total=invoice.total_amount,
        paid=invoice.paid_amount,
        credited=invoice.credited_amount,
    )


def _assert_paid(invoice: Invoice, asserted: Decimal, *, is_current: bool, by: User, at: datetime) -> None:
    was_lowered = asserted > invoice.paid_amount and invoice.was_ever_lowered()
    due = payment_to_record(
        InvoiceStatus(invoice.status),
        asserted=asserted,
        total=invoice.total_amount,
        paid=invoice.paid_amount,
        was_lowered=was_lowered,
        is_current=is_current,
    )
    if due > 0:
        invoice.pay(amount=due, by=by, at=at)
