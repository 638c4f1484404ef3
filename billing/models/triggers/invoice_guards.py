"""What the database refuses of invoices and their items."""

from billing.choices import InvoiceStatus
from billing.models.invoice import stored_representation
from billing.models.triggers.guard import Change, Guard, differs, is_closed, is_last_number, one_of, sum_of
from billing.rules.lifecycle import COLUMNS_FROZEN_AT_ISSUE, MOVES, frozen_columns

INVOICE = "billing_invoice"
ITEM = "billing_invoiceitem"
NEVER = ("id", "created_at", "currency")
WHEN_ISSUED = ("particulars", "corrects_id")
IS_ISSUED = "OLD.status = 'DRAFT' AND NEW.status NOT IN ('DRAFT', 'VOID')"


def _move_is_none_of_the_table() -> str:
    moves = " OR ".join(
        f"OLD.status = '{frm}' AND NEW.status IN {one_of(sorted(to))}" for frm, to in MOVES.items() if to
    )
    return f"NOT (NEW.status = OLD.status OR {moves})"


def _frozen() -> list[Guard]:
    """A guard for each set of columns that freezes together, made from EDITABLE."""
    with_issue = (*frozen_columns(InvoiceStatus.ISSUED), *WHEN_ISSUED)
    rest: dict[tuple[str, ...], list[str]] = {}
    for status in InvoiceStatus:
        later = tuple(name for name in frozen_columns(status) if name not in with_issue)
        if later:
            rest.setdefault(later, []).append(status)
    return [
        Guard(
            INVOICE,
            Change.UPDATE,
            f"OLD.status <> 'DRAFT' AND {differs(*(name for name in with_issue if name not in NEVER))}",
            "what an issued invoice says never changes",
        ),
        *(
            Guard(
                INVOICE,
                Change.UPDATE,
                f"OLD.status IN {one_of(statuses)} AND {differs(*columns)}",
                "due date and appointment are frozen once an invoice is settled or void",
            )
            for columns, statuses in rest.items()
        ),
    ]


def _cached(column: str, ledger: str, amount: str) -> Guard:
    return Guard(
        INVOICE,
        Change.UPDATE,
        f"NEW.{column} <> {sum_of(amount, ledger, 'invoice_id = NEW.id')}",
        f"{column} is the sum of {ledger}",
    )


assert set(COLUMNS_FROZEN_AT_ISSUE) - set(NEVER) == {"reg_number"}

INVOICE_GUARDS = [
    Guard(
        INVOICE,
        Change.INSERT,
        "NEW.status <> 'DRAFT' OR substr(NEW.reg_number, 1, 6) <> 'DRAFT-' OR NEW.version <> 1 "
        "OR NEW.paid_amount <> 0 OR NEW.credited_amount <> 0 OR NEW.written_off_amount <> 0",
        "an invoice begins as a draft that holds no money",
    ),
    Guard(INVOICE, Change.UPDATE, differs(*NEVER), "id, currency and creation of an invoice never change"),
    Guard(INVOICE, Change.UPDATE, "NEW.version < OLD.version", "the version of an invoice never falls"),
    *_frozen(),
    Guard(
        INVOICE,
        Change.UPDATE,
        _move_is_none_of_the_table(),
        "that status cannot follow the one that the invoice has",
    ),
    Guard(
        INVOICE,
        Change.UPDATE,
        f"OLD.status = 'DRAFT' AND NEW.status IN ('DRAFT', 'VOID') AND {differs('reg_number')}",
        "an invoice gets its number when it is issued",
    ),
    Guard(
        INVOICE,
        Change.UPDATE,
        f"NOT {is_last_number('NEW.reg_number', 'INV', 'NEW.issue_date')}",
        "an issued invoice takes the next number of its series",
        when=IS_ISSUED,
    ),
    Guard(
        INVOICE,
        Change.UPDATE,
        f"NOT EXISTS (SELECT 1 FROM {ITEM} WHERE invoice_id = NEW.id)",
        "an invoice without items is not issued",
        when=IS_ISSUED,
    ),
    Guard(
        INVOICE,
        Change.UPDATE,
        f"NEW.subtotal <> {sum_of('line_total', ITEM, 'invoice_id = NEW.id')}",
        "the subtotal is the sum of the items",
        when="OLD.status = 'DRAFT'",
    ),
    Guard(
        INVOICE,
        Change.UPDATE,
        is_closed("NEW.issue_date"),
        "no invoice of a closed period is issued or voided",
        when="NEW.status <> OLD.status AND (NEW.status = 'VOID' OR OLD.status = 'DRAFT') "
        "AND substr(NEW.reg_number, 1, 6) <> 'DRAFT-'",
    ),
    _cached("paid_amount", "billing_paymentallocation", "amount"),
    _cached("credited_amount", "billing_creditnote", "total_amount"),
    _cached("written_off_amount", "billing_writeoff", "amount"),
    Guard(
        INVOICE,
        Change.UPDATE,
        "NOT EXISTS (SELECT 1 FROM billing_invoiceevent event "
        "WHERE event.invoice_id = NEW.id AND event.version = NEW.version AND event.status = NEW.status)",
        "a new status needs the event that tells of it",
        when="NEW.status <> OLD.status",
    ),
    Guard(  # last: what else is wrong with a change is told first
        INVOICE,
        Change.UPDATE,
        "NEW.wire_document IS NOT NULL AND NEW.wire_document IS NOT DISTINCT FROM OLD.wire_document "
        f"AND {differs(*stored_representation.COLUMNS)}",
        "what an invoice says is told by its document, which is written anew or NULL",
    ),
    Guard(INVOICE, Change.DELETE, "TRUE", "an invoice is never deleted"),
    Guard(INVOICE, Change.TRUNCATE, "TRUE", "an invoice is never deleted"),
]


def _not_a_draft(row: str) -> str:
    return f"(SELECT status FROM {INVOICE} WHERE id = {row}.invoice_id) IS DISTINCT FROM 'DRAFT'"


ITEM_GUARDS = [
    Guard(ITEM, Change.INSERT, _not_a_draft("NEW"), "items are added to drafts only"),
    Guard(ITEM, Change.UPDATE, differs("id"), "the id of an item never changes"),
    Guard(
        ITEM,
        Change.UPDATE,
        f"{_not_a_draft('OLD')} OR {_not_a_draft('NEW')}",
        "the items of an issued invoice never change",
    ),
    Guard(ITEM, Change.DELETE, _not_a_draft("OLD"), "the items of an issued invoice never change"),
    Guard(ITEM, Change.TRUNCATE, "TRUE", "the items of an issued invoice never change"),
]
