"""Allocate one payment over several invoices, oldest due first: a tie by issue day, then by number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from billing.rules.register_numbers import number_order

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class OpenInvoice(Generic[Key]):
    """An invoice with an amount due."""

    key: Key
    due: date
    issued: date
    number: str
    remaining: Decimal

    @property
    def order(self) -> Any:
        """The key that sorts invoices oldest due first."""
        return self.due, self.issued, number_order(self.number)


def allocate_oldest_first(
    amount: Decimal, open_invoices: Iterable[OpenInvoice[Key]]
) -> tuple[list[tuple[Key, Decimal]], Decimal]:
    """Return the amount for each invoice, oldest due first, and the unallocated rest.

    >>> allocate_oldest_first(Decimal("100.00"), [
    ...     OpenInvoice("March", date(2026, 3, 1), date(2026, 1, 1), "INV-2026-000001", Decimal("80.00")),
    ...     OpenInvoice("January", date(2026, 1, 31), date(2026, 1, 1), "INV-2026-000002", Decimal("50.00")),
    ... ])
    ([('January', Decimal('50.00')), ('March', Decimal('50.00'))], Decimal('0.00'))
    """
    allocations: list[tuple[Key, Decimal]] = []
    rest = amount
    for invoice in sorted(open_invoices, key=lambda each: each.order):
        part = min(invoice.remaining, rest)
        if part > 0:
            allocations.append((invoice.key, part))
            rest -= part
    return allocations, rest
