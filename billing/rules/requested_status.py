"""What a `status` in a POST or PUT asks for: a wish, the steps that fulfil it, and whether it came true."""

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
    status_word,
)
from billing.rules.money import ZERO

# What a request can lead to; None stands for an invoice that is only being created.
WISHES: dict[InvoiceStatus | None, frozenset[InvoiceStatus]] = {
    None: frozenset({DRAFT, ISSUED, PARTIALY_PAID, PAID}),
    DRAFT: frozenset({ISSUED, PARTIALY_PAID, PAID, VOID}),
    ISSUED: frozenset({PARTIALY_PAID, PAID, VOID, WRITTEN_OFF}),
    PARTIALY_PAID: frozenset({PAID, VOID, WRITTEN_OFF}),  # back to ISSUED: by a refund or a reversal only
    PAID: frozenset({VOID}),  # only a total of zero, says the verb
    VOID: frozenset(),
    WRITTEN_OFF: frozenset(),  # reinstated by the verb only
}


@dataclass(frozen=True, slots=True)
class Steps:
    """The verbs to run beside what else the request says, in this order.

    `pay_rest`: record what remains after issuing, if anything does, by the method `unspecified`.
    `expects`: the status that must come out of it all, for `check_met`; None when any will do.
    """

    issue: bool = False
    pay_rest: bool = False
    void: bool = False
    write_off: bool = False
    expects: InvoiceStatus | None = None


def steps_for(current: InvoiceStatus | None, wish: InvoiceStatus | None, paid_given: bool) -> Steps:
    """The steps towards the wished status; none when it is omitted or the current one.

    `paid_given`: the request asserts a `paid_amount`. Raises MoveNotAllowed for what no request can wish.

    >>> steps_for(InvoiceStatus.DRAFT, InvoiceStatus.PAID, paid_given=False)
    Steps(issue=True, pay_rest=True, void=False, write_off=False, expects=InvoiceStatus.PAID)
    >>> steps_for(InvoiceStatus.DRAFT, InvoiceStatus.ISSUED, paid_given=True).expects
    >>> steps_for(InvoiceStatus.VOID, InvoiceStatus.ISSUED, paid_given=False)
    Traceback (most recent call last):
    billing.rules.lifecycle.MoveNotAllowed: An invoice that is void cannot be made issued by its status.
    """
    if wish is None or wish == current:
        return Steps()
    if wish not in WISHES[current]:
        invoice = "A new invoice" if current is None else f"An invoice that is {status_word(current)}"
        detail = f"{invoice} cannot be made {status_word(wish)} by its status."
        raise MoveNotAllowed(detail, allowed=WISHES[current])
    is_unissued = current in (None, DRAFT)
    return Steps(
        issue=is_unissued and wish in (ISSUED, PARTIALY_PAID, PAID),
        pay_rest=wish == PAID and not paid_given,
        void=wish == VOID,
        write_off=wish == WRITTEN_OFF,
        expects=None if is_unissued and wish == ISSUED else wish,
    )


def check_met(
    wish: InvoiceStatus | None,
    outcome: InvoiceStatus,
    *,
    total: Decimal,
    paid: Decimal,
    credited: Decimal = ZERO,
) -> None:
    """Raises MoveNotAllowed unless the request led to the wish (`Steps.expects`; None is met by anything).

    >>> total, paid = Decimal("154.99"), Decimal("100.00")
    >>> check_met(InvoiceStatus.PAID, InvoiceStatus.PARTIALY_PAID, total=total, paid=paid)
    Traceback (most recent call last):
    billing.rules.lifecycle.MoveNotAllowed: 100.00 does not pay the invoice: send a paid_amount of 154.99.
    """
    if wish is None or wish == outcome:
        return
    detail = f"The invoice would not be {status_word(wish)} but {status_word(outcome)}."
    if wish == PAID:
        detail = f"{paid} does not pay the invoice: send a paid_amount of {total - credited}."
    raise MoveNotAllowed(detail, allowed=[outcome])
