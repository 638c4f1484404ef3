"""What a credit note gives back of each item: an amount, a quantity, or all that is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from billing.rules.money import ZERO, to_cents
from billing.rules.settlement import OverCredit
from billing.rules.totals import Share
from clinic.domain.errors import BadValue, FieldError

Key = TypeVar("Key")


class CreditRefused(BadValue):
    """A credit note that names no item of the invoice, or one twice, or both an amount and a quantity."""

    code = "invalid_credit"


@dataclass(frozen=True, slots=True)
class Creditable(Generic[Key]):
    """An item as it was billed, and what of it was credited already (amounts with tax; `quantity` of both)."""

    key: Key
    quantity: Decimal
    share: Share
    credited: Decimal = ZERO
    credited_quantity: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.share.total - self.credited

    def worth(self, quantity: Decimal) -> Decimal:
        """What that much more of the item was billed at; the last part takes what rounding left."""
        return self._up_to(self.credited_quantity + quantity) - self._up_to(self.credited_quantity)

    def tax_in(self, amount: Decimal) -> Decimal:
        """The tax in that much more of the amount; the parts add up to the item's tax."""
        if not self.share.total:
            return ZERO
        after, before = (self.share.tax * sum_ / self.share.total for sum_ in (self.credited + amount, self.credited))
        return to_cents(after) - to_cents(before)

    def _up_to(self, quantity: Decimal) -> Decimal:
        return to_cents(self.share.total * quantity / self.quantity)


@dataclass(frozen=True, slots=True)
class Asked(Generic[Key]):
    """What is to be credited of an item; all that is left when neither is given."""

    key: Key
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Credit(Generic[Key]):
    """A line of a credit note; `tax` is contained in `total`."""

    key: Key
    quantity: Decimal | None
    total: Decimal
    tax: Decimal


def credit_lines(items: Sequence[Creditable[Key]], asked: Iterable[Asked[Key]] | None = None) -> list[Credit[Key]]:
    """The lines of a credit note; of everything that is left when nothing is asked for.

    CreditRefused points at what cannot be asked, OverCredit at what is more than is left.

    >>> visit = Creditable("visit", Decimal(3), Share(Decimal("100.00"), Decimal("0.00")))
    >>> [line.total for line in credit_lines([visit], [Asked("visit", quantity=Decimal(1))])]
    [Decimal('33.33')]
    >>> credit_lines([visit], [Asked("visit", amount=Decimal("100.01"))])
    Traceback (most recent call last):
    billing.rules.settlement.OverCredit: 100.01 is more than can be credited of this item: 100.00 is left.
    """
    if asked is None:
        wanted = [Asked(item.key) for item in items if item.left > 0]
    else:
        wanted = list(asked)
        _check_asked(wanted, {item.key for item in items})
    by_key = {item.key: item for item in items}
    lines = [_line(by_key[each.key], each, index) for index, each in enumerate(wanted)]
    if not sum((line.total for line in lines), ZERO):
        raise OverCredit("Nothing is left to credit.", room=sum((item.left for item in items), ZERO))
    return lines


def _line(item: Creditable[Key], asked: Asked[Key], index: int) -> Credit[Key]:
    quantity, amount = asked.quantity, asked.amount
    if quantity is not None and item.credited_quantity + quantity > item.quantity:
        left = item.quantity - item.credited_quantity
        detail = f"{quantity} is more than can be credited of this item: a quantity of {left} is left."
        raise OverCredit.at(f"/items/{index}/quantity", detail, room=item.left)
    if amount is None:
        amount = item.left if quantity is None else item.worth(quantity)
    if amount > item.left:
        field = "amount" if quantity is None else "quantity"
        detail = f"{amount} is more than can be credited of this item: {item.left} is left."
        raise OverCredit.at(f"/items/{index}/{field}", detail, room=item.left)
    return Credit(item.key, quantity, amount, item.tax_in(amount))


def _check_asked(asked: Sequence[Asked[Key]], known: set[Key]) -> None:
    errors = []
    seen: set[Key] = set()
    for index, each in enumerate(asked):
        if each.key not in known:
            errors.append(FieldError(f"/items/{index}/id", "unknown_id", f"{each.key} is no item of this invoice."))
        elif each.key in seen:
            errors.append(FieldError(f"/items/{index}/id", "repeated_id", f"{each.key} stands here twice."))
        if each.quantity is not None and each.amount is not None:
            detail = "Name an amount or a quantity, not both."
            errors.append(FieldError(f"/items/{index}", "ambiguous", detail))
        for name, value in (("quantity", each.quantity), ("amount", each.amount)):
            if value is not None and value <= 0:
                errors.append(FieldError(f"/items/{index}/{name}", "not_positive", f"The {name} must be above zero."))
        seen.add(each.key)
    if errors:
        raise CreditRefused(errors[0].detail, errors=errors)
