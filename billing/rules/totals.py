"""Invoice totals calculator: line totals, subtotal, discount, tax, total; the only one, for every edge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.rules.money import ZERO, percent_of, round_to_cents, split_proportionally
from clinic.domain.amounts import MAX_MONEY
from clinic.domain.errors import FieldError, InvalidValue


@dataclass(frozen=True, slots=True)
class Line:
    """Quantity, unit price, discounts and tax rate of an item; percents and the tax rate are 0 to 100."""

    quantity: Decimal
    unit_price: Decimal
    discount_amount: Decimal = ZERO
    discount_percent: Decimal = ZERO
    tax_rate: Decimal = ZERO

    @property
    def gross(self) -> Decimal:
        return round_to_cents(self.quantity * self.unit_price)


@dataclass(frozen=True, slots=True)
class TaxLine:
    """The tax of one rate; `net` is the taxed amount, less its share of the invoice discount."""

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
    """The part of the invoice total that belongs to one line; `tax` is contained in `total`."""

    total: Decimal
    tax: Decimal


class InvalidTotals(InvalidValue):
    """A discount or an amount is too high; `errors` points at each, `code` is that of the first."""

    title = "The amounts of the invoice are invalid"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        found = tuple(errors)
        super().__init__(found[0].detail, errors=found, code=found[0].code)


def line_total(line: Line) -> Decimal:
    """Return the line's amount after its own discounts, before the invoice discount and tax.

    Negative if the discounts exceed the gross.

    >>> line_total(Line(Decimal("2.5"), Decimal("19.99")))
    Decimal('49.98')
    >>> line_total(Line(Decimal(1), Decimal("80.00"), Decimal("5.00"), discount_percent=Decimal(10)))
    Decimal('67.00')
    """
    gross = line.gross
    return round_to_cents(gross - percent_of(gross, line.discount_percent) - line.discount_amount)


def calculate_totals(lines: Sequence[Line], *, discount_amount: Decimal, discount_percent: Decimal) -> Totals:
    """Return the totals of an invoice. Raises InvalidTotals if a discount exceeds its base, or a sum MAX_MONEY.

    >>> visit = Line(Decimal(1), Decimal("199.99"))
    >>> totals = calculate_totals([visit], discount_amount=Decimal("20.00"), discount_percent=Decimal("12.5"))
    >>> totals.subtotal, totals.discount_total, totals.total_amount
    (Decimal('199.99'), Decimal('45.00'), Decimal('154.99'))

    Tax is computed once per rate, on its net after its share of the invoice discount; the lower rate comes first:

    >>> care = Line(Decimal(1), Decimal("60.00"))
    >>> goods = Line(Decimal(1), Decimal("40.00"), tax_rate=Decimal(19))
    >>> totals = calculate_totals([goods, care], discount_amount=Decimal("10.00"), discount_percent=Decimal(0))
    >>> [(str(each.net), str(each.tax)) for each in totals.taxes], totals.total_amount
    ([('54.00', '0.00'), ('36.00', '6.84')], Decimal('96.84'))
    """
    line_totals = tuple(line_total(line) for line in lines)
    _raise_if_any(error for at, line in enumerate(lines) for error in line_errors(at, line, line_totals[at]))
    subtotal = sum(line_totals, ZERO)
    _raise_if_any(_amount_errors(subtotal, "/items", "The subtotal"))
    discount_total = round_to_cents(percent_of(subtotal, discount_percent) + discount_amount)
    _raise_if_any(_discount_errors(subtotal, discount_total))
    taxes = _taxes(lines, line_totals, discount_total)
    tax_amount = sum((each.tax for each in taxes), ZERO)
    total_amount = subtotal - discount_total + tax_amount
    _raise_if_any(_amount_errors(total_amount, "/items", "The total"))
    return Totals(line_totals, subtotal, discount_total, taxes, tax_amount, total_amount)


def payable_shares(lines: Sequence[Line], totals: Totals) -> tuple[Share, ...]:
    """Return the part of the total that belongs to each line: less its share of the discount, plus that of the tax.

    The shares add up to `total_amount`, their taxes to `tax_amount`, to the cent; within each rate by largest
    remainder, a tie to the earlier line.

    >>> lines = [Line(Decimal(1), Decimal("50.00"))] * 3
    >>> totals = calculate_totals(lines, discount_amount=Decimal("10.00"), discount_percent=Decimal(0))
    >>> [str(share.total) for share in payable_shares(lines, totals)]
    ['46.66', '46.67', '46.67']
    """
    shares = [Share(ZERO, ZERO)] * len(lines)
    for each in totals.taxes:
        members = [at for at, line in enumerate(lines) if line.tax_rate == each.rate]
        line_totals = [totals.line_totals[at] for at in members]
        discounts = split_proportionally(sum(line_totals, ZERO) - each.net, line_totals)
        nets = [amount - discount for amount, discount in zip(line_totals, discounts, strict=True)]
        for at, net, tax in zip(members, nets, split_proportionally(each.tax, nets), strict=True):
            shares[at] = Share(net + tax, tax)
    return tuple(shares)


def _taxes(lines: Sequence[Line], line_totals: Sequence[Decimal], discount_total: Decimal) -> tuple[TaxLine, ...]:
    """Return one entry per rate, the lowest first, so that a tie in splitting the discount goes to the lower rate."""
    by_rate: dict[Decimal, Decimal] = {}
    for line, amount in zip(lines, line_totals, strict=True):
        by_rate[line.tax_rate] = by_rate.get(line.tax_rate, ZERO) + amount
    rates = sorted(by_rate)
    discounts = split_proportionally(discount_total, [by_rate[rate] for rate in rates])
    nets = [by_rate[rate] - discount for rate, discount in zip(rates, discounts, strict=True)]
    return tuple(TaxLine(rate, net, percent_of(net, rate)) for rate, net in zip(rates, nets, strict=True))


def _raise_if_any(errors: Iterable[FieldError]) -> None:
    found = tuple(errors)
    if found:
        raise InvalidTotals(found)


def line_errors(at: int, line: Line, amount: Decimal) -> Iterable[FieldError]:
    """Yield what is wrong with the line, of this line total, at an index of the invoice's items."""
    yield from _amount_errors(line.gross, f"/items/{at}/unit_price", f"The price of item {at + 1}")
    if amount < 0:
        detail = f"The discounts of item {at + 1} are higher than its amount, {line.gross}."
        yield FieldError(f"/items/{at}/discount_amount", "line_below_zero", detail)


def _discount_errors(subtotal: Decimal, discount_total: Decimal) -> Iterable[FieldError]:
    if discount_total > subtotal:
        detail = f"The discount, {discount_total}, is higher than the subtotal, {subtotal}."
        yield FieldError("/discount_amount", "discount_above_subtotal", detail)


def _amount_errors(amount: Decimal, pointer: str, name: str) -> Iterable[FieldError]:
    if amount > MAX_MONEY:
        yield FieldError(pointer, "amount_too_large", f"{name} is more than {MAX_MONEY:,}.")
