"""Guards at the end of a transaction: rows must add up with each other.

They become deferred constraint triggers of PostgreSQL. SQLite has none: there the next change of the invoice fails, and
`check_books` finds it.
"""

from billing.models.triggers.guard import Change, Guard
from billing.models.triggers.invoice_guards import INVOICE, ITEM
from billing.models.triggers.ledger_guards import (
    ALLOCATION,
    CREDIT_NOTE,
    CREDIT_NOTE_LINE,
    EVENT,
    PAYMENT,
    REFUND,
    WRITE_OFF,
    amount_after_reversal,
)
from billing.models.triggers.sql_expressions import sum_of


def _invoice_differs(column: str, ledger: str, amount: str, invoice: str = "NEW.invoice_id") -> str:
    return (
        f"EXISTS (SELECT 1 FROM {INVOICE} WHERE id = {invoice} "
        f"AND {column} <> {sum_of(amount, ledger, f'invoice_id = {invoice}')})"
    )


def _refund_differs(refund: str) -> str:
    paid_out = sum_of("amount", ALLOCATION, f"refund_id = {refund} AND invoice_id IS NULL")
    released = sum_of("amount", ALLOCATION, f"refund_id = {refund} AND invoice_id IS NOT NULL")
    return (
        f"EXISTS (SELECT 1 FROM {REFUND} WHERE id = {refund} AND (amount <> {paid_out} "
        f"OR {released} <> CASE WHEN invoice_id IS NULL THEN 0 ELSE -amount END))"
    )


def _lines_differ(note: str) -> str:
    of_note = f"credit_note_id = {note}"
    differ = " OR ".join(
        f"{name} <> {sum_of(name, CREDIT_NOTE_LINE, of_note)}" for name in ("total_amount", "tax_amount")
    )
    return f"EXISTS (SELECT 1 FROM {CREDIT_NOTE} WHERE id = {note} AND ({differ}))"


def _is_allocated_beyond(payment: str) -> str:
    return f"{sum_of('amount', ALLOCATION, f'payment_id = {payment}')} > {amount_after_reversal(payment)}"


SUBTOTAL = "the subtotal is the sum of the items"
PAID = "paid_amount is the sum of billing_paymentallocation"
ALLOCATED = "a payment is not allocated beyond its amount"
REFUNDED = "the amount of a refund is what it took from payments"
LINES = "the lines of a credit note add up to its amounts"


def commit_guards() -> list[Guard]:
    """Return the guards that are checked when the transaction is committed."""
    return [
        Guard(INVOICE, Change.INSERT, _invoice_differs("subtotal", ITEM, "line_total", "NEW.id"), SUBTOTAL),
        Guard(ITEM, Change.INSERT, _invoice_differs("subtotal", ITEM, "line_total"), SUBTOTAL),
        Guard(ITEM, Change.UPDATE, _invoice_differs("subtotal", ITEM, "line_total"), SUBTOTAL),
        Guard(ITEM, Change.UPDATE, _invoice_differs("subtotal", ITEM, "line_total", "OLD.invoice_id"), SUBTOTAL),
        Guard(ITEM, Change.DELETE, _invoice_differs("subtotal", ITEM, "line_total", "OLD.invoice_id"), SUBTOTAL),
        Guard(ALLOCATION, Change.INSERT, _invoice_differs("paid_amount", ALLOCATION, "amount"), PAID),
        Guard(ALLOCATION, Change.INSERT, _is_allocated_beyond("NEW.payment_id"), ALLOCATED),
        Guard(ALLOCATION, Change.INSERT, _refund_differs("NEW.refund_id"), REFUNDED, when="NEW.refund_id IS NOT NULL"),
        Guard(REFUND, Change.INSERT, _refund_differs("NEW.id"), REFUNDED),
        Guard(
            PAYMENT,
            Change.INSERT,
            _is_allocated_beyond("NEW.reverses_id"),
            ALLOCATED,
            when="NEW.reverses_id IS NOT NULL",
        ),
        Guard(
            WRITE_OFF,
            Change.INSERT,
            _invoice_differs("written_off_amount", WRITE_OFF, "amount"),
            "written_off_amount is the sum of billing_writeoff",
        ),
        Guard(
            CREDIT_NOTE,
            Change.INSERT,
            _invoice_differs("credited_amount", CREDIT_NOTE, "total_amount"),
            "credited_amount is the sum of billing_creditnote",
        ),
        Guard(CREDIT_NOTE, Change.INSERT, _lines_differ("NEW.id"), LINES),
        Guard(CREDIT_NOTE_LINE, Change.INSERT, _lines_differ("NEW.credit_note_id"), LINES),
        Guard(
            EVENT,
            Change.INSERT,
            f"EXISTS (SELECT 1 FROM {INVOICE} WHERE id = NEW.invoice_id AND version < NEW.version)",
            "an event belongs to a change that was made",
        ),
    ]
