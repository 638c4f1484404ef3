"""Which invoices the rules must look at: all but those of which the database itself can tell that they are right.

A screen is a condition of SQL that holds of sound invoices of the usual kind, and of sound ones only. What it does not
clear is judged in Python, by the invariant of its name: a document with several tax rates, an amount too large for the
arithmetic of the database, an accent in a description; and whatever is wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from uuid import UUID

from billing.models import Invoice
from billing.reports.books_check import documents
from billing.reports.books_check.dialect import (
    beside_invoices,
    digits,
    has_one,
    holds_something,
    in_first,
    is_plain,
    joined,
    lower,
    year_in,
)
from billing.reports.books_check.invariant import Finding, Part, PerInvoice, batched, streamed
from billing.reports.books_check.invoices import PER_INVOICE

# So small that no product leaves the bigint: quantities to 100,000, prices to 100,000.00, money to 9,999,999,999.99.
MOST = {"quantity": 10**8, "unit_price": 10**9 - 1, "percent": 10**6, "money": 10**12 - 1}
NEWLINE = "\n"
MOST_ITEMS = 40  # a power of two for each position

GROSS = "((quantity * unit_price + 50000) / 100000)"
LINE = f"{GROSS} - (({GROSS} * discount_percent + 500000) / 1000000) - discount_amount"
LINE_IS_RIGHT = (
    f"CASE WHEN quantity BETWEEN 1 AND {MOST['quantity']} AND unit_price BETWEEN 0 AND {MOST['unit_price']} "
    f"AND discount_percent BETWEEN 0 AND {MOST['percent']} AND discount_amount BETWEEN 0 AND {MOST['money']} "
    f"AND line_total >= 0 THEN line_total = {LINE} END"
)


def _lines() -> str:
    """Beside each invoice what its items add up to, what they have in common, and their descriptions in order."""
    position = f"CASE WHEN position BETWEEN 1 AND {MOST_ITEMS} THEN CAST(1 AS bigint) << position END"
    return beside_invoices(
        "COUNT(*) AS items, SUM(line_total) AS subtotal, MIN(tax_rate) AS rate, MAX(tax_rate) AS highest_rate, "
        f"COUNT(CASE WHEN {LINE_IS_RIGHT} THEN 1 END) AS right_ones, SUM({position}) AS positions, "
        f"{joined(lower('description'), NEWLINE)} AS words"
    )


def _money_text(cents: str) -> str:
    return f"CAST({cents} / 100 AS text) || '.' || substr(CAST(100 + {cents} % 100 AS text), 2)"


def _rate_texts(rate: str) -> str:
    """A rate as the database gives it, 19.0000, and as people do, 19."""
    spelled = f"CAST({rate} / 10000 AS text) || '.' || substr(CAST(10000 + {rate} % 10000 AS text), 2)"
    return f"({spelled}, rtrim(rtrim({spelled}, '0'), '.'))"


def _percent_of(amount: str, percent: str) -> str:
    return f"({amount} * {percent} + 500000) / 1000000"


def screens() -> dict[str, str]:
    """The condition that clears an invoice, by the invariant's name; over `invoice` and what stands beside it."""
    net = "(invoice.subtotal - discount_total)"
    year = f"CAST({year_in('issue_date')} AS text)"
    return {
        "totals": (
            "CASE WHEN items = right_ones AND lines.subtotal = invoice.subtotal AND rate = highest_rate "
            f"AND rate BETWEEN 0 AND {MOST['percent']} AND discount_percent BETWEEN 0 AND {MOST['percent']} "
            f"AND discount_amount BETWEEN 0 AND {MOST['money']} AND invoice.subtotal <= {MOST['money']} "
            f"AND total_amount <= {MOST['money']} AND discount_total BETWEEN 0 AND invoice.subtotal "
            f"AND {has_one('taxes')} "
            f"THEN discount_total = {_percent_of('invoice.subtotal', 'discount_percent')} + discount_amount "
            f"AND tax_amount = {_percent_of(net, 'rate')} AND total_amount = {net} + tax_amount "
            f"AND {in_first('taxes', 'net')} = {_money_text(net)} "
            f"AND {in_first('taxes', 'tax')} = {_money_text('tax_amount')} "
            f"AND {in_first('taxes', 'rate')} IN {_rate_texts('rate')} END"
        ),
        "status": (
            "status IN ('DRAFT', 'VOID') OR status = CASE "
            "WHEN total_amount - paid_amount - credited_amount - written_off_amount > 0 "
            "THEN CASE WHEN paid_amount > 0 THEN 'PARTIALY_PAID' ELSE 'ISSUED' END "
            "WHEN written_off_amount > 0 THEN 'WRITTEN_OFF' ELSE 'PAID' END"
        ),
        "invoice_numbers": (
            "CASE WHEN status = 'DRAFT' THEN substr(reg_number, 1, 6) = 'DRAFT-' AND length(reg_number) = 16 "
            "AND ltrim(substr(reg_number, 7), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567') = '' "
            f"ELSE substr(reg_number, 1, 9) = 'INV-' || {year} || '-' AND length(reg_number) = 15 "
            f"AND {digits('substr(reg_number, 10)', least=6)} END"
        ),
        "issued_whole": (
            "substr(reg_number, 1, 6) = 'DRAFT-' OR items > 0 AND due_date IS NOT NULL AND bill_to_name <> '' "
            f"AND {holds_something('particulars')}"
        ),
        "item_positions": (
            f"COALESCE(items, 0) = 0 OR CASE WHEN items <= {MOST_ITEMS} "
            "THEN positions = (CAST(2 AS bigint) << CAST(items AS integer)) - 2 END"
        ),
        "search_text": f"search_text = {lower('reg_number')} || '{NEWLINE}' || words AND {is_plain('search_text')}",
        "wire_document": documents.screen(),
    }


def _examine(invariants: Sequence[PerInvoice], beside: Callable[[], str], keep: int) -> Iterable[Finding]:
    """What each invoice breaks of these; where the screen of an invariant clears it, that is not asked."""
    findings = {each.name: Finding(each.name, each.sentence) for each in invariants}
    for batch in batched(to_judge(invariants, beside())):
        asked = dict(batch)
        invoices = Invoice.objects.filter(pk__in=asked).for_rendering().order_by("pk")
        for invoice in invoices:
            items = list(invoice.items.all())
            for invariant in asked[invoice.pk]:
                if not invariant.holds(invoice, items):
                    findings[invariant.name].add(str(invoice.pk), keep=keep)
    return findings.values()


def to_judge(invariants: Sequence[PerInvoice], beside: str = "") -> Iterator[tuple[UUID, Sequence[PerInvoice]]]:
    """The invoices that some screen does not clear, each with the invariants to ask."""
    clear = screens()
    asks = ", ".join(f"({clear[each.name]}) IS NOT TRUE AS asks_{each.name}" for each in invariants)
    is_asked = " OR ".join(f"asks_{each.name}" for each in invariants)
    # In no order: to keep one, PostgreSQL would look up every invoice by its id, all over the table.
    rows = streamed(
        f"SELECT * FROM (SELECT invoice.id, {asks} FROM billing_invoice invoice {beside}) judged WHERE {is_asked}"
    )
    for key, *flags in rows:
        yield UUID(str(key)), [each for each, flag in zip(invariants, flags, strict=True) if flag]


def _part(invariants: Sequence[PerInvoice], beside: Callable[[], str]) -> Part:
    return Part(tuple(each.name for each in invariants), partial(_examine, invariants, beside), takes_long=True)


OF_DOCUMENTS = [each for each in PER_INVOICE if each.name == "wire_document"]
OF_FIGURES = [each for each in PER_INVOICE if each not in OF_DOCUMENTS]
INVOICES = [_part(OF_FIGURES, _lines)]
DOCUMENTS = [_part(OF_DOCUMENTS, lambda: "")]
