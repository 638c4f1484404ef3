"""Work queues: drafts, overdue and part-paid invoices, appointments to bill, credit, write-offs; with their counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, Payment, WriteOff
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.models.payment import PaymentQuerySet
from billing.reports.appointments import seen_not_billed
from billing.reports.periods import year_of
from billing.rules.money import ZERO
from clinic.db.fields import MoneyField
from patients.models import Patient

NOTHING = Value(ZERO, MoneyField())


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue; `rows(on)` returns its invoices on a day of the clinic.

    Those of `credit` are payments, and those of `not_billed` are appointments.
    """

    key: str
    label: Promise
    rows: Callable[[date], QuerySet]


def credit_to_allocate() -> PaymentQuerySet:
    """Return the payments with an unallocated rest, of accounts that have an open invoice."""
    owing = Invoice.objects.open().order_by().values("patient")
    merged = Patient.objects.filter(merged_into__isnull=False).order_by()
    survivors = merged.filter(pk__in=owing).values("merged_into")
    other_merged = merged.filter(Q(merged_into__in=owing) | Q(merged_into__in=survivors)).values("pk")
    candidates = Payment.objects.credit_candidates().filter(patient__in=owing.union(survivors, other_merged))
    with_rest = (
        candidates.order_by()
        .values("pk")
        .annotate(allocated=Coalesce(Sum("allocations__amount"), NOTHING))
        .filter(allocated__lt=F("amount"))
    )
    reversals = Payment.objects.filter(reverses=OuterRef("pk"))
    return Payment.objects.filter(~Exists(reversals), pk__in=with_rest.values("pk")).with_unallocated()


def written_off(year: int) -> InvoiceQuerySet:
    """Return the invoices with a write-off of that year of the clinic that is not wholly reversed."""
    period = year_of(date(year, 1, 1))
    reversed_amounts = (
        WriteOff.objects.filter(reverses=OuterRef("pk")).order_by().values("reverses").annotate(sum=Sum("amount"))
    )
    standing = (
        WriteOff.objects.filter(period.contains("created_at"), reverses__isnull=True)
        .annotate(left=F("amount") + Coalesce(Subquery(reversed_amounts.values("sum")), NOTHING))
        .filter(left__gt=0)
    )
    return Invoice.objects.filter(pk__in=standing.order_by().values("invoice"))


OVERDUE = Queue("overdue", _("Overdue"), lambda on: Invoice.objects.overdue(on=on))

QUEUES: Mapping[str, Queue] = {
    queue.key: queue
    for queue in (
        Queue("to_issue", _("To issue"), lambda _on: Invoice.objects.drafts()),
        OVERDUE,
        Queue("part_paid", _("Partially paid"), lambda _on: Invoice.objects.part_paid()),
        Queue("not_billed", _("Seen, not billed"), lambda _on: seen_not_billed(at=timezone.now())),
        Queue("credit", _("Credit to allocate"), lambda _on: credit_to_allocate()),
        Queue("written_off", _("Written off this year"), lambda on: written_off(on.year)),
    )
}


def queue_counts(*, on: date) -> dict[str, int]:
    """Return the number of rows in each queue, by its key; one query."""
    counts = [
        queue.rows(on).order_by().annotate(queue=Value(number, IntegerField())).values("queue").annotate(n=Count("*"))
        for number, queue in enumerate(QUEUES.values())
    ]
    found = {row["queue"]: row["n"] for row in counts[0].union(*counts[1:], all=True)}
    return {key: found.get(number, 0) for number, key in enumerate(QUEUES)}
