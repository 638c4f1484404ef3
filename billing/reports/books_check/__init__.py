"""Do the books agree with themselves: every promise of the books, asked of the whole database at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from billing.reports.books_check.history import HISTORY_INVARIANTS
from billing.reports.books_check.invariant import Finding, Invariant
from billing.reports.books_check.invoices import CREDIT_INVARIANTS, PER_INVOICE, examine_invoices
from billing.reports.books_check.ledger import LEDGER_INVARIANTS
from billing.reports.books_check.storage import STORAGE_INVARIANTS

__all__ = ["INVARIANTS", "Finding", "check_books", "examine", "finding_of"]

BY_QUERY: list[Invariant] = [*LEDGER_INVARIANTS, *CREDIT_INVARIANTS, *HISTORY_INVARIANTS, *STORAGE_INVARIANTS]
INVARIANTS = [*(each.name for each in PER_INVOICE), *(each.name for each in BY_QUERY)]
KEEP = 20


def check_books(*, keep: int = KEEP) -> list[Finding]:
    """What is wrong with the books, each with its first `keep` ids; empty when they agree with themselves."""
    return [finding for finding in examine(keep=keep) if finding.count]


def finding_of(name: str, *, keep: int = KEEP) -> Finding:
    """What breaks one invariant."""
    for invariant in BY_QUERY:
        if invariant.name == name:
            return Finding.of(invariant, keep=keep)
    return next(finding for finding in examine_invoices(keep=keep) if finding.name == name)


def examine(*, keep: int = KEEP) -> Iterator[Finding]:
    """Each invariant with what breaks it, those that hold with a count of 0, as they become known."""
    with _one_view():
        yield from examine_invoices(keep=keep)
        for invariant in BY_QUERY:
            yield Finding.of(invariant, keep=keep)


@contextmanager
def _one_view() -> Iterator[None]:
    """All queries read the books of one moment, and no writer waits for them."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # `atomic` would begin IMMEDIATE, which holds writers up
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
