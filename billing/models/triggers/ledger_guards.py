"""Guards of payments, allocations, adjustments, events, closings and number series."""

from functools import partial

from billing.choices import NumberedDocument
from billing.models.triggers.guard import Change, Guard
from billing.models.triggers.sql_expressions import Dialect, any_changes, is_closed, is_last_number, sum_of

PAYMENT = "billing_payment"
ALLOCATION = "billing_paymentallocation"
REFUND = "billing_refund"
WRITE_OFF = "billing_writeoff"
CREDIT_NOTE = "billing_creditnote"
CREDIT_NOTE_LINE = "billing_creditnoteline"
EVENT = "billing_invoiceevent"
CLOSING = "billing_booksclosing"
SERIES = "billing_numberseries"
LEDGER = (PAYMENT, ALLOCATION, REFUND, WRITE_OFF, CREDIT_NOTE, CREDIT_NOTE_LINE, EVENT, CLOSING)

HAS_NO_PARTICULARS = "NEW.particulars = '{}'"
# The invoice is a draft or void, or there is none: it takes no adjustment.
IS_NOT_ISSUED = "COALESCE((SELECT status FROM billing_invoice WHERE id = NEW.invoice_id), 'DRAFT') IN ('DRAFT', 'VOID')"


def amount_after_reversal(payment: str) -> str:
    """Return the amount of a payment less its reversal, as SQL; 0 where there is no such payment."""
    original = sum_of("amount", PAYMENT, f"id = {payment} AND reverses_id IS NULL")
    return f"{original} + {sum_of('amount', PAYMENT, f'reverses_id = {payment}')}"


def ledger_guards(dialect: Dialect) -> list[Guard]:
    """Return the guards of the ledger and of the number series."""
    return [
        *_append_only(),
        *_payments(dialect),
        *_allocations(),
        *_write_offs(dialect),
        *_credit_notes(dialect),
        *_events(),
        *_closings(dialect),
        *_number_series(dialect),
    ]


def _append_only() -> list[Guard]:
    return [
        Guard(table, change, "TRUE", "ledger rows are append-only")
        for table in LEDGER
        for change in (Change.UPDATE, Change.DELETE, Change.TRUNCATE)
    ]


def _payments(dialect: Dialect) -> list[Guard]:
    insert = partial(Guard, PAYMENT, Change.INSERT)
    return [
        insert(
            f"NOT EXISTS (SELECT 1 FROM {PAYMENT} original "
            "WHERE original.id = NEW.reverses_id AND original.reverses_id IS NULL AND original.amount = -NEW.amount "
            "AND original.patient_id = NEW.patient_id AND original.currency = NEW.currency)",
            "a reversal reverses one payment in full",
            when="NEW.reverses_id IS NOT NULL",
        ),
        insert(
            f"EXISTS (SELECT 1 FROM {ALLOCATION} "
            "WHERE payment_id = NEW.reverses_id AND refund_id IS NOT NULL AND invoice_id IS NULL)",
            "a payment of which credit was refunded is not reversed",
            when="NEW.reverses_id IS NOT NULL",
        ),
        insert(is_closed(dialect, "NEW.received_at"), "no payment is dated in a closed period"),
        insert(HAS_NO_PARTICULARS, "a payment names who paid it"),
        Guard(REFUND, Change.INSERT, HAS_NO_PARTICULARS, "a refund names who received it"),
        Guard(REFUND, Change.INSERT, is_closed(dialect, "NEW.created_at"), "no refund is dated in a closed period"),
    ]


def _allocations() -> list[Guard]:
    insert = partial(Guard, ALLOCATION, Change.INSERT)
    return [
        insert(
            "(SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) = 'VOID'",
            "a void invoice receives no payment",
        ),
        insert(
            f"NEW.amount + {sum_of('amount', ALLOCATION, 'payment_id = NEW.payment_id')} "
            f"> {amount_after_reversal('NEW.payment_id')}",
            "a payment is not allocated beyond its amount",
            when="NEW.amount > 0",
        ),
        insert(
            "NEW.amount + "
            f"{sum_of('amount', ALLOCATION, 'payment_id = NEW.payment_id AND invoice_id = NEW.invoice_id')} < 0",
            "an invoice does not release more of a payment than was allocated to it",
            when="NEW.amount < 0",
        ),
        insert(
            "NEW.amount + "
            f"{sum_of('amount', ALLOCATION, 'refund_id = NEW.refund_id AND invoice_id IS NULL')} "
            f"> {sum_of('amount', REFUND, 'id = NEW.refund_id')}",
            "a refund does not take more from payments than its amount",
            when="NEW.refund_id IS NOT NULL AND NEW.invoice_id IS NULL",
        ),
    ]


def _write_offs(dialect: Dialect) -> list[Guard]:
    insert = partial(Guard, WRITE_OFF, Change.INSERT)
    return [
        insert(IS_NOT_ISSUED, "only an issued invoice is written off"),
        insert(
            f"NOT EXISTS (SELECT 1 FROM {WRITE_OFF} original "
            "WHERE original.id = NEW.reverses_id AND original.reverses_id IS NULL "
            "AND original.invoice_id = NEW.invoice_id "
            f"AND original.amount + NEW.amount + {sum_of('amount', WRITE_OFF, 'reverses_id = NEW.reverses_id')} >= 0)",
            "no more of a write-off is reversed than was written off",
            when="NEW.reverses_id IS NOT NULL",
        ),
        insert(is_closed(dialect, "NEW.created_at"), "no write-off is dated in a closed period"),
    ]


def _credit_notes(dialect: Dialect) -> list[Guard]:
    insert_note = partial(Guard, CREDIT_NOTE, Change.INSERT)
    insert_line = partial(Guard, CREDIT_NOTE_LINE, Change.INSERT)
    return [
        insert_note(IS_NOT_ISSUED, "only an issued invoice is credited"),
        insert_note(
            f"NEW.total_amount + {sum_of('total_amount', CREDIT_NOTE, 'invoice_id = NEW.invoice_id')} "
            f"> {sum_of('total_amount', 'billing_invoice', 'id = NEW.invoice_id')}",
            "an invoice is not credited beyond its total",
        ),
        insert_note(
            f"NOT {is_last_number(dialect, 'NEW.number', NumberedDocument.CREDIT_NOTE, 'NEW.created_at')}",
            "a credit note takes the next number of its series",
        ),
        insert_note(is_closed(dialect, "NEW.created_at"), "no credit note is dated in a closed period"),
        insert_line(
            f"NOT EXISTS (SELECT 1 FROM {CREDIT_NOTE} note JOIN billing_invoiceitem item "
            "ON item.invoice_id = note.invoice_id WHERE note.id = NEW.credit_note_id AND item.id = NEW.item_id)",
            "a credit note credits items of its own invoice",
        ),
        insert_line(
            f"NEW.total_amount + {sum_of('total_amount', CREDIT_NOTE_LINE, 'credit_note_id = NEW.credit_note_id')} "
            f"> {sum_of('total_amount', CREDIT_NOTE, 'id = NEW.credit_note_id')}",
            "the lines of a credit note add up to its amounts",
        ),
    ]


def _events() -> list[Guard]:
    return [
        Guard(
            EVENT,
            Change.INSERT,
            "NOT EXISTS (SELECT 1 FROM billing_invoice invoice WHERE invoice.id = NEW.invoice_id AND (NEW.version = "
            "invoice.version + 1 OR NEW.version = invoice.version AND NEW.status = invoice.status))",
            "an event belongs to the change that is being made",
        ),
    ]


def _closings(dialect: Dialect) -> list[Guard]:
    return [
        Guard(
            CLOSING,
            Change.INSERT,
            f"NEW.closed_through <= (SELECT MAX(closed_through) FROM {CLOSING}) "
            f"OR NEW.closed_through >= {dialect.latest_day('NEW.created_at')}",
            "the closing date moves forward only, to a day that is over",
        ),
    ]


def _number_series(dialect: Dialect) -> list[Guard]:
    return [
        Guard(SERIES, Change.INSERT, "NEW.last_number <> 0", "a number series begins at 0"),
        Guard(
            SERIES,
            Change.UPDATE,
            f"{any_changes(dialect, 'id', 'document', 'year')} OR NEW.last_number <> OLD.last_number + 1",
            "a number series increases by one",
        ),
        Guard(SERIES, Change.DELETE, "TRUE", "a number series is never deleted"),
        Guard(SERIES, Change.TRUNCATE, "TRUE", "a number series is never deleted"),
    ]
