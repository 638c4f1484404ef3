"""Takings: money collected and refunded by month, and on one day by payment method and clerk.

A payment counts on the day on which it was received, a reversal on the day on which it was entered, a refund on the
day on which it was paid out; all are days of the clinic. Deposits count like all payments.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from billing.choices import PaymentMethod
from billing.models import Payment, Refund
from billing.reports.periods import Period, month_of, month_to_date, same_days_of_previous_month
from billing.rules.money import ZERO


@dataclass(frozen=True, slots=True)
class Collected:
    """Payments less reversals: in the month of `on` up to that day, and in the previous month.

    `same_days_last_month`: in the same days of the previous month, for comparison. `refunded_this_month` is not
    deducted: the sum of the payments in a list is the amount collected.
    """

    on: date
    this_month: Decimal
    last_month: Decimal
    same_days_last_month: Decimal
    refunded_this_month: Decimal


@dataclass(frozen=True, slots=True)
class Takings:
    """Sums and counts of payments, refunds and reversals; no sum is negative. `payments` includes reversed ones."""

    payments: Decimal = ZERO
    payment_count: int = 0
    refunds: Decimal = ZERO
    refund_count: int = 0
    reversals: Decimal = ZERO
    reversal_count: int = 0

    @property
    def net(self) -> Decimal:
        """The payments less refunds and reversals."""
        return self.payments - self.refunds - self.reversals

    def __add__(self, other: "Takings") -> "Takings":
        return Takings(*map(add, astuple(self), astuple(other)))


@dataclass(frozen=True, slots=True)
class Clerk:
    """The user who entered a payment, refund or reversal."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class TakingsRow:
    """The takings of one clerk by one method."""

    method: PaymentMethod
    clerk: Clerk
    takings: Takings


@dataclass(frozen=True, slots=True)
class DayTakings:
    """The takings of a day, by method in the order of PaymentMethod, then by the clerk's name."""

    on: date
    rows: tuple[TakingsRow, ...]

    @property
    def total(self) -> Takings:
        """The takings of all methods and clerks."""
        return _sum(self.rows)

    @property
    def cash(self) -> Takings:
        """The takings in cash; `net` is the change of the cash drawer since the morning."""
        return _sum(row for row in self.rows if row.method == PaymentMethod.CASH)


def collected(*, on: date) -> Collected:
    """Return the money collected this month up to the end of `on`, and last month; two queries."""
    periods = {"this_month": month_to_date(on), "same_days_last_month": same_days_of_previous_month(on)}
    periods["last_month"] = month_of(periods["same_days_last_month"].first)
    both_months = Period(periods["last_month"].first, on)
    received = Payment.objects.filter(both_months.contains("received_at")).aggregate(
        **{name: Sum("amount", filter=days.contains("received_at")) for name, days in periods.items()}
    )
    refunds = Refund.objects.filter(periods["this_month"].contains("created_at"))
    refunded = refunds.aggregate(sum=Sum("amount"))["sum"] or ZERO
    return Collected(on=on, refunded_this_month=refunded, **{name: received[name] or ZERO for name in periods})


def takings(*, on: date) -> DayTakings:
    """Return the takings of a day of the clinic, by method and clerk; two queries."""
    day = Period(on, on)
    is_reversal = Q(reverses__isnull=False)
    found: dict[tuple[PaymentMethod, Clerk], Takings] = {}
    for row in _by_method_and_clerk(Payment.objects.filter(day.contains("received_at"))).annotate(
        payments=Sum("amount", filter=~is_reversal),
        payment_count=Count("pk", filter=~is_reversal),
        reversals=Sum("amount", filter=is_reversal),
        reversal_count=Count("pk", filter=is_reversal),
    ):
        found[_key(row)] = Takings(
            payments=row["payments"] or ZERO,
            payment_count=row["payment_count"],
            reversals=-(row["reversals"] or ZERO),
            reversal_count=row["reversal_count"],
        )
    refunds = _by_method_and_clerk(Refund.objects.filter(day.contains("created_at")))
    for row in refunds.annotate(refunds=Sum("amount"), refund_count=Count("pk")):
        refunded = Takings(refunds=row["refunds"], refund_count=row["refund_count"])
        found[_key(row)] = found.get(_key(row), Takings()) + refunded
    order = list(PaymentMethod)
    keys = sorted(found, key=lambda key: (order.index(key[0]), key[1].name, key[1].id))
    return DayTakings(on, tuple(TakingsRow(*key, found[key]) for key in keys))


def _by_method_and_clerk(rows: QuerySet) -> QuerySet[Any, dict[str, Any]]:
    clerk = (f"created_by__{name}" for name in ("username", "first_name", "last_name"))
    return rows.order_by().values("method", "created_by", *clerk)


def _key(row: dict[str, Any]) -> tuple[PaymentMethod, Clerk]:
    full_name = f"{row['created_by__first_name']} {row['created_by__last_name']}".strip()
    return PaymentMethod(row["method"]), Clerk(row["created_by"], full_name or row["created_by__username"])


def _sum(rows: Iterable[TakingsRow]) -> Takings:
    return reduce(add, (row.takings for row in rows), Takings())
