"""Receivables: outstanding amounts and their ageing, drafts not yet issued, and unallocated credit of patients.

All figures are current; only the age of a debt depends on the day `on`.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum
from django.db.models.functions import Greatest

from billing.models import Invoice, Payment, PaymentAllocation
from billing.models.invoice.queryset import InvoiceQuerySet, is_due_through
from billing.rules.ageing import BUCKETS, Bucket
from billing.rules.money import ZERO
from clinic.db.expressions import in_subquery
from clinic.domain.dates import local_date
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class Debts:
    """The sum of what remains of some open invoices, and their number."""

    amount: Decimal
    invoices: int

    def __sub__(self, part: "Debts") -> "Debts":
        return Debts(self.amount - part.amount, self.invoices - part.invoices)


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """The open invoices of one ageing bucket, by the later of due day and issue day.

    `due_from` and `due_to` bound these days, both included; None: without end.
    """

    bucket: Bucket
    debts: Debts
    due_from: date | None
    due_to: date | None

    @property
    def rows(self) -> InvoiceQuerySet:
        """The invoices of the bucket."""
        return Invoice.objects.due_between(self.due_from, self.due_to)


@dataclass(frozen=True, slots=True)
class Receivables:
    """The outstanding amount; of it, the amount overdue on the day `on`; and all of it by age."""

    on: date
    owed: Debts
    accounts: int  # a patient and everyone merged into them are one
    overdue: Debts
    oldest_due: date | None  # the due day of the oldest debt that is overdue
    ageing: tuple[AgeingRow, ...]


@dataclass(frozen=True, slots=True)
class DraftTotals:
    """The number of drafts, their total, and the creation time of the oldest."""

    invoices: int
    amount: Decimal
    oldest: datetime | None


def receivables(*, on: date) -> Receivables:
    """Return what remains of the open invoices, in total and by age on that day of the clinic; two queries."""
    found = _open_invoices(on)
    due_through = [Debts(found[f"amount_{bucket.key}"] or ZERO, found[f"count_{bucket.key}"]) for bucket in BUCKETS]
    older = [*due_through[1:], Debts(ZERO, 0)]
    return Receivables(
        on=on,
        owed=due_through[0],
        accounts=found["patients"] - _merged_duplicates(),
        overdue=older[0],
        oldest_due=local_date(found["oldest"]) if older[0].invoices else None,
        ageing=tuple(
            AgeingRow(bucket, debts - rest, *bucket.due_range(on))
            for bucket, debts, rest in zip(BUCKETS, due_through, older, strict=True)
        ),
    )


def drafts_waiting() -> DraftTotals:
    """Return the totals of all drafts; one query."""
    found = Invoice.objects.drafts().aggregate(count=Count("pk"), sum=Sum("total_amount"), oldest=Min("created_at"))
    return DraftTotals(found["count"], found["sum"] or ZERO, found["oldest"])


def unallocated_credit() -> Decimal:
    """Return the sum of payments that is neither allocated, nor refunded, nor reversed; two queries.

    Reads only payments that may hold credit, and their reversals: since a reversed payment is allocated to nothing, the
    sum of the amounts less the sum of the allocations is the credit.
    """
    found = Payment.objects.credit_candidates()
    keys = found.order_by().values("pk")
    received = found | Payment.objects.filter(in_subquery("reverses", keys))
    allocated = PaymentAllocation.objects.filter(in_subquery("payment", keys))
    plus, minus = (rows.aggregate(sum=Sum("amount"))["sum"] or ZERO for rows in (received, allocated))
    return plus - minus


def _open_invoices(on: date) -> dict[str, Any]:
    """Return sum and count of the invoices due by the latest day of each bucket, older buckets included."""
    sums: dict[str, Any] = {}
    for bucket in BUCKETS:
        _, latest = bucket.due_range(on)
        is_due = Q() if latest is None else is_due_through(latest)
        sums[f"amount_{bucket.key}"] = Sum("remaining_amount", filter=is_due)
        sums[f"count_{bucket.key}"] = Count("patient", filter=is_due)  # the index has it
    patients = Count("patient", distinct=True)
    return Invoice.objects.open().aggregate(**sums, patients=patients, oldest=Min(Greatest("due_date", "issue_date")))


def _merged_duplicates() -> int:
    """Return the number of owing patients less the number of owing accounts: patients that were merged."""
    owing = Invoice.objects.open()
    merged = Patient.objects.filter(Exists(owing.filter(patient=OuterRef("pk"))), merged_into__isnull=False)
    survivors = merged.order_by().values_list("merged_into", Exists(owing.filter(patient=OuterRef("merged_into"))))
    return sum(count - (not owes) for (_, owes), count in Counter(survivors).items())
