"""Guards of invoices and items."""

from collections.abc import Iterable
from functools import partial

from billing.choices import InvoiceStatus, NumberedDocument
from billing.models.invoice import stored_representation
from billing.models.triggers.guard import Change, Guard
from billing.models.triggers.sql_expressions import Dialect, any_changes, is_closed, is_last_number, sum_of
from billing.rules.lifecycle import COLUMNS_FROZEN_AT_ISSUE, MOVES, frozen_columns
from billing.rules.register_numbers import DRAFT_PREFIX

INVOICE = "billing_invoice"
ITEM = "billing_invoiceitem"
NEVER_CHANGE = ("id", "created_at", "currency")
CHANGE_AT_ISSUE = ("particulars", "corrects_id")
IS_BEING_ISSUED = "OLD.status = 'DRAFT' AND NEW.status NOT IN ('DRAFT', 'VOID')"
IS_NO_DRAFT_NUMBER = f"substr(NEW.reg_number, 1, {len(DRAFT_PREFIX)}) <> '{DRAFT_PREFIX}'"
assert set(COLUMNS_FROZEN_AT_ISSUE) - set(NEVER_CHANGE) == {"reg_number"}

_on_update = partial(Guard, INVOICE, Change.UPDATE)


def invoice_guards(dialect: Dialect) -> list[Guard]:
    """Return the guards of invoices. The first one that applies gives the error, so their order matters."""
    return [
        Guard(
            INVOICE,
            Change.INSERT,
            f"NEW.status <> 'DRAFT' OR {IS_NO_DRAFT_NUMBER} OR NEW.version <> 1 "
            "OR NEW.paid_amount <> 0 OR NEW.credited_amount <> 0 OR NEW.written_off_amount <> 0",
            "a new invoice is a draft without payments, credit notes and write-offs",
        ),
        _on_update(any_changes(dialect, *NEVER_CHANGE), "id, currency and creation of an invoice never change"),
        _on_update("NEW.version < OLD.version", "the version of an invoice never decreases"),
        *_frozen_columns(dialect),
        _on_update(_is_no_allowed_transition(), "the invoice cannot change to that status"),
        *_issuing(dialect),
        _on_update(
            is_closed(dialect, "NEW.issue_date"),
            "no invoice of a closed period is issued or voided",
            when=f"NEW.status <> OLD.status AND (NEW.status = 'VOID' OR OLD.status = 'DRAFT') AND {IS_NO_DRAFT_NUMBER}",
        ),
        _is_sum("paid_amount", "billing_paymentallocation", "amount"),
        _is_sum("credited_amount", "billing_creditnote", "total_amount"),
        _is_sum("written_off_amount", "billing_writeoff", "amount"),
        _on_update(
            "NOT EXISTS (SELECT 1 FROM billing_invoiceevent event "
            "WHERE event.invoice_id = NEW.id AND event.version = NEW.version AND event.status = NEW.status)",
            "a change of status needs its event",
            when="NEW.status <> OLD.status",
        ),
        _on_update(  # the last one, so that any other error of the change is reported instead
            f"NEW.wire_document IS NOT NULL AND {dialect.equals('NEW.wire_document', 'OLD.wire_document')} "
            f"AND {any_changes(dialect, *stored_representation.COLUMNS)}",
            "a change of an invoice replaces its stored representation, or sets it to NULL",
        ),
        Guard(INVOICE, Change.DELETE, "TRUE", "an invoice is never deleted"),
        Guard(INVOICE, Change.TRUNCATE, "TRUE", "an invoice is never deleted"),
    ]


def item_guards(dialect: Dialect) -> list[Guard]:
    """Return the guards of items."""
    old_invoice_is_issued = dialect.differs(_status_of("OLD.invoice_id"), "'DRAFT'")
    new_invoice_is_issued = dialect.differs(_status_of("NEW.invoice_id"), "'DRAFT'")
    return [
        Guard(ITEM, Change.INSERT, new_invoice_is_issued, "items are added to drafts only"),
        Guard(ITEM, Change.UPDATE, any_changes(dialect, "id"), "the id of an item never changes"),
        Guard(
            ITEM,
            Change.UPDATE,
            f"{old_invoice_is_issued} OR {new_invoice_is_issued}",
            "the items of an issued invoice never change",
        ),
        Guard(ITEM, Change.DELETE, old_invoice_is_issued, "the items of an issued invoice never change"),
        Guard(ITEM, Change.TRUNCATE, "TRUE", "the items of an issued invoice never change"),
    ]


def _frozen_columns(dialect: Dialect) -> list[Guard]:
    """Return a guard for the columns that freeze at issue, and one for each set that freezes in a later status."""
    with_issue = (*frozen_columns(InvoiceStatus.ISSUED), *CHANGE_AT_ISSUE)
    statuses_of: dict[tuple[str, ...], list[str]] = {}
    for status in InvoiceStatus:
        later = tuple(name for name in frozen_columns(status) if name not in with_issue)
        if later:
            statuses_of.setdefault(later, []).append(status)
    columns_at_issue = [name for name in with_issue if name not in NEVER_CHANGE]
    return [
        _on_update(
            f"OLD.status <> 'DRAFT' AND {any_changes(dialect, *columns_at_issue)}",
            "the content of an issued invoice never changes",
        ),
        *(
            _on_update(
                f"OLD.status IN {_in_list(statuses)} AND {any_changes(dialect, *columns)}",
                "due date and appointment are frozen once an invoice is settled or void",
            )
            for columns, statuses in statuses_of.items()
        ),
    ]


def _is_no_allowed_transition() -> str:
    allowed = " OR ".join(
        f"OLD.status = '{old}' AND NEW.status IN {_in_list(sorted(new))}" for old, new in MOVES.items() if new
    )
    return f"NOT (NEW.status = OLD.status OR {allowed})"


def _issuing(dialect: Dialect) -> list[Guard]:
    """Return the guards of an invoice that is being issued: its number, its items, its subtotal."""
    return [
        _on_update(
            f"OLD.status = 'DRAFT' AND NEW.status IN ('DRAFT', 'VOID') AND {any_changes(dialect, 'reg_number')}",
            "an invoice gets its number when it is issued",
        ),
        _on_update(
            f"NOT {is_last_number(dialect, 'NEW.reg_number', NumberedDocument.INVOICE, 'NEW.issue_date')}",
            "an issued invoice takes the next number of its series",
            when=IS_BEING_ISSUED,
        ),
        _on_update(
            f"NOT EXISTS (SELECT 1 FROM {ITEM} WHERE invoice_id = NEW.id)",
            "an invoice without items is not issued",
            when=IS_BEING_ISSUED,
        ),
        _on_update(
            f"NEW.subtotal <> {sum_of('line_total', ITEM, 'invoice_id = NEW.id')}",
            "the subtotal is the sum of the items",
            when="OLD.status = 'DRAFT'",
        ),
    ]


def _is_sum(column: str, table: str, amount: str) -> Guard:
    """Return the guard of a column of the invoice that stores a sum over another table."""
    return _on_update(
        f"NEW.{column} <> {sum_of(amount, table, 'invoice_id = NEW.id')}", f"{column} is the sum of {table}"
    )


def _status_of(invoice_id: str) -> str:
    return f"(SELECT status FROM {INVOICE} WHERE id = {invoice_id})"


def _in_list(values: Iterable[str]) -> str:
    """Return values as SQL lists them after IN.

    >>> _in_list(["PAID", "VOID"])
    "('PAID', 'VOID')"
    """
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"
