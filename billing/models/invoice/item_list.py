"""How a list of items replaces another: matched by id, compared by content, stored in few statements."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

from billing.models.invoice.items import CONTENT, InvoiceItem
from clinic.db.compiled import insert_all, make, update_all
from clinic.domain.errors import FieldError, InvalidValue

if TYPE_CHECKING:
    from billing.models.invoice.model import Invoice

MAX_ITEMS = settings.MAX_INVOICE_ITEMS
FROM_SERVICE = ("code", "description", "unit_price", "tax_rate")
Given = Mapping[str, Any]


class ItemsRefused(InvalidValue):
    """Items that name no item of this invoice, or lack what no service brings."""

    code = "invalid_items"


class _Stored(NamedTuple):
    """An item as it was read."""

    position: int
    content: dict[str, Any]
    line_total: Decimal


class ItemList(list[InvoiceItem]):
    """A draft's items in their new order, not yet stored, with what becomes of the old ones."""

    def __init__(self, items: Sequence[InvoiceItem], before: Sequence[InvoiceItem] = ()) -> None:
        """`before`: the stored items, as they were read (not the objects that were changed since)."""
        super().__init__(items)
        self._before = {item.pk: _Stored(item.position, item.content(), item.line_total) for item in before}
        for position, item in enumerate(self, start=1):
            item.position = position

    @property
    def added(self) -> list[InvoiceItem]:
        """Items that are new."""
        return [item for item in self if item.pk not in self._before]

    @property
    def moved(self) -> list[InvoiceItem]:
        """Kept items whose content, position or line total differs from what is stored."""
        kept = [item for item in self if item.pk in self._before]
        return [item for item in kept if self._before[item.pk] != (item.position, item.content(), item.line_total)]

    @property
    def removed(self) -> list[Any]:
        """The ids of items that are not among these any more."""
        return list(self._before.keys() - {item.pk for item in self})

    @property
    def is_changed(self) -> bool:
        """Whether anything that a client can write differs from before; a gap in the positions does not count."""
        before = [(key, stored.content) for key, stored in self._before.items()]
        return [(item.pk, item.content()) for item in self] != before

    @property
    def is_stored(self) -> bool:
        """Whether `store` has nothing to write."""
        return not (self.removed or self.added or self.moved)

    def store(self, invoice: "Invoice") -> None:
        """Write what differs: three statements at most, whatever the number of items."""
        if removed := self.removed:
            InvoiceItem.objects.filter(pk__in=removed).delete()
        update_all(self.moved, ["position", *CONTENT, "line_total"])
        added = self.added
        for item in added:
            item.invoice = invoice
        insert_all(added)


def replace_items(given: Sequence[Given], before: Sequence[InvoiceItem] = ()) -> ItemList:
    """The items that a client sent, in the order sent: by id an old one changed, without id a new one.

    Each mapping holds what was sent: `id`, `service` (a Service or None) and the other names of CONTENT. What a
    matched item is not told keeps its value; what a new one is not told comes from its service. A list without
    ids that says what the stored items say is the stored items. ItemsRefused points at every mistake.
    """
    if len(given) > MAX_ITEMS:
        detail = f"An invoice has at most {MAX_ITEMS} items; {len(given)} were sent."
        raise ItemsRefused.at("/items", detail, code="too_many_items")
    if len(given) == len(before) and all(_says(sent, item) for sent, item in zip(given, before, strict=True)):
        return ItemList(before, before)
    errors: list[FieldError] = []
    stored = {item.pk: item for item in before}
    fresh: dict[Any, InvoiceItem] = {}
    for index, sent in enumerate(given):
        key = sent.get("id")
        if key is not None and (key not in stored or key in fresh):
            code, words = (
                ("repeated_item", "stands here twice")
                if key in fresh
                else ("unknown_item", "is no item of this invoice")
            )
            errors.append(FieldError(f"/items/{index}/id", code, f"{key} {words}."))
            continue
        item = _new(sent) if key is None else stored[key]
        if key is not None and not _says(sent, item):
            item = _changed(item, sent)
        fresh[item.pk] = item
        errors += _missing(item, index)
    if errors:
        raise ItemsRefused(errors[0].detail, errors=errors, code=errors[0].code)
    return ItemList(list(fresh.values()), before)


def _new(sent: Given) -> InvoiceItem:
    service = sent.get("service")
    brought = {name: getattr(service, name) for name in FROM_SERVICE} if service else {}
    return make(InvoiceItem, **brought | {name: sent[name] for name in CONTENT if name in sent})


def _changed(old: InvoiceItem, sent: Given) -> InvoiceItem:
    item = make(InvoiceItem, id=old.pk, invoice_id=old.invoice_id, line_total=old.line_total, **old.content())
    item._state.adding = False
    for name in CONTENT:
        if name in sent:
            setattr(item, name, sent[name])
    return item


def _missing(item: InvoiceItem, index: int) -> list[FieldError]:
    errors = []
    if not item.description.strip():
        errors.append(
            FieldError(f"/items/{index}/description", "required", "An item needs a description or a service.")
        )
    if getattr(item, "unit_price", None) is None:
        errors.append(FieldError(f"/items/{index}/unit_price", "required", "An item needs a unit price or a service."))
    return errors


def _says(sent: Given, item: InvoiceItem) -> bool:
    """Whether what was sent, by the rules of sending, describes the stored item."""
    stored = item.content()
    if sent.get("id") is not None:
        told = {name: sent[name] for name in CONTENT[1:] if name in sent}
        if "service" in sent:
            told["service_id"] = sent["service"] and sent["service"].pk
        return sent["id"] == item.pk and all(stored[name] == value for name, value in told.items())
    meant = _new(sent).content()
    untold = {name for name in FROM_SERVICE if name not in sent} if sent.get("service") else set()
    return all(meant[name] == stored[name] for name in stored if name not in untold)
