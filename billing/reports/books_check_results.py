"""The result of `check_books` for a page: which promises of the books are broken, and what to open to look at them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from billing.models import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceItem,
    Payment,
    PaymentAllocation,
    Refund,
    WriteOff,
)
from billing.reports.books_check import INVARIANTS, Finding, check_books


@dataclass(frozen=True, slots=True)
class Offender:
    """A row that breaks a promise: its id or number as `check_books` tells it, and the record to open for it.

    `label` is that record's model in Django's spelling, `record_id` its key; both "" where there is no such record.
    """

    told: str
    label: str = ""
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """A promise of the books, how many rows break it, and the first of them."""

    name: str
    sentence: str
    count: int
    offenders: tuple[Offender, ...]

    @property
    def more(self) -> int:
        """How many break it beside those that are named."""
        return self.count - len(self.offenders)


@dataclass(frozen=True, slots=True)
class BooksResult:
    """How the books stood at a moment; they agree with themselves when nothing is broken."""

    checked_at: datetime
    promises: int
    broken: tuple[BrokenPromise, ...]

    @property
    def agree(self) -> bool:
        """Whether every promise is kept."""
        return not self.broken


# Where a row is looked for: in this table, by this column; which column names the record to open, of which model.
_PLACES: tuple[tuple[type[Model], str, str, type[Model]], ...] = (
    (Invoice, "pk", "pk", Invoice),
    (Invoice, "reg_number", "pk", Invoice),
    (Payment, "pk", "pk", Payment),
    (Payment, "receipt_number", "pk", Payment),
    (Refund, "pk", "pk", Refund),
    (CreditNote, "pk", "pk", CreditNote),
    (CreditNote, "number", "pk", CreditNote),
    (CreditNoteLine, "pk", "credit_note", CreditNote),
    (InvoiceItem, "pk", "invoice", Invoice),
    (PaymentAllocation, "pk", "payment", Payment),
    (WriteOff, "pk", "pk", WriteOff),
)


def books_result(*, keep: int = 20) -> BooksResult:
    """Ask every promise of the books now, and keep the first `keep` rows that break each.

    It reads all of the books: something to ask for, not to show with every page.
    """
    checked_at = timezone.now()
    findings = check_books(keep=keep)
    places = dict(_placed({told for finding in findings for told in finding.ids}))
    return BooksResult(checked_at, len(INVARIANTS), tuple(_broken(finding, places) for finding in findings))


def _broken(finding: Finding, places: dict[str, Offender]) -> BrokenPromise:
    offenders = tuple(places.get(told, Offender(told)) for told in finding.ids)
    return BrokenPromise(finding.name, finding.sentence, finding.count, offenders)


def _placed(ids: Iterable[str]) -> Iterator[tuple[str, Offender]]:
    """Each id or number that is one of a record, with that record; one statement a place."""
    named: dict[UUID | str, list[str]] = {}
    for told in ids:
        named.setdefault(_named(told), []).append(told)
    for model, column, record, opened in _PLACES:
        wanted = [key for key in named if isinstance(key, UUID) == (column == "pk")]
        if wanted:
            rows = model._default_manager.filter(**{f"{column}__in": wanted}).order_by()
            for key, record_id in rows.values_list(column, record):
                yield from ((told, Offender(told, opened._meta.label, str(record_id))) for told in named[key])


def _named(told: str) -> UUID | str:
    """The id or number in what a finding tells of.

    >>> _named("CN-2026-000002"), _named("billing_payment.amount of 7")
    ('CN-2026-000002', '7')
    """
    last = told.rpartition(" of ")[2]
    try:
        return UUID(last)
    except ValueError:
        return last
