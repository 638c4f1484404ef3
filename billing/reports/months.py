"""What was billed against what was collected, by month of the clinic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from billing.reports.periods import Span, months_through
from billing.rules.money import ZERO
from clinic.db.fields import MoneyField

AMOUNT = MoneyField()


@dataclass(frozen=True, slots=True)
class Month:
    """A month's figures, as the books stand when asked.

    `billed`: the totals of the invoices issued with a date in it, as far as they are not void, less `credited`.
    `credited`: the credit notes written in it, whatever month their invoices are of.
    `collected`: the payments received in it, less the refunds handed out and the reversals entered in it.
    """

    first: date
    last: date
    billed: Decimal
    credited: Decimal
    collected: Decimal


# Each sum reads one month's range of an index; no row is asked for its month. Partial indexes know their own words.
QUESTION = """
WITH month (number, begins, ends) AS (VALUES {months})
SELECT month.number,
  (SELECT SUM(total_amount) FROM billing_invoice WHERE NOT (status IN ('DRAFT', 'VOID'))
    AND issue_date >= month.begins AND issue_date < month.ends),
  (SELECT SUM(total_amount) FROM billing_creditnote WHERE created_at >= month.begins AND created_at < month.ends),
  (SELECT SUM(amount) FROM billing_payment WHERE received_at >= month.begins AND received_at < month.ends),
  (SELECT SUM(amount) FROM billing_refund WHERE created_at >= month.begins AND created_at < month.ends)
FROM month ORDER BY month.number
"""


def billed_and_collected(*, on: date, months: int = 12) -> tuple[Month, ...]:
    """The months up to that of the day `on`, which is last and runs to its end; one statement.

    Write-offs are in neither figure: what was given up was billed, and not collected.
    """
    spans = months_through(on, months)
    return tuple(
        Month(span.first, span.last, billed=claimed - given_back, credited=given_back, collected=came - went)
        for span, (claimed, given_back, came, went) in zip(spans, _sums(spans), strict=True)
    )


def _sums(spans: Sequence[Span]) -> Iterator[list[Decimal]]:
    """For each span: claimed by invoices, given back by credit notes, received and handed out."""
    moment = "%s::timestamptz" if connection.vendor == "postgresql" else "%s"
    months = ", ".join(f"({number}, {moment}, {moment})" for number in range(len(spans)))
    bounds = [connection.ops.adapt_datetimefield_value(bound) for span in spans for bound in span.moments]
    with connection.cursor() as cursor:
        cursor.execute(QUESTION.format(months=months), bounds)
        for _number, *sums in cursor.fetchall():
            yield [AMOUNT.from_db_value(each or 0) or ZERO for each in sums]
