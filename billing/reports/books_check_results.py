"""check_books results for the admin: the violated invariants, and the records to open for each violation."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
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
from billing.reports.books_check import INVARIANTS, KEEP, Finding, Progress, check_books, no_progress


@dataclass(frozen=True, slots=True)
class Violation:
    """A row that violates an invariant: its id or number as `check_books` reports it, and the record to open.

    `model` is that record's model, as "app.Model", `record_id` its key; both "" where there is no such record.
    """

    reported: str
    model: str = ""
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class ViolatedInvariant:
    """An invariant, the number of rows that violate it, and the first of them."""

    name: str
    sentence: str
    count: int
    violations: tuple[Violation, ...]

    @property
    def more(self) -> int:
        """The number of violations that are not listed."""
        return self.count - len(self.violations)


@dataclass(frozen=True, slots=True)
class BooksResult:
    """The result of a check of the books."""

    checked_at: datetime
    invariant_count: int
    violated: tuple[ViolatedInvariant, ...]

    @property
    def is_consistent(self) -> bool:
        return not self.violated

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON, of which `from_json` makes an equal one."""
        return {**asdict(self), "checked_at": self.checked_at.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the result that `as_json` returned as JSON."""
        violated = (
            ViolatedInvariant(**{**each, "violations": tuple(Violation(**row) for row in each["violations"])})
            for each in data["violated"]
        )
        return cls(datetime.fromisoformat(data["checked_at"]), data["invariant_count"], tuple(violated))


# The tables and columns in which a reported id or number is looked up; the column and model of the record to open.
_LOOKUPS: tuple[tuple[type[Model], str, str, type[Model]], ...] = (
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


def books_result(*, keep: int = KEEP, progress: Progress = no_progress) -> BooksResult:
    """Check the books now, and return the first `keep` violations of each invariant.

    Reads the whole books: run it on request, not with every page.
    """
    checked_at = timezone.now()
    findings = check_books(keep=keep, progress=progress)
    records = dict(_find_records({reported for finding in findings for reported in finding.ids}))
    violated = tuple(_violated(finding, records) for finding in findings)
    return BooksResult(checked_at, len(INVARIANTS), violated)


def _violated(finding: Finding, records: dict[str, Violation]) -> ViolatedInvariant:
    violations = tuple(records.get(reported, Violation(reported)) for reported in finding.ids)
    return ViolatedInvariant(finding.name, finding.sentence, finding.count, violations)


def _find_records(ids: Iterable[str]) -> Iterator[tuple[str, Violation]]:
    """Yield each reported id or number that is one of a record, with that record; one query per lookup."""
    reported_by_key: dict[UUID | str, list[str]] = {}
    for reported in ids:
        reported_by_key.setdefault(_key_in(reported), []).append(reported)
    for model, column, record, opened in _LOOKUPS:
        wanted = [key for key in reported_by_key if isinstance(key, UUID) == (column == "pk")]
        if wanted:
            rows = model._default_manager.filter(**{f"{column}__in": wanted}).order_by()
            for key, record_id in rows.values_list(column, record):
                for reported in reported_by_key[key]:
                    yield reported, Violation(reported, opened._meta.label, str(record_id))


def _key_in(reported: str) -> UUID | str:
    """Return the id or number at the end of what a finding reports.

    >>> _key_in("CN-2026-000002"), _key_in("billing_payment.amount of 7")
    ('CN-2026-000002', '7')
    """
    last = reported.rpartition(" of ")[2]
    try:
        return UUID(last)
    except ValueError:
        return last
