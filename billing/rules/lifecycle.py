"""Invoice state machine: allowed moves between statuses, verbs by status, editable fields by status."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from billing.choices import InvoiceStatus
from clinic.domain.errors import FieldError, RuleBroken

DRAFT = InvoiceStatus.DRAFT
ISSUED = InvoiceStatus.ISSUED
PARTIALY_PAID = InvoiceStatus.PARTIALY_PAID
PAID = InvoiceStatus.PAID
VOID = InvoiceStatus.VOID
WRITTEN_OFF = InvoiceStatus.WRITTEN_OFF

MOVES: dict[InvoiceStatus, frozenset[InvoiceStatus]] = {
    DRAFT: frozenset({ISSUED, PARTIALY_PAID, PAID, VOID}),  # a deposit or a zero total skips ISSUED
    ISSUED: frozenset({PARTIALY_PAID, PAID, VOID, WRITTEN_OFF}),
    PARTIALY_PAID: frozenset({ISSUED, PAID, VOID, WRITTEN_OFF}),  # VOID: if the call says what happens to the money
    PAID: frozenset({ISSUED, PARTIALY_PAID, VOID}),  # a refund reopens it; VOID: only a total of zero
    VOID: frozenset(),
    WRITTEN_OFF: frozenset({ISSUED, PARTIALY_PAID, PAID, VOID}),  # VOID: only if nothing is paid or credited
}


class Verb(StrEnum):
    """An action on an invoice, other than voiding it (see `check_void`)."""

    ISSUE = "issue"
    PAY = "pay"
    REFUND = "refund"
    WRITE_OFF = "write off"
    REINSTATE = "reinstate"
    CREDIT = "credit"
    CORRECT = "correct"


VERBS: dict[Verb, frozenset[InvoiceStatus]] = {
    Verb.ISSUE: frozenset({DRAFT}),
    Verb.PAY: frozenset({DRAFT, ISSUED, PARTIALY_PAID, PAID, WRITTEN_OFF}),  # DRAFT: a deposit
    Verb.REFUND: frozenset({DRAFT, ISSUED, PARTIALY_PAID, PAID, WRITTEN_OFF}),
    Verb.WRITE_OFF: frozenset({ISSUED, PARTIALY_PAID}),
    Verb.REINSTATE: frozenset({ISSUED, PARTIALY_PAID, WRITTEN_OFF}),  # the first two after a partial write-off
    Verb.CREDIT: frozenset({ISSUED, PARTIALY_PAID, PAID, WRITTEN_OFF}),
    Verb.CORRECT: frozenset({ISSUED, PARTIALY_PAID, PAID, WRITTEN_OFF}),
}

_ALWAYS = frozenset({"tags", "notes"})
_WHILE_OPEN = _ALWAYS | {"due_date", "appointment_id"}
_ALL = _WHILE_OPEN | {"patient_id", "bill_to", "items", "discount_amount", "discount_percent", "issue_date"}

EDITABLE: dict[InvoiceStatus, frozenset[str]] = {
    DRAFT: _ALL,
    ISSUED: _WHILE_OPEN,
    PARTIALY_PAID: _WHILE_OPEN,
    PAID: _ALWAYS,
    VOID: _ALWAYS,
    WRITTEN_OFF: _ALWAYS,
}

# The columns of billing_invoice that store a field of the API, and freeze with it.
COLUMNS_OF_FIELD: dict[str, tuple[str, ...]] = {
    "patient_id": ("patient_id",),
    "bill_to": ("bill_to_name", "bill_to_address"),
    "items": ("subtotal", "discount_total", "tax_amount", "total_amount", "taxes"),
    "discount_amount": ("discount_amount",),
    "discount_percent": ("discount_percent",),
    "issue_date": ("issue_date",),
    "due_date": ("due_date",),
    "appointment_id": ("appointment_id",),
}
COLUMNS_FROZEN_AT_ISSUE = ("reg_number", "currency", "created_at")

_FIELD_NAMES = {
    "patient_id": "patient",
    "bill_to": "payer",
    "items": "items",
    "discount_amount": "discount amount",
    "discount_percent": "discount percent",
    "issue_date": "issue date",
    "due_date": "due date",
    "appointment_id": "appointment",
    "tags": "tags",
    "notes": "notes",
}
_STATUS_PHRASES = {
    DRAFT: "a draft",
    ISSUED: "issued",
    PARTIALY_PAID: "partially paid",
    PAID: "paid",
    VOID: "void",
    WRITTEN_OFF: "written off",
}
_PARTICIPLES = {
    Verb.ISSUE: "issued",
    Verb.PAY: "paid",
    Verb.REFUND: "refunded",
    Verb.WRITE_OFF: "written off",
    Verb.REINSTATE: "reinstated",
    Verb.CREDIT: "credited",
    Verb.CORRECT: "corrected",
}


class MoveNotAllowed(RuleBroken):
    """The current status does not allow this; `allowed` lists the statuses that can follow."""

    code = "invalid_transition"
    title = "Status change not allowed"

    def __init__(self, detail: str, *, allowed: Iterable[InvoiceStatus] = (), **members: Any) -> None:
        contract_order = sorted(allowed, key=InvoiceStatus.values.index)
        super().__init__(detail, allowed=[status.value for status in contract_order], **members)


class InvoiceImmutable(RuleBroken):
    """A field that cannot change in the invoice's status would change; `errors` points at each."""

    code = "invoice_immutable"
    title = "The invoice can no longer be changed"


class InvoiceHasPayments(RuleBroken):
    """The invoice has payments: to void it, `payments` must say what happens to the money."""

    code = "invoice_has_payments"
    title = "The invoice has payments"


class InvoiceHasAdjustments(RuleBroken):
    """An invoice with a credit note or a partial write-off cannot be voided."""

    code = "invoice_has_adjustments"
    title = "The invoice has a credit note or a write-off"


def status_phrase(status: InvoiceStatus) -> str:
    """Return the status as it completes the sentence "the invoice is ...".

    >>> status_phrase(InvoiceStatus.PARTIALY_PAID)
    'partially paid'
    """
    return _STATUS_PHRASES[status]


def check_move(current: InvoiceStatus, new: InvoiceStatus) -> None:
    """Raise MoveNotAllowed unless the new status may follow the current one; an equal status is always allowed.

    >>> check_move(InvoiceStatus.PARTIALY_PAID, InvoiceStatus.PAID)
    >>> check_move(InvoiceStatus.VOID, InvoiceStatus.ISSUED)
    Traceback (most recent call last):
    billing.rules.lifecycle.MoveNotAllowed: The invoice is void and cannot become issued.
    """
    if new != current and new not in MOVES[current]:
        detail = f"The invoice is {status_phrase(current)} and cannot become {status_phrase(new)}."
        raise MoveNotAllowed(detail, allowed=MOVES[current])


def check_verb(verb: Verb, status: InvoiceStatus) -> None:
    """Raise MoveNotAllowed unless the verb is allowed in this status.

    >>> check_verb(Verb.WRITE_OFF, InvoiceStatus.PAID)
    Traceback (most recent call last):
    billing.rules.lifecycle.MoveNotAllowed: The invoice is paid and cannot be written off.
    """
    if status not in VERBS[verb]:
        detail = f"The invoice is {status_phrase(status)} and cannot be {_PARTICIPLES[verb]}."
        if verb == Verb.ISSUE and status != VOID:
            detail = "The invoice has already been issued."
        raise MoveNotAllowed(detail, allowed=MOVES[status])


def check_void(
    *,
    status: InvoiceStatus,
    total: Decimal,
    paid: Decimal,
    credited: Decimal,
    written_off: Decimal,
    handles_payments: bool,
) -> None:
    """Raise MoveNotAllowed, InvoiceHasAdjustments or InvoiceHasPayments unless the invoice may be voided.

    `handles_payments`: the same call says what happens to the money paid. A write-off of the whole is allowed: the
    same call reverses it.
    """
    if status == VOID:
        raise MoveNotAllowed("The invoice is already void.", allowed=MOVES[VOID])
    if credited > 0:
        raise InvoiceHasAdjustments("The invoice has a credit note. Credit the rest instead of voiding it.")
    if 0 < written_off < total:
        raise InvoiceHasAdjustments("Part of the invoice is written off. Reinstate it first, or issue a credit note.")
    if status == PAID and total > 0:
        detail = "A paid invoice cannot be voided. Issue a credit note instead."
        raise MoveNotAllowed(detail, allowed=MOVES[PAID] - {VOID})
    if paid > 0 and not handles_payments:
        detail = f"{paid} was paid on the invoice. Choose whether to refund it or keep it as credit."
        raise InvoiceHasPayments.at("/payments", detail)


def check_editable(status: InvoiceStatus, changed: Collection[str]) -> None:
    """Raise InvoiceImmutable, with a pointer to each, if a changed field is frozen in this status.

    Fields have their API names; ValueError for one that is not in the table.

    >>> check_editable(InvoiceStatus.ISSUED, {"due_date", "tags"})
    >>> check_editable(InvoiceStatus.VOID, {"due_date", "tags"})
    Traceback (most recent call last):
    billing.rules.lifecycle.InvoiceImmutable: The due date cannot change once the invoice is void.
    """
    if unknown := set(changed) - EDITABLE[DRAFT]:
        raise ValueError(f"not a field of EDITABLE: {sorted(unknown)}")
    frozen = [field for field in _FIELD_NAMES if field in changed and field not in EDITABLE[status]]
    if not frozen:
        return
    once = f"cannot change once the invoice is {_frozen_since(status, frozen)}."
    names = [f"the {_FIELD_NAMES[field]}" for field in frozen]
    errors = [
        FieldError(f"/{field}", InvoiceImmutable.code, f"{name.capitalize()} {once}")
        for field, name in zip(frozen, names, strict=True)
    ]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    raise InvoiceImmutable(f"{listed.capitalize()} {once}", errors=errors)


def frozen_columns(status: InvoiceStatus) -> tuple[str, ...]:
    """Return the columns of billing_invoice that may not change in this status, sorted; none in DRAFT.

    >>> set(frozen_columns(InvoiceStatus.PAID)) - set(frozen_columns(InvoiceStatus.ISSUED)) == {
    ...     "due_date", "appointment_id"
    ... }
    True
    """
    if status == DRAFT:
        return ()
    by_field = (COLUMNS_OF_FIELD[field] for field in EDITABLE[DRAFT] - EDITABLE[status])
    return tuple(sorted({*COLUMNS_FROZEN_AT_ISSUE, *(column for columns in by_field for column in columns)}))


def _frozen_since(status: InvoiceStatus, frozen: Iterable[str]) -> str:
    """Return the phrase of the status that froze these fields: issuing froze the issue date of a paid invoice."""
    since_issue = status in (PARTIALY_PAID, PAID) and all(field not in EDITABLE[ISSUED] for field in frozen)
    return status_phrase(ISSUED if since_issue else status)
