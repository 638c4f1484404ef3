"""Do the books agree with themselves: every promise of the books, asked of the whole database at one moment."""

from collections.abc import Iterator

from billing.reports.books_check.event_sequences import STORIES_PART
from billing.reports.books_check.history import HISTORY
from billing.reports.books_check.invariant import Finding, Part
from billing.reports.books_check.invoices import CREDITS
from billing.reports.books_check.ledger import LEDGER
from billing.reports.books_check.prefilters import DOCUMENTS, INVOICES
from billing.reports.books_check.snapshot import read
from billing.reports.books_check.storage import STORAGE

__all__ = ["INVARIANTS", "Finding", "check_books", "examine", "finding_of"]

PARTS: list[Part] = [*INVOICES, *LEDGER, *map(Part.of, [*CREDITS, *HISTORY]), STORIES_PART, *STORAGE, *DOCUMENTS]
INVARIANTS = [name for part in PARTS for name in part.names]
KEEP = 20


def check_books(*, keep: int = KEEP) -> list[Finding]:
    """What is wrong with the books, each with its first `keep` ids; empty when they agree with themselves."""
    return [finding for finding in examine(keep=keep) if finding.count]


def finding_of(name: str, *, keep: int = KEEP) -> Finding:
    """What breaks one invariant."""
    part = next(part for part in PARTS if name in part.names)
    return next(finding for finding in part.findings(keep) if finding.name == name)


def examine(*, keep: int = KEEP) -> Iterator[Finding]:
    """Each invariant with what breaks it, those that hold with a count of 0, as they become known."""
    return read(PARTS, keep=keep)
