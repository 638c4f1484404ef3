"""Interpret a requested `status` of a POST or PUT: allowed targets, the steps that lead there, the check at the end."""

from dataclasses import dataclass
from decimal import Decimal

from billing.choices import InvoiceStatus
from billing.rules.lifecycle import (
    DRAFT,
    ISSUED,
    PAID,
    PARTIALY_PAID,
    VOID,
    WRITTEN_OFF,
    MoveNotAllowed,
    status_phrase,
)
from billing.rules.money import ZERO

# The statuses that a request may name, by current status; None: the invoice is being created.
REQUESTABLE_STATUSES: dict[InvoiceStatus | None, frozenset[InvoiceStatus]] = {
    None: frozenset({DRAFT, ISSUED, PARTIALY_PAID, PAID}),
    DRAFT: frozenset({ISSUED, PARTIALY_PAID, PAID, VOID}),
    ISSUED: frozenset({PARTIALY_PAID, PAID, VOID, WRITTEN_OFF}),
    PARTIALY_PAID: frozenset({PAID, VOID, WRITTEN_OFF}),  # back to ISSUED: by a refund or a reversal only
    PAID: frozenset({VOID}),  # `check_void` refuses it unless the total is zero
    VOID: frozenset(),
    WRITTEN_OFF: frozenset(),  # left by `reinstate` only
}


@dataclass(frozen=True, slots=True)
class Steps:
    """The actions to take beside the other changes of the request, in this order.

    `pay_rest`: record what remains after issuing, if anything does, with the method `unspecified`.
    `expected_status`: the status that must result, for `check_outcome`; None: any.
    """

    issue: bool = False
    pay_rest: bool = False
    void: bool = False
    write_off: bool = False
    expected_status: InvoiceStatus | None = None


def steps_to_status(current: InvoiceStatus | None, requested: InvoiceStatus | None, has_paid_amount: bool) -> Steps:
    """Return the steps to the requested status; none when it is omitted or the current one.

    `has_paid_amount`: the request also contains a `paid_amount`. Raises MoveNotAllowed for a status that no request
    can name.

    >>> steps_to_status(InvoiceStatus.DRAFT, InvoiceStatus.PAID, has_paid_amount=False)
    Steps(issue=True, pay_rest=True, void=False, write_off=False, expected_status=InvoiceStatus.PAID)
    >>> steps_to_status(InvoiceStatus.DRAFT, InvoiceStatus.ISSUED, has_paid_amount=True).expected_status
    >>> steps_to_status(InvoiceStatus.VOID, InvoiceStatus.ISSUED, has_paid_amount=False)
    Traceback (most recent call last):
    billing.rules.lifecycle.MoveNotAllowed: The invoice is void; its status cannot be set to ISSUED.
    """
    if requested is None or requested == current:
        return Steps()
    if requested not in REQUESTABLE_STATUSES[current]:
        detail = f"A new invoice cannot have the status {requested}."
        if current is not None:
            detail = f"The invoice is {status_phrase(current)}; its status cannot be set to {requested}."
        raise MoveNotAllowed.at("/status", detail, allowed=REQUESTABLE_STATUSES[current])
    is_unissued = current in (None, DRAFT)
    return Steps(
        issue=is_unissued and requested in (ISSUED, PARTIALY_PAID, PAID),
        pay_rest=requested == PAID and not has_paid_amount,
        void=requested == VOID,
        write_off=requested == WRITTEN_OFF,
        expected_status=None if is_unissued and requested == ISSUED else requested,
    )


def check_outcome(
    expected: InvoiceStatus | None,
    outcome: InvoiceStatus,
    *,
    total: Decimal,
    paid: Decimal,
    credited: Decimal = ZERO,
) -> None:
    """Raise MoveNotAllowed unless the request led to the expected status (`Steps.expected_status`; None: any).

    >>> total, paid = Decimal("154.99"), Decimal("100.00")
    >>> check_outcome(InvoiceStatus.PAID, InvoiceStatus.PARTIALY_PAID, total=total, paid=paid)
    Traceback (most recent call last):
    billing.rules.lifecycle.MoveNotAllowed: 100.00 does not pay the invoice in full. Send a paid_amount of 154.99.
    """
    if expected is None or expected == outcome:
        return
    detail = f"The invoice would be {status_phrase(outcome)}, not {status_phrase(expected)}."
    if expected == PAID:
        detail = f"{paid} does not pay the invoice in full. Send a paid_amount of {total - credited}."
    raise MoveNotAllowed.at("/status", detail, allowed=[outcome])
