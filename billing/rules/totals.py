"""How an invoice adds up: line total, subtotal, discount, tax, total; the one calculator for every edge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.rules.money import MAX_MONEY, ZERO, percent_of, share_out, to_cents
from clinic.domain.errors import BadValue, FieldError


@dataclass(frozen=True, slots=True)
class Line:
    """What an item is billed at; percents and the tax rate are 0 to 100."""

    quantity: Decimal
    unit_price: Decimal
    discount_amount: Decimal = ZERO
    discount_percent: Decimal = ZERO
    tax_rate: Decimal = ZERO

    @property
    def gross(self) -> Decimal:
        return to_cents(self.quantity * self.unit_price)


@dataclass(frozen=True, slots=True)
class TaxLine:
    """The tax of one rate: `net` is what is taxed, its share of the document discount taken off."""

    rate: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The computed figures of an invoice.

    subtotal - discount_total + tax_amount == total_amount; the nets of `taxes` add up to the first two.
    """

    line_totals: tuple[Decimal, ...]
    subtotal: Decimal
    discount_total: Decimal
    taxes: tuple[TaxLine, ...]
    tax_amount: Decimal
    total_amount: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """What one line contributes to the total of its invoice; `tax` is contained in `total`."""

    total: Decimal
    tax: Decimal


class TotalsRefused(BadValue):
    """The figures do not make an invoice; `errors` points at each, `code` is that of the first."""

    title = "The amounts do not add up to an invoice"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        found = tuple(errors)
        super().__init__(found[0].detail, errors=found, code=found[0].code)


def line_total(line: Line) -> Decimal:
    """The line after its own discounts, before the document discount and tax; negative when they exceed it.

    >>> line_total(Line(Decimal("2.5"), Decimal("19.99")))
    Decimal('49.98')
    >>> line_total(Line(Decimal(1), Decimal("80.00"), Decimal("5.00"), discount_percent=Decimal(10)))
    Decimal('67.00')
    """
    return to_cents(line.gross - percent_of(line.gross, line.discount_percent) - line.discount_amount)


def totals_of(lines: Sequence[Line], *, discount_amount: Decimal, discount_percent: Decimal) -> Totals:
    """The totals of an invoice. Raises TotalsRefused when a discount exceeds its base, or a sum its bound.

    >>> visit = Line(Decimal(1), Decimal("199.99"))
    >>> totals = totals_of([visit], discount_amount=Decimal("20.00"), discount_percent=Decimal("12.5"))
    >>> totals.subtotal, totals.discount_total, totals.total_amount
    (Decimal('199.99'), Decimal('45.00'), Decimal('154.99'))

    Each rate is taxed once, on what the document discount leaves of it; the lower rate comes first:

    >>> care = Line(Decimal(1), Decimal("60.00"))
    >>> goods = Line(Decimal(1), Decimal("40.00"), tax_rate=Decimal(19))
    >>> totals = totals_of([goods, care], discount_amount=Decimal("10.00"), discount_percent=Decimal(0))
    >>> [(str(each.net), str(each.tax)) for each in totals.taxes], totals.total_amount
    ([('54.00', '0.00'), ('36.00', '6.84')], Decimal('96.84'))
    """
    line_totals = tuple(line_total(line) for line in lines)
    _refuse(error for at, line in enumerate(lines) for error in _line_errors(at, line, line_totals[at]))
    subtotal = sum(line_totals, ZERO)
    _refuse(_too_large(subtotal, "/items", "The subtotal"))
    discount_total = to_cents(percent_of(subtotal, discount_percent) + discount_amount)
    _refuse(_discount_errors(subtotal, discount_total))
    taxes = _taxes(lines, line_totals, discount_total)
    tax_amount = sum((each.tax for each in taxes), ZERO)
    total_amount = subtotal - discount_total + tax_amount
    _refuse(_too_large(total_amount, "/items", "The total"))
    return Totals(line_totals, subtotal, discount_total, taxes, tax_amount, total_amount)


def payable_shares(lines: Sequence[Line], totals: Totals) -> tuple[Share, ...]:
    """What each line contributes to the total: less its share of the discount, plus its share of the tax.

    The shares add up to `total_amount`, their taxes to `tax_amount`, to the cent; within each rate by largest
    remainder, a tie to the earlier line.

    >>> lines = [Line(Decimal(1), Decimal("50.00"))] * 3
    >>> totals = totals_of(lines, discount_amount=Decimal("10.00"), discount_percent=Decimal(0))
    >>> [str(share.total) for share in payable_shares(lines, totals)]
    ['46.66', '46.67', '46.67']
    """
    shares = [Share(ZERO, ZERO)] * len(lines)
    for each in totals.taxes:
        members = [at for at, line in enumerate(lines) if line.tax_rate == each.rate]
        line_totals = [totals.line_totals[at] for at in members]
        discounts = share_out(sum(line_totals, ZERO) - each.net, line_totals)
        nets = [amount - discount for amount, discount in zip(line_totals, discounts, strict=True)]
        for at, net, tax in zip(members, nets, share_out(each.tax, nets), strict=True):
            shares[at] = Share(net + tax, tax)
    return tuple(shares)


def _taxes(lines: Sequence[Line], line_totals: Sequence[Decimal], discount_total: Decimal) -> tuple[TaxLine, ...]:
    """One entry per rate, the lowest first, so that a tie in sharing the discount goes to the lower rate."""
    by_rate: dict[Decimal, Decimal] = {}
    for line, amount in zip(lines, line_totals, strict=True):
        by_rate[line.tax_rate] = by_rate.get(line.tax_rate, ZERO) + amount
    rates = sorted(by_rate)
    discounts = share_out(discount_total, [by_rate[rate] for rate in rates])
    nets = [by_rate[rate] - discount for rate, discount in zip(rates, discounts, strict=True)]
    return tuple(TaxLine(rate, net, percent_of(net, rate)) for rate, net in zip(rates, nets, strict=True))


def _refuse(errors: Iterable[FieldError]) -> None:
    found = tuple(errors)
    if found:
        raise TotalsRefused(found)


def _line_errors(at: int, line: Line, amount: Decimal) -> Iterable[FieldError]:
    yield from _too_large(line.gross, f"/items/{at}/unit_price", f"The price of item {at + 1}")
    if amount < 0:
        detail = f"The discounts of item {at + 1} are higher than the item itself, {line.gross}."
        yield FieldError(f"/items/{at}/discount_amount", "line_below_zero", detail)


def _discount_errors(subtotal: Decimal, discount_total: Decimal) -> Iterable[FieldError]:
    if discount_total > subtotal:
        detail = f"The discount, {discount_total}, is higher than the subtotal, {subtotal}."
        yield FieldError("/discount_amount", "discount_above_subtotal", detail)


def _too_large(amount: Decimal, pointer: str, name: str) -> Iterable[FieldError]:
    if amount > MAX_MONEY:
        yield FieldError(pointer, "amount_too_large", f"{name} is more than {MAX_MONEY:,}.")
