"""What patients owe the clinic, how old it is, what waits to be issued, and what the clinic holds of theirs.

The figures are of the books as they stand when asked; only how late a debt is depends on the day `on`.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum
from django.db.models.functions import Greatest

from billing.models import Invoice, Payment, PaymentAllocation
from billing.models.invoice.queryset import InvoiceQuerySet, among, is_due_through
from billing.rules.ageing import BUCKETS, Bucket
from billing.rules.money import ZERO
from clinic.domain.dates import day_of
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class Debts:
    """What remains of some open invoices, and how many they are."""

    amount: Decimal
    invoices: int

    def without(self, others: "Debts") -> "Debts":
        """These, less others that are among them."""
        return Debts(self.amount - others.amount, self.invoices - others.invoices)


@dataclass(frozen=True, slots=True)
class Aged:
    """The open invoices of one ageing bucket, by the later of due day and issue day.

    `due_from` and `due_to` bound these days, both included; None: without end.
    """

    bucket: Bucket
    debts: Debts
    due_from: date | None
    due_to: date | None

    @property
    def rows(self) -> InvoiceQuerySet:
        """The invoices behind the figure."""
        return Invoice.objects.due_between(self.due_from, self.due_to)


@dataclass(frozen=True, slots=True)
class Receivables:
    """What is owed; of it, what is overdue on the day `on`; and all of it by age."""

    on: date
    owed: Debts
    accounts: int  # a patient and everyone merged into them are one
    overdue: Debts
    oldest_due: date | None  # the due day of the oldest debt that is overdue
    ageing: tuple[Aged, ...]


@dataclass(frozen=True, slots=True)
class Drafts:
    """Invoices that wait to be issued, what they would claim, and since when the oldest waits."""

    invoices: int
    amount: Decimal
    oldest: datetime | None


def receivables(*, on: date) -> Receivables:
    """What remains of the open invoices, all of it and by its age on that day of the clinic; two statements."""
    found = _open_invoices(on)
    due_through = [Debts(found[f"amount_{bucket.key}"] or ZERO, found[f"count_{bucket.key}"]) for bucket in BUCKETS]
    older = [*due_through[1:], Debts(ZERO, 0)]
    return Receivables(
        on=on,
        owed=due_through[0],
        accounts=found["patients"] - _counted_twice(),
        overdue=older[0],
        oldest_due=day_of(found["oldest"]) if older[0].invoices else None,
        ageing=tuple(
            Aged(bucket, debts.without(rest), *bucket.due_range(on))
            for bucket, debts, rest in zip(BUCKETS, due_through, older, strict=True)
        ),
    )


def drafts_waiting() -> Drafts:
    """The drafts of the clinic; one statement."""
    found = Invoice.objects.drafts().aggregate(count=Count("pk"), sum=Sum("total_amount"), oldest=Min("created_at"))
    return Drafts(found["count"], found["sum"] or ZERO, found["oldest"])


def unallocated_credit() -> Decimal:
    """What of all payments is neither on an invoice or draft, nor handed out, nor reversed; two statements.

    Only payments that may hold credit are read, however many there are, with their reversals: a reversal takes a
    payment's money off everything before it is its opposite, so the two sums differ by the credit.
    """
    found = Payment.objects.that_may_hold_credit()
    keys = found.order_by().values("pk")
    received = (found | Payment.objects.filter(among("reverses", keys))).aggregate(sum=Sum("amount"))["sum"] or ZERO
    allocated = PaymentAllocation.objects.filter(among("payment", keys)).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return received - allocated


def _open_invoices(on: date) -> dict[str, Any]:
    """For each bucket what is due by its latest day: a bucket is what the next, older one is not."""
    sums: dict[str, Any] = {}
    for bucket in BUCKETS:
        _, latest = bucket.due_range(on)
        is_due = Q() if latest is None else is_due_through(latest)
        sums[f"amount_{bucket.key}"] = Sum("remaining_amount", filter=is_due)
        sums[f"count_{bucket.key}"] = Count("patient", filter=is_due)  # the index has it
    patients = Count("patient", distinct=True)
    return Invoice.objects.open().aggregate(**sums, patients=patients, oldest=Min(Greatest("due_date", "issue_date")))


def _counted_twice() -> int:
    """By how many the patients who owe are more than their accounts, because some were merged."""
    owing = Invoice.objects.open()
    merged = Patient.objects.filter(Exists(owing.filter(patient=OuterRef("pk"))), merged_into__isnull=False)
    survivors = merged.order_by().values_list("merged_into", Exists(owing.filter(patient=OuterRef("merged_into"))))
    return sum(count - (not owes) for (_, owes), count in Counter(survivors).items())
