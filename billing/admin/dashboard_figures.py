"""Dashboard figures with labels, and links to the lists behind them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.admin.invoice_list.list_urls import invoice_list_url
from billing.choices import OPEN_STATUSES
from billing.models import Invoice, Payment
from billing.reports.monthly_figures import MonthlyFigures
from billing.reports.queues import OVERDUE
from billing.reports.receivables import AgeingRow, DraftTotals, Receivables
from billing.reports.takings import Collected, DayTakings
from billing.rules.ageing import CURRENT
from clinic.admin import format_money, format_quantity, list_url
from clinic.domain.dates import local_date
from clinic.i18n.display import format_currency

WHOLE = Decimal(100)
SCALE_STEPS = (Decimal(1), Decimal(2), Decimal(4), Decimal(8), Decimal(10))  # quarters of them are short numbers


class Figure(NamedTuple):
    """A figure: its amount, the lines below it, and the URL of the list behind it."""

    title: str
    amount: Decimal
    lines: tuple[str, ...]
    link: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of an ageing bucket; `length` is in percent of the longest."""

    title: str
    row: AgeingRow
    length: Decimal
    link: str


class Column(NamedTuple):
    """A month of the chart; `billed` and `collected` are heights in percent of the scale."""

    month: MonthlyFigures
    billed: Decimal
    collected: Decimal

    @property
    def billed_top(self) -> Decimal:
        """The distance of the column's top from the top of the chart, in percent."""
        return WHOLE - self.billed

    @property
    def collected_top(self) -> Decimal:
        """The same for the money collected."""
        return WHOLE - self.collected


class Chart(NamedTuple):
    """The columns of the months, and the labels of the scale from top to bottom."""

    columns: tuple[Column, ...]
    scale: tuple[str, ...]


def invoice_figures(debts: Receivables, drafts: DraftTotals, credit: Decimal | None) -> Iterator[Figure]:
    """Yield the figures of invoices. `credit` is None for users who may not read payments."""
    credit_line = (
        () if credit is None else (_("Credit held for patients: %(amount)s") % {"amount": format_money(credit)},)
    )
    yield Figure(
        _("Owed now"),
        debts.owed.amount,
        (
            _("%(invoices)s of %(accounts)s")
            % {"invoices": invoice_count(debts.owed.invoices), "accounts": account_count(debts)},
            *credit_line,
        ),
        list_url(Invoice, urlencode({"status__exact": [*OPEN_STATUSES]}, doseq=True)),
    )
    oldest_due = debts.oldest_due and _("Oldest due on %(day)s") % {"day": date_format(debts.oldest_due)}
    yield Figure(
        str(OVERDUE.label),
        debts.overdue.amount,
        (invoice_count(debts.overdue.invoices), oldest_due or _("Nothing is overdue.")),
        invoice_list_url(queue=OVERDUE.key),
        is_warning=bool(debts.overdue.invoices),
    )
    oldest_draft = drafts.oldest and _("Oldest since %(day)s") % {"day": date_format(local_date(drafts.oldest))}
    yield Figure(
        _("Drafts waiting"),
        drafts.amount,
        (invoice_count(drafts.invoices), oldest_draft or _("No drafts to issue.")),
        invoice_list_url(queue="to_issue"),
    )


def collected_figure(collected: Collected) -> Figure:
    """Return the figure of the money collected this month, compared with last month; it links to the payments."""
    first = collected.on.replace(day=1)
    refunded = collected.refunded_this_month
    refunded_line = (_("Also refunded: %(amount)s") % {"amount": format_money(refunded)},) if refunded else ()
    return Figure(
        _("Collected this month"),
        collected.this_month,
        (
            _("%(amount)s in the same days of last month%(change)s")
            % {"amount": format_money(collected.same_days_last_month), "change": _change(collected)},
            _("%(amount)s in all of last month") % {"amount": format_money(collected.last_month)},
            *refunded_line,
        ),
        list_url(Payment, urlencode({"received_at_from": first, "received_at_to": collected.on})),
    )


def drawer_text(day: DayTakings) -> str:
    """Return a sentence about the change of the cash in the drawer since the morning."""
    net = day.cash.net
    if net < 0:
        return _("Cash: the drawer holds %(amount)s less than in the morning.") % {"amount": format_currency(-net)}
    return _("Cash: the drawer holds %(amount)s more than in the morning.") % {"amount": format_currency(net)}


def ageing_bars(debts: Receivables) -> tuple[Bar, ...]:
    """Return a bar for each ageing bucket."""
    longest = max(row.debts.amount for row in debts.ageing)
    return tuple(
        Bar(
            _("Not yet due") if row.bucket == CURRENT else _("%(days)s days overdue") % {"days": row.bucket.label},
            row,
            share_percent(row.debts.amount, longest),
            invoice_list_url(age=row.bucket.key),
        )
        for row in debts.ageing
    )


def monthly_chart(months: Sequence[MonthlyFigures]) -> Chart:
    """Return the chart of the money billed and collected. A negative amount has a column of height zero."""
    top = scale_top(max(max(month.billed, month.collected) for month in months))
    columns = (Column(month, share_percent(month.billed, top), share_percent(month.collected, top)) for month in months)
    return Chart(tuple(columns), tuple(format_quantity(top * part / 4) for part in (4, 3, 2, 1, 0)))


def scale_top(highest: Decimal) -> Decimal:
    """Return a round number, at least as high, whose quarters are short numbers.

    >>> [scale_top(Decimal(amount)) for amount in (0, "37.50", 2500, 8001)]
    [Decimal('4'), Decimal('40'), Decimal('4000'), Decimal('10000')]
    """
    power = Decimal(10) ** max(0, highest.adjusted()) if highest > 0 else Decimal(1)
    least = highest if highest > 4 else Decimal(4)
    return next((step * power for step in SCALE_STEPS if step * power >= least), 10 * power)


def share_percent(amount: Decimal, whole: Decimal) -> Decimal:
    """Return the percentage of an amount, from 0 to 100, with one decimal.

    >>> [share_percent(Decimal(amount), Decimal(3)) for amount in (1, -5, 0)]
    [Decimal('33.3'), Decimal('0.0'), Decimal('0.0')]
    """
    if whole <= 0 or amount <= 0:
        return Decimal("0.0")
    return min(WHOLE, amount / whole * WHOLE).quantize(Decimal("0.1"), ROUND_HALF_UP)


def invoice_count(count: int) -> str:
    return ngettext("%(count)s invoice", "%(count)s invoices", count) % {"count": count}


def account_count(debts: Receivables) -> str:
    return ngettext("%(count)s patient", "%(count)s patients", debts.accounts) % {"count": debts.accounts}


def _change(collected: Collected) -> str:
    """Return the change since last month, “ (+12 %)”; an empty string if there is nothing to compare with."""
    before = collected.same_days_last_month
    if before <= 0 or collected.this_month > 10 * before:
        return ""
    change = ((collected.this_month - before) / before * WHOLE).quantize(Decimal(1), ROUND_HALF_UP)
    return f" ({change:+} %)"
