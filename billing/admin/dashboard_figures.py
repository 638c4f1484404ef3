"""The dashboard's figures, each with its words and the list behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.admin.invoice_list.list_urls import list_of
from billing.models import Invoice, Payment
from billing.models.invoice.queryset import OPEN
from billing.reports.monthly_figures import MonthlyFigures
from billing.reports.receivables import AgeingRow, DraftTotals, Receivables
from billing.reports.takings import Collected, DayTakings
from billing.rules.ageing import CURRENT
from clinic.admin import list_url, money, quantity
from clinic.domain.dates import day_of
from clinic.i18n.display import in_currency

WHOLE = Decimal(100)
STEPS = (Decimal(1), Decimal(2), Decimal(4), Decimal(8), Decimal(10))  # of a power of ten; a quarter of each reads well


class Figure(NamedTuple):
    """An amount that stands alone, the lines below it, and the list behind it."""

    title: str
    amount: Decimal
    lines: tuple[str, ...]
    link: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bucket of the ageing; `share` is its length in percent of the longest."""

    title: str
    aged: AgeingRow
    share: Decimal
    link: str


class Column(NamedTuple):
    """A month of the chart; `billed` and `collected` are heights in percent of the scale."""

    month: MonthlyFigures
    billed: Decimal
    collected: Decimal

    @property
    def billed_top(self) -> Decimal:
        """Where the column begins, from the top."""
        return WHOLE - self.billed

    @property
    def collected_top(self) -> Decimal:
        """The same of the other."""
        return WHOLE - self.collected


class Chart(NamedTuple):
    """Months side by side, and the scale beside them from the top down."""

    columns: tuple[Column, ...]
    scale: tuple[str, ...]


def figures_of(owed: Receivables, drafts: DraftTotals, credit: Decimal | None) -> Iterator[Figure]:
    """What the invoices say; `credit` is for who sees payments."""
    held = () if credit is None else (_("Credit held for patients: %(amount)s") % {"amount": money(credit)},)
    yield Figure(
        _("Owed now"),
        owed.owed.amount,
        (
            _("%(invoices)s of %(accounts)s") % {"invoices": invoices(owed.owed.invoices), "accounts": accounts(owed)},
            *held,
        ),
        list_url(Invoice, urlencode({"status__exact": [*OPEN]}, doseq=True)),
    )
    since = owed.oldest_due and _("Oldest due on %(day)s") % {"day": date_format(owed.oldest_due)}
    yield Figure(
        _("Overdue"),
        owed.overdue.amount,
        (invoices(owed.overdue.invoices), since or _("Nothing is late.")),
        list_of(queue="overdue"),
        is_warning=bool(owed.overdue.invoices),
    )
    waits = drafts.oldest and _("Oldest since %(day)s") % {"day": date_format(day_of(drafts.oldest))}
    yield Figure(
        _("Drafts waiting"),
        drafts.amount,
        (invoices(drafts.invoices), waits or _("Nothing waits to be issued.")),
        list_of(queue="to_issue"),
    )


def figure_of(money_in: Collected) -> Figure:
    """What came in this month, against the last."""
    first = money_in.on.replace(day=1)
    return Figure(
        _("Collected this month"),
        money_in.this_month,
        (
            _("%(amount)s in the same days of last month%(change)s")
            % {"amount": money(money_in.same_days_last_month), "change": _change(money_in)},
            _("%(amount)s in all of last month") % {"amount": money(money_in.last_month)},
        ),
        list_url(Payment, urlencode({"received_at_from": first, "received_at_to": money_in.on})),
    )


def drawer_of(day: DayTakings) -> str:
    """By how much the cash in the drawer differs from that of the morning."""
    net = day.cash.net
    if net < 0:
        return _("Cash: the drawer holds %(amount)s less than in the morning.") % {"amount": in_currency(-net)}
    return _("Cash: the drawer holds %(amount)s more than in the morning.") % {"amount": in_currency(net)}


def bars_of(owed: Receivables) -> tuple[Bar, ...]:
    """The ageing, a bar for each bucket."""
    longest = max(aged.debts.amount for aged in owed.ageing)
    return tuple(
        Bar(
            _("Not yet due") if aged.bucket == CURRENT else _("%(days)s days late") % {"days": aged.bucket.label},
            aged,
            share_of(aged.debts.amount, longest),
            list_of(age=aged.bucket.key),
        )
        for aged in owed.ageing
    )


def chart_of(months: Sequence[MonthlyFigures]) -> Chart:
    """Billed against collected; what is below zero has no column, only its number in the table."""
    top = scale_for(max(max(month.billed, month.collected) for month in months))
    columns = (Column(month, share_of(month.billed, top), share_of(month.collected, top)) for month in months)
    return Chart(tuple(columns), tuple(quantity(top * part / 4) for part in (4, 3, 2, 1, 0)))


def scale_for(highest: Decimal) -> Decimal:
    """A round number that is at least as high; its quarters are round, too.

    >>> [scale_for(Decimal(amount)) for amount in (0, "37.50", 2500, 8001)]
    [Decimal('4'), Decimal('40'), Decimal('4000'), Decimal('10000')]
    """
    power = Decimal(10) ** max(0, highest.adjusted()) if highest > 0 else Decimal(1)
    least = highest if highest > 4 else Decimal(4)
    return next((step * power for step in STEPS if step * power >= least), 10 * power)


def share_of(amount: Decimal, whole: Decimal) -> Decimal:
    """In percent, between 0 and 100, to a tenth.

    >>> share_of(Decimal(1), Decimal(3)), share_of(Decimal(-5), Decimal(3)), share_of(Decimal(0), Decimal(0))
    (Decimal('33.3'), Decimal('0.0'), Decimal('0.0'))
    """
    if whole <= 0 or amount <= 0:
        return Decimal("0.0")
    return min(WHOLE, amount / whole * WHOLE).quantize(Decimal("0.1"), ROUND_HALF_UP)


def invoices(count: int) -> str:
    return ngettext("%(count)s invoice", "%(count)s invoices", count) % {"count": count}


def accounts(owed: Receivables) -> str:
    return ngettext("%(count)s patient", "%(count)s patients", owed.accounts) % {"count": owed.accounts}


def _change(money_in: Collected) -> str:
    """By how much more or less than then, in percent: “ (+12 %)”; empty where no comparison says anything."""
    before = money_in.same_days_last_month
    if before <= 0 or money_in.this_month > 10 * before:
        return ""
    change = ((money_in.this_month - before) / before * WHOLE).quantize(Decimal(1), ROUND_HALF_UP)
    return f" ({change:+} %)"
