"""Money that came in and went out: in this month and the last, and on one day by method and clerk.

A payment counts on the day on which it was received, a reversal (the money never came) on the day on which that was
entered, a refund on the day on which it was handed out; all are days of the clinic. Deposits count like all money.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from billing.choices import PaymentMethod
from billing.models import Payment, Refund
from billing.reports.periods import Span, month_of, same_days_before, so_far
from billing.rules.money import ZERO


@dataclass(frozen=True, slots=True)
class Collected:
    """What came in less what was refunded or reversed: in the month of `on` until then, and in the month before.

    `same_days_of_last`: in as many days of the month before.
    """

    on: date
    this_month: Decimal
    last_month: Decimal
    same_days_of_last: Decimal


@dataclass(frozen=True, slots=True)
class Takings:
    """Money that moved, and how often; none is negative. What was reversed is in `payments`, too."""

    payments: Decimal = ZERO
    payment_count: int = 0
    refunds: Decimal = ZERO
    refund_count: int = 0
    reversals: Decimal = ZERO
    reversal_count: int = 0

    @property
    def net(self) -> Decimal:
        """What stayed with the clinic."""
        return self.payments - self.refunds - self.reversals

    def __add__(self, more: "Takings") -> "Takings":
        return Takings(
            payments=self.payments + more.payments,
            payment_count=self.payment_count + more.payment_count,
            refunds=self.refunds + more.refunds,
            refund_count=self.refund_count + more.refund_count,
            reversals=self.reversals + more.reversals,
            reversal_count=self.reversal_count + more.reversal_count,
        )


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who entered a movement of money."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class TakingsOf:
    """What one clerk took by one method."""

    method: PaymentMethod
    clerk: Clerk
    takings: Takings


@dataclass(frozen=True, slots=True)
class DayAtTheDesk:
    """The takings of a day, by method in the order of PaymentMethod, then by the clerk's name."""

    on: date
    rows: tuple[TakingsOf, ...]

    @property
    def total(self) -> Takings:
        """Of all methods and clerks."""
        return _together(self.rows)

    @property
    def drawer(self) -> Takings:
        """Of cash alone; its `net` is by how much the drawer holds more than in the morning."""
        return _together(row for row in self.rows if row.method == PaymentMethod.CASH)

    @property
    def by_method(self) -> dict[PaymentMethod, Takings]:
        """Of each method that was used."""
        methods = dict.fromkeys(row.method for row in self.rows)
        return {method: _together(row for row in self.rows if row.method == method) for method in methods}

    @property
    def by_clerk(self) -> dict[Clerk, Takings]:
        """Of each clerk who took something."""
        clerks = sorted({row.clerk for row in self.rows}, key=lambda clerk: clerk.name)
        return {clerk: _together(row for row in self.rows if row.clerk == clerk) for clerk in clerks}


def collected(*, on: date) -> Collected:
    """What was collected this month until the end of `on`, and last month; two statements."""
    spans = {"this_month": so_far(on), "same_days_of_last": same_days_before(on)}
    spans["last_month"] = month_of(spans["same_days_of_last"].first)
    both = Span(spans["last_month"].first, on)
    came = _sums(Payment.objects.filter(both.holds("received_at")), "received_at", spans)
    went = _sums(Refund.objects.filter(both.holds("created_at")), "created_at", spans)
    return Collected(on=on, **{name: came[name] - went[name] for name in spans})


def takings(*, on: date) -> DayAtTheDesk:
    """What came in and went out on a day of the clinic, by method and clerk; two statements."""
    day = Span(on, on)
    is_reversal = Q(reverses__isnull=False)
    moved: dict[tuple[PaymentMethod, Clerk], Takings] = {}
    for row in _by_method_and_clerk(Payment.objects.filter(day.holds("received_at"))).annotate(
        payments=Sum("amount", filter=~is_reversal),
        payment_count=Count("pk", filter=~is_reversal),
        reversals=Sum("amount", filter=is_reversal),
        reversal_count=Count("pk", filter=is_reversal),
    ):
        moved[_key(row)] = Takings(
            payments=row["payments"] or ZERO,
            payment_count=row["payment_count"],
            reversals=-(row["reversals"] or ZERO),
            reversal_count=row["reversal_count"],
        )
    refunds = _by_method_and_clerk(Refund.objects.filter(day.holds("created_at")))
    for row in refunds.annotate(refunds=Sum("amount"), refund_count=Count("pk")):
        went = Takings(refunds=row["refunds"], refund_count=row["refund_count"])
        moved[_key(row)] = moved.get(_key(row), Takings()) + went
    order = list(PaymentMethod)
    keys = sorted(moved, key=lambda key: (order.index(key[0]), key[1].name, key[1].id))
    return DayAtTheDesk(on, tuple(TakingsOf(*key, moved[key]) for key in keys))


def _sums(rows: QuerySet, column: str, spans: dict[str, Span]) -> dict[str, Decimal]:
    sums = rows.aggregate(**{name: Sum("amount", filter=span.holds(column)) for name, span in spans.items()})
    return {name: amount or ZERO for name, amount in sums.items()}


def _by_method_and_clerk(rows: QuerySet) -> QuerySet[Any, dict[str, Any]]:
    clerk = (f"created_by__{name}" for name in ("username", "first_name", "last_name"))
    return rows.order_by().values("method", "created_by", *clerk)


def _key(row: dict[str, Any]) -> tuple[PaymentMethod, Clerk]:
    full_name = f"{row['created_by__first_name']} {row['created_by__last_name']}".strip()
    return PaymentMethod(row["method"]), Clerk(row["created_by"], full_name or row["created_by__username"])


def _together(rows: Iterable[TakingsOf]) -> Takings:
    return reduce(add, (row.takings for row in rows), Takings())
