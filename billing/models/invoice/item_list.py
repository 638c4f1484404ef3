"""ItemList: a draft's new list of items, compared with the stored one and stored in few statements."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from billing.models.invoice.items import EDITABLE_FIELDS, InvoiceItem
from clinic.db.bulk import bulk_insert, bulk_update

if TYPE_CHECKING:
    from billing.models.invoice.model import Invoice


class _StoredItem(NamedTuple):
    position: int
    values: dict[str, Any]
    line_total: Decimal


class ItemList(list[InvoiceItem]):
    """A draft's items in their new order, not yet stored, with the stored items that they replace."""

    def __init__(self, items: Sequence[InvoiceItem], replaced: Sequence[InvoiceItem] = ()) -> None:
        """`replaced`: the stored items, as they were read (not the objects that were changed since)."""
        super().__init__(items)
        self._stored = {
            item.pk: _StoredItem(item.position, item.editable_values(), item.line_total) for item in replaced
        }
        for position, item in enumerate(self, start=1):
            item.position = position

    @classmethod
    def stored(cls, items: Sequence[InvoiceItem]) -> Self:
        """The stored items, unchanged."""
        return cls(items, items)

    @property
    def added(self) -> list[InvoiceItem]:
        """Items that are new."""
        return [item for item in self if item.pk not in self._stored]

    @property
    def changed(self) -> list[InvoiceItem]:
        """Kept items whose values, position or line total differ from what is stored."""
        kept = [item for item in self if item.pk in self._stored]
        return [
            item for item in kept if self._stored[item.pk] != (item.position, item.editable_values(), item.line_total)
        ]

    @property
    def removed(self) -> list[Any]:
        """The ids of stored items that are not in the list any more."""
        return list(self._stored.keys() - {item.pk for item in self})

    @property
    def is_changed(self) -> bool:
        """True when a value that a client can write differs from what is stored, or the order; not for positions."""
        before = [(key, stored.values) for key, stored in self._stored.items()]
        return [(item.pk, item.editable_values()) for item in self] != before

    @property
    def is_stored(self) -> bool:
        """True when `store` has nothing to write."""
        return not (self.removed or self.added or self.changed)

    def store(self, invoice: "Invoice") -> None:
        """Write what differs, in three statements at most, whatever the number of items."""
        if removed := self.removed:
            InvoiceItem.objects.filter(pk__in=removed).delete()
        bulk_update(self.changed, ["position", *EDITABLE_FIELDS, "line_total"])
        added = self.added
        for item in added:
            item.invoice = invoice
        bulk_insert(added)
