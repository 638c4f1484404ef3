"""Totals of a filtered list: the number of its rows, and the sums of their amounts."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from billing.choices import InvoiceStatus
from billing.rules.money import ZERO
from clinic.i18n.lazy_text import LazyText

MAX_TOTALLED_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class ListSums:
    """The sums of a list: their labels with a column and the rows that they count, and the columns that this reads.

    Rows of which `left_out` is true are counted, and in none of the sums.
    """

    columns: tuple[str, ...]
    sums: tuple[tuple[LazyText, str, Q], ...]
    left_out: Q | None = None


@dataclass(frozen=True, slots=True)
class ListTotals:
    """`count` is the number of all rows; `left_out` of them are in none of the sums, which have their labels."""

    count: int
    left_out: int
    sums: tuple[tuple[LazyText, Decimal], ...]


ALL = Q()
RECEIVED, TAKEN_BACK = Q(amount__gt=0), Q(amount__lt=0)
INVOICE_SUMS = ListSums(
    ("status", "total_amount", "paid_amount", "remaining_amount"),
    ((_("Total"), "total_amount", ALL), (_("Paid"), "paid_amount", ALL), (_("Remaining"), "remaining_amount", ALL)),
    left_out=Q(status=InvoiceStatus.VOID),
)
PAYMENT_SUMS = ListSums(
    ("amount",),
    ((_("Received"), "amount", RECEIVED), (_("Reversed"), "amount", TAKEN_BACK), (_("Net"), "amount", ALL)),
)
REFUND_SUMS = ListSums(("amount",), ((_("Refunded"), "amount", ALL),))
CREDIT_NOTE_SUMS = ListSums(
    ("tax_amount", "total_amount"), ((_("Tax"), "tax_amount", ALL), (_("Total"), "total_amount", ALL))
)
WRITE_OFF_SUMS = ListSums(
    ("amount",),
    ((_("Written off"), "amount", RECEIVED), (_("Reversed"), "amount", TAKEN_BACK), (_("Net"), "amount", ALL)),
)


def list_totals(rows: QuerySet, wanted: ListSums, *, max_rows: int = MAX_TOTALLED_ROWS) -> ListTotals | None:
    """Return the totals of the rows, or None when there are more than `max_rows`; one query, which stops there."""
    is_counted = ALL if wanted.left_out is None else ~wanted.left_out
    sums = {
        f"sum_{place}": Sum(column, filter=condition & is_counted)
        for place, (_label, column, condition) in enumerate(wanted.sums)
    }
    found = (
        rows.order_by()
        .values("pk", *wanted.columns)[: max_rows + 1]
        .aggregate(rows=Count("pk"), counted=Count("pk", filter=is_counted), **sums)
    )
    if found["rows"] > max_rows:
        return None
    amounts = tuple((label, found[name] or ZERO) for (label, *_rest), name in zip(wanted.sums, sums, strict=True))
    return ListTotals(count=found["rows"], left_out=found["rows"] - found["counted"], sums=amounts)
