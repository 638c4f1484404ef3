"""Check the books for consistency: every invariant of the whole database, as it is at one moment.

A *full* check verifies everything. A *daily* check verifies every invariant that is a query over all rows (ledger,
history, storage), and the per-invoice invariants (invoices) of the invoices that changed since their last check.

It cannot see a change to an old invoice that bypassed the triggers and left no new version, where only a per-invoice
invariant is violated: that is found by the next full check.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from billing.models import Invoice
from billing.reports.books_check.checked_versions import (
    CHECKED_VERSIONS,
    changed_invoices,
    record_checked_versions,
)
from billing.reports.books_check.invariant import Check, Finding, findings
from billing.reports.books_check.invoices import RULES, invoices_check
from billing.reports.books_check.ledger import LEDGER
from billing.reports.books_check.numbers_and_events import HISTORY
from billing.reports.books_check.snapshot import snapshot
from billing.reports.books_check.storage import STORAGE

OF_ALL_ROWS: list[Check] = [*LEDGER, *HISTORY, *STORAGE, CHECKED_VERSIONS]
PER_INVOICE = [rule.name for rule in RULES]
INVARIANTS = [*PER_INVOICE, *(name for check in OF_ALL_ROWS for name in check.invariants)]
KEEP = 20

Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Called with the number of invoices to check; the context's value is called with the number of each batch."""


@dataclass(frozen=True, slots=True)
class BooksCheck:
    """The result: each invariant with its violations, and the number of invoices whose own invariants were checked.

    `recorded`: the versions of these invoices were recorded, so that the next daily check skips them.
    """

    findings: list[Finding]
    invoices: int
    recorded: bool

    @property
    def violated(self) -> list[Finding]:
        """The findings with violations."""
        return [finding for finding in self.findings if finding.count]


def no_progress(_count: int) -> AbstractContextManager[Callable[[int], None]]:
    """Report no progress."""
    return nullcontext(lambda _count: None)


def check_books(*, keep: int = KEEP, progress: Progress = no_progress) -> list[Finding]:
    """Check everything and return the violated invariants, each with its first `keep` ids; none in consistent books."""
    return run_books_check(full=True, keep=keep, progress=progress).violated


def run_books_check(
    *, full: bool, record: bool = False, keep: int = KEEP, progress: Progress = no_progress
) -> BooksCheck:
    """Check the books. With `record`, a check without findings records the versions of the invoices as checked."""
    with snapshot():
        invoices = Invoice.objects.all() if full else changed_invoices()
        count = invoices.count()
        with progress(count) as on_progress:
            checks = [invoices_check(invoices, on_progress), *OF_ALL_ROWS]
            found = [finding for check in checks for finding in findings(check, keep=keep)]
        is_clean = not any(finding.count for finding in found)
        return BooksCheck(found, count, recorded=record and is_clean and record_checked_versions())
