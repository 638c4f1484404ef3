"""Rounding, percentages, splitting an amount to the exact cent, and the refusal of amounts that are not above zero."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import lcm

from clinic.domain.errors import FieldError, InvalidValue

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def round_to_cents(amount: Decimal) -> Decimal:
    """Return the amount rounded half up (away from zero) to the cent; never a negative zero.

    >>> round_to_cents(Decimal("174.99125"))
    Decimal('174.99')
    >>> round_to_cents(Decimal("0.005")), round_to_cents(Decimal("-0.005")), round_to_cents(Decimal("-0.004"))
    (Decimal('0.01'), Decimal('-0.01'), Decimal('0.00'))
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP) + 0


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """Return a percentage of an amount, rounded half up to the cent.

    >>> percent_of(Decimal("99.99"), Decimal("15"))
    Decimal('15.00')
    >>> percent_of(Decimal("199.99"), Decimal("12.5"))
    Decimal('25.00')
    """
    return round_to_cents(amount * percent / 100)


def not_positive(pointer: str, what: str = "amount") -> FieldError:
    """Return the error of an amount, or of something else, that is not above zero.

    >>> not_positive("/items/0/quantity", "quantity").detail
    'The quantity must be above zero.'
    """
    return FieldError(pointer, "not_positive", f"The {what} must be above zero.")


def check_positive(amount: Decimal) -> None:
    """InvalidValue unless the amount is above zero."""
    if amount <= 0:
        error = not_positive("/amount")
        raise InvalidValue(error.detail, errors=[error], code=error.code)


def split_proportionally(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split a total into shares of whole cents, in proportion to the weights, that add up to it exactly.

    Each share is rounded down; the cents left over go to the largest remainders, a tie to the earlier. A zero
    weight gets nothing; weights that are all zero get zeros. ValueError for a negative total or weight, or a
    total that is not whole cents.

    >>> split_proportionally(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal(1)])
    [Decimal('3.34'), Decimal('3.33'), Decimal('3.33')]
    >>> split_proportionally(Decimal("0.01"), [Decimal("100.00"), Decimal("300.00")])
    [Decimal('0.00'), Decimal('0.01')]
    >>> split_proportionally(Decimal("5.00"), [Decimal(0), Decimal(0)])
    [Decimal('0.00'), Decimal('0.00')]
    """
    cents = _whole_cents(total)
    parts = _whole_numbers(weights)
    whole = sum(parts)
    if not whole:
        return [ZERO for _ in parts]
    shares = [cents * part // whole for part in parts]
    largest_remainder_first = sorted(range(len(parts)), key=lambda at: -(cents * parts[at] % whole))
    for at in largest_remainder_first[: cents - sum(shares)]:
        shares[at] += 1
    return [Decimal(share).scaleb(-2) for share in shares]


def _whole_cents(total: Decimal) -> int:
    cents = int(total.scaleb(2))
    if cents < 0 or cents != total.scaleb(2):
        raise ValueError(f"{total} is not an amount of whole cents, zero or above")
    return cents


def _whole_numbers(weights: Sequence[Decimal]) -> list[int]:
    """Return the weights as integers of the same proportion, so that no division loses a digit."""
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is never negative")
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = lcm(*(divisor for _, divisor in ratios))
    return [number * common // divisor for number, divisor in ratios]
