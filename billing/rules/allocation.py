"""Allocate one payment over several invoices, oldest due first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class OpenInvoice(Generic[Key]):
    """An invoice with an amount due."""

    key: Key
    due: date
    remaining: Decimal


def allocate_oldest_first(
    amount: Decimal, open_invoices: Iterable[OpenInvoice[Key]]
) -> tuple[list[tuple[Key, Decimal]], Decimal]:
    """Return the amount for each invoice, oldest due first (a tie in the given order), and the unallocated rest.

    >>> allocate_oldest_first(Decimal("100.00"), [
    ...     OpenInvoice("March", date(2026, 3, 1), Decimal("80.00")),
    ...     OpenInvoice("January", date(2026, 1, 1), Decimal("50.00")),
    ... ])
    ([('January', Decimal('50.00')), ('March', Decimal('50.00'))], Decimal('0.00'))
    """
    allocations: list[tuple[Key, Decimal]] = []
    rest = amount
    for invoice in sorted(open_invoices, key=lambda each: each.due):
        part = min(invoice.remaining, rest)
        if part > 0:
            allocations.append((invoice.key, part))
            rest -= part
    return allocations, rest
