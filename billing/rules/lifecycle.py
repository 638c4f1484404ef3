"""Which status may follow which, which verb may start where, which field may change when."""

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
    PARTIALY_PAID: frozenset({ISSUED, PAID, VOID, WRITTEN_OFF}),  # VOID: if the call disposes of the money
    PAID: frozenset({ISSUED, PARTIALY_PAID, VOID}),  # a refund reopens it; VOID: only a total of zero
    VOID: frozenset(),
    WRITTEN_OFF: frozenset({ISSUED, PARTIALY_PAID, PAID, VOID}),  # VOID: only if nothing is paid or credited
}


class Verb(StrEnum):
    """What the desk does to an invoice, other than voiding it (see `check_void`)."""

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
    Verb.REINSTATE: frozenset({ISSUED, PARTIALY_PAID, WRITTEN_OFF}),  # the first two hold a part write-off
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

# What each field of the wire is stored in: the columns of billing_invoice that freeze with it.
FROZEN_COLUMNS: dict[str, tuple[str, ...]] = {
    "patient_id": ("patient_id",),
    "bill_to": ("bill_to_name", "bill_to_address"),
    "items": ("subtotal", "discount_total", "tax_amount", "total_amount", "taxes"),
    "discount_amount": ("discount_amount",),
    "discount_percent": ("discount_percent",),
    "issue_date": ("issue_date",),
    "due_date": ("due_date",),
    "appointment_id": ("appointment_id",),
}
FROZEN_WITH_ISSUE = ("reg_number", "currency", "created_at")

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
_STATUS_WORDS = {
    DRAFT: "a draft",
    ISSUED: "issued",
    PARTIALY_PAID: "partially paid",
    PAID: "paid",
    VOID: "void",
    WRITTEN_OFF: "written off",
}


class MoveNotAllowed(RuleBroken):
    """The invoice cannot have that status next; `allowed` lists those that it can."""

    code = "invalid_transition"
    title = "That status cannot follow"

    def __init__(self, detail: str, *, allowed: Iterable[InvoiceStatus] = (), **members: Any) -> None:
        contract_order = sorted(allowed, key=InvoiceStatus.values.index)
        super().__init__(detail, allowed=[status.value for status in contract_order], **members)


class InvoiceImmutable(RuleBroken):
    """A field that is frozen in this status was to change; `errors` points at each."""

    code = "invoice_immutable"
    title = "The invoice cannot change any more"


class HasPayments(RuleBroken):
    """An invoice that holds money is not voided unless the call says what happens to the money."""

    code = "invoice_has_payments"
    title = "The invoice holds money"


class HasAdjustments(RuleBroken):
    """An invoice with a credit note or a part write-off is not voided."""

    code = "invoice_has_adjustments"
    title = "The invoice has a credit note or a write-off"


def status_word(status: InvoiceStatus) -> str:
    """The status as it stands in a sentence: "an invoice that is ...".

    >>> status_word(InvoiceStatus.PARTIALY_PAID)
    'partially paid'
    """
    return _STATUS_WORDS[status]


def check_move(frm: InvoiceStatus, to: InvoiceStatus) -> None:
    """Raises MoveNotAllowed unless `to` may follow `frm`; staying is no move, and always allowed.

    >>> check_move(InvoiceStatus.PARTIALY_PAID, InvoiceStatus.PAID)
    >>> check_move(InvoiceStatus.VOID, InvoiceStatus.ISSUED)
    Traceback (most recent call last):
    billing.rules.lifecycle.MoveNotAllowed: An invoice that is void cannot become issued.
    """
    if to != frm and to not in MOVES[frm]:
        detail = f"An invoice that is {_STATUS_WORDS[frm]} cannot become {_STATUS_WORDS[to]}."
        raise MoveNotAllowed(detail, allowed=MOVES[frm])


def check_verb(verb: Verb, status: InvoiceStatus) -> None:
    """Raises MoveNotAllowed unless the verb may start from this status.

    >>> check_verb(Verb.WRITE_OFF, InvoiceStatus.PAID)
    Traceback (most recent call last):
    billing.rules.lifecycle.MoveNotAllowed: One cannot write off an invoice that is paid.
    """
    if status not in VERBS[verb]:
        detail = f"One cannot {verb} an invoice that is {_STATUS_WORDS[status]}."
        raise MoveNotAllowed(detail, allowed=MOVES[status])


def check_void(
    *,
    status: InvoiceStatus,
    total: Decimal,
    paid: Decimal,
    credited: Decimal,
    written_off: Decimal,
    disposes: bool,
) -> None:
    """Raises MoveNotAllowed, HasAdjustments or HasPayments unless the invoice may be voided.

    `disposes`: the same call says what happens to the money paid. A whole write-off is no hindrance: it is
    reversed in the same call.
    """
    if status == VOID:
        raise MoveNotAllowed("The invoice is void already.", allowed=MOVES[VOID])
    if credited > 0:
        raise HasAdjustments("The invoice has a credit note: credit the rest of it instead of voiding it.")
    if 0 < written_off < total:
        raise HasAdjustments("Part of the invoice is written off: reinstate it first, or use a credit note.")
    if status == PAID and total > 0:
        detail = "A paid invoice is not voided: use a credit note to give it back."
        raise MoveNotAllowed(detail, allowed=MOVES[PAID] - {VOID})
    if paid > 0 and not disposes:
        raise HasPayments(f"{paid} was paid on the invoice: say whether it is refunded or kept as credit.")


def check_editable(status: InvoiceStatus, changed: Collection[str]) -> None:
    """Raises InvoiceImmutable, with a pointer to each, if a changed field is frozen in this status.

    Fields go by their names on the wire; ValueError for one that the table does not know.

    >>> check_editable(InvoiceStatus.ISSUED, {"due_date", "tags"})
    >>> check_editable(InvoiceStatus.VOID, {"due_date", "tags"})
    Traceback (most recent call last):
    billing.rules.lifecycle.InvoiceImmutable: The due date cannot change once the invoice is void.
    """
    if unknown := set(changed) - EDITABLE[DRAFT]:
        raise ValueError(f"not a field that EDITABLE rules: {sorted(unknown)}")
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
    """The columns of billing_invoice that may not change in this status, sorted; none in DRAFT.

    >>> set(frozen_columns(InvoiceStatus.PAID)) - set(frozen_columns(InvoiceStatus.ISSUED)) == {
    ...     "due_date", "appointment_id"
    ... }
    True
    """
    if status == DRAFT:
        return ()
    by_field = (FROZEN_COLUMNS[field] for field in EDITABLE[DRAFT] - EDITABLE[status])
    return tuple(sorted({*FROZEN_WITH_ISSUE, *(column for columns in by_field for column in columns)}))


def _frozen_since(status: InvoiceStatus, frozen: Iterable[str]) -> str:
    """What a clerk should hear: issuing froze the issue date, even if the invoice is paid by now."""
    issued = status in (PARTIALY_PAID, PAID) and all(field not in EDITABLE[ISSUED] for field in frozen)
    return _STATUS_WORDS[ISSUED] if issued else _STATUS_WORDS[status]
