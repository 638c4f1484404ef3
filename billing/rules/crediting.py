"""Lines of a credit note: by amount, by quantity, or all that is left of an item."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from billing.rules.money import ZERO, not_positive, round_to_cents
from billing.rules.settlement import OverCredit
from billing.rules.totals import Share
from clinic.domain.errors import FieldError, InvalidValue

Key = TypeVar("Key")


class InvalidCredit(InvalidValue):
    """The credit note lists an item that is not on the invoice, or one twice, or a quantity worth less than a cent."""

    code = "invalid_credit"


@dataclass(frozen=True, slots=True)
class CreditableItem(Generic[Key]):
    """A billed item and the part of it that is credited already. Amounts include tax."""

    key: Key
    quantity: Decimal
    share: Share
    credited: Decimal = ZERO
    credited_quantity: Decimal = ZERO

    @property
    def remaining(self) -> Decimal:
        """Return the amount that can still be credited."""
        return self.share.total - self.credited

    def amount_for(self, quantity: Decimal) -> Decimal:
        """Return the amount that the next `quantity` was billed at; the last part takes what rounding left."""
        return self._amount_up_to(self.credited_quantity + quantity) - self._amount_up_to(self.credited_quantity)

    def tax_in(self, amount: Decimal) -> Decimal:
        """Return the tax contained in the next `amount` to be credited; the parts add up to the item's tax."""
        if not self.share.total:
            return ZERO
        after, before = (self.share.tax * sum_ / self.share.total for sum_ in (self.credited + amount, self.credited))
        return round_to_cents(after) - round_to_cents(before)

    def _amount_up_to(self, quantity: Decimal) -> Decimal:
        return round_to_cents(self.share.total * quantity / self.quantity)


@dataclass(frozen=True, slots=True)
class CreditRequest(Generic[Key]):
    """An item to credit, by quantity or by amount; by neither: all that is left of it."""

    key: Key
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CreditLine(Generic[Key]):
    """A line of a credit note; `tax` is contained in `total`."""

    key: Key
    quantity: Decimal | None
    total: Decimal
    tax: Decimal


def credit_note_lines(
    items: Sequence[CreditableItem[Key]], requests: Iterable[CreditRequest[Key]] | None = None
) -> list[CreditLine[Key]]:
    """Return the lines of a credit note; without requests, lines for all that is left of every item.

    Raises InvalidCredit, with a pointer to each invalid request, or OverCredit for more than is left.

    >>> visit = CreditableItem("visit", Decimal(3), Share(Decimal("100.00"), Decimal("0.00")))
    >>> [line.total for line in credit_note_lines([visit], [CreditRequest("visit", quantity=Decimal(1))])]
    [Decimal('33.33')]
    >>> credit_note_lines([visit], [CreditRequest("visit", amount=Decimal("100.01"))])
    Traceback (most recent call last):
    billing.rules.settlement.OverCredit: 100.01 is more than can be credited of this item; 100.00 remains.
    """
    if requests is None:
        requests = [CreditRequest(item.key) for item in items if item.remaining > 0]
    else:
        requests = list(requests)
        if errors := list(request_errors(enumerate(requests), {item.key for item in items})):
            raise InvalidCredit(errors[0].detail, errors=errors)
    by_key = {item.key: item for item in items}
    lines = [_line(by_key[request.key], request, index) for index, request in enumerate(requests)]
    _check_worth({index: by_key[line.key] for index, line in enumerate(lines) if not line.total})
    if not any(line.total for line in lines):
        raise OverCredit("Nothing is left to credit.", room=ZERO)
    return lines


def _check_worth(items: Mapping[int, CreditableItem[Key]]) -> None:
    """Raise InvalidCredit if something is left of an item, by its index, of which a line credits nothing."""
    worthless = {index: item.remaining for index, item in items.items() if item.remaining > 0}
    errors = [
        FieldError(
            f"/items/{index}/quantity",
            "below_a_cent",
            "This quantity is worth less than a cent. Give a larger one, or an amount. "
            f"{remaining} can still be credited.",
        )
        for index, remaining in worthless.items()
    ]
    if errors:
        raise InvalidCredit(errors[0].detail, errors=errors, code="below_a_cent", room=sum(worthless.values(), ZERO))


def _line(item: CreditableItem[Key], request: CreditRequest[Key], index: int) -> CreditLine[Key]:
    quantity, amount = request.quantity, request.amount
    if quantity is not None and item.credited_quantity + quantity > item.quantity:
        left = item.quantity - item.credited_quantity
        detail = f"{quantity} is more than can be credited of this item; a quantity of {left} remains."
        raise OverCredit.at(f"/items/{index}/quantity", detail, room=item.remaining)
    if amount is None:
        amount = item.remaining if quantity is None else item.amount_for(quantity)
    if amount > item.remaining:
        field = "amount" if quantity is None else "quantity"
        detail = f"{amount} is more than can be credited of this item; {item.remaining} remains."
        raise OverCredit.at(f"/items/{index}/{field}", detail, room=item.remaining)
    return CreditLine(item.key, quantity, amount, item.tax_in(amount))


def request_errors(requests: Iterable[tuple[int, CreditRequest[Key]]], known: Collection[Key]) -> Iterator[FieldError]:
    """Yield what is wrong with requests, given with their indexes, if `known` are the items of the invoice."""
    seen: set[Key] = set()
    for index, request in requests:
        if request.key not in known:
            yield FieldError(f"/items/{index}/id", "unknown_id", f"{request.key} is not an item of the invoice.")
        elif request.key in seen:
            yield FieldError(f"/items/{index}/id", "repeated_id", f"{request.key} is listed twice.")
        if request.quantity is not None and request.amount is not None:
            yield FieldError(f"/items/{index}", "ambiguous", "Give an amount or a quantity, not both.")
        for name, value in (("quantity", request.quantity), ("amount", request.amount)):
            if value is not None and value <= 0:
                yield not_positive(f"/items/{index}/{name}", name)
        seen.add(request.key)
