"""Billed and collected amounts by month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from billing.reports.periods import Period, months_up_to
from billing.rules.money import ZERO
from clinic.db.fields import MoneyField

AMOUNT = MoneyField()


@dataclass(frozen=True, slots=True)
class MonthlyFigures:
    """The figures of one month, from the books as they are now.

    `billed`: the totals of the invoices with an issue date in it that are not void, less `credited`.
    `credited`: the credit notes written in it, whatever month their invoices are of.
    `collected`: the payments received in it, less the refunds and the reversals entered in it.
    """

    first: date
    last: date
    billed: Decimal
    credited: Decimal
    collected: Decimal


# Each sum scans one month of an index. The WHERE clauses repeat those of the partial indexes, so that these are used.
QUERY = """
WITH month (number, begins, ends) AS (VALUES {months})
SELECT month.number,
  (SELECT SUM(total_amount) FROM billing_invoice WHERE NOT (status IN ('DRAFT', 'VOID'))
    AND issue_date >= month.begins AND issue_date < month.ends),
  (SELECT SUM(total_amount) FROM billing_creditnote WHERE created_at >= month.begins AND created_at < month.ends),
  (SELECT SUM(amount) FROM billing_payment WHERE received_at >= month.begins AND received_at < month.ends),
  (SELECT SUM(amount) FROM billing_refund WHERE created_at >= month.begins AND created_at < month.ends)
FROM month ORDER BY month.number
"""


def billed_and_collected(*, on: date, months: int = 12) -> tuple[MonthlyFigures, ...]:
    """Return the figures of the last `months` months, ending with the whole month of the day `on`; one query.

    Write-offs are in neither amount: what was written off was billed, and not collected.
    """
    periods = months_up_to(on, months)
    return tuple(
        MonthlyFigures(period.first, period.last, invoiced - credited, credited, received - refunded)
        for period, (invoiced, credited, received, refunded) in zip(periods, _sums(periods), strict=True)
    )


def _sums(periods: Sequence[Period]) -> Iterator[list[Decimal]]:
    """Yield the sums of invoices, credit notes, payments and refunds for each period."""
    bound = "%s::timestamptz" if connection.vendor == "postgresql" else "%s"
    months = ", ".join(f"({number}, {bound}, {bound})" for number in range(len(periods)))
    bounds = [connection.ops.adapt_datetimefield_value(bound) for period in periods for bound in period.bounds]
    with connection.cursor() as cursor:
        cursor.execute(QUERY.format(months=months), bounds)
        for _number, *sums in cursor.fetchall():
            yield [AMOUNT.from_db_value(each or 0) or ZERO for each in sums]
