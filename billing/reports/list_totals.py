"""The foot of a filtered list of invoices: how many they are, and what they add up to."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from billing.choices import InvoiceStatus
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.rules.money import ZERO

MOST = 50_000


@dataclass(frozen=True, slots=True)
class ListTotals:
    """`count` is of all rows; `void` of them never counted, and are in none of the sums."""

    count: int
    void: int
    total: Decimal
    paid: Decimal
    remaining: Decimal


def list_totals(rows: InvoiceQuerySet, *, most: int = MOST) -> ListTotals | None:
    """What the rows add up to; None where they are more than `most`, of which no more are read. One statement."""
    columns = ("pk", "status", "total_amount", "paid_amount", "remaining_amount")
    counts = ~Q(status=InvoiceStatus.VOID)
    found = (
        rows.order_by()
        .values(*columns)[: most + 1]
        .aggregate(
            count=Count("pk"),
            void=Count("pk", filter=~counts),
            total=Sum("total_amount", filter=counts),
            paid=Sum("paid_amount", filter=counts),
            remaining=Sum("remaining_amount", filter=counts),
        )
    )
    if found["count"] > most:
        return None
    sums = {name: found[name] or ZERO for name in ("total", "paid", "remaining")}
    return ListTotals(count=found["count"], void=found["void"], **sums)
