"""Totals of a filtered list of invoices: their number, and the sums of their amounts."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from billing.choices import InvoiceStatus
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.rules.money import ZERO

MAX_TOTALLED_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class ListTotals:
    """`count` is the number of all rows; `void` of them are void, and in none of the sums."""

    count: int
    void: int
    total: Decimal
    paid: Decimal
    remaining: Decimal


def list_totals(rows: InvoiceQuerySet, *, max_rows: int = MAX_TOTALLED_ROWS) -> ListTotals | None:
    """Return the totals of the rows, or None when there are more than `max_rows`; one query, which stops there."""
    columns = ("pk", "status", "total_amount", "paid_amount", "remaining_amount")
    is_counted = ~Q(status=InvoiceStatus.VOID)
    found = (
        rows.order_by()
        .values(*columns)[: max_rows + 1]
        .aggregate(
            count=Count("pk"),
            void=Count("pk", filter=~is_counted),
            total=Sum("total_amount", filter=is_counted),
            paid=Sum("paid_amount", filter=is_counted),
            remaining=Sum("remaining_amount", filter=is_counted),
        )
    )
    if found["count"] > max_rows:
        return None
    sums = {name: found[name] or ZERO for name in ("total", "paid", "remaining")}
    return ListTotals(count=found["count"], void=found["void"], **sums)
