"""Turn the items of a request into a draft's new list of items: matched by id, filled in from the price list."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from billing.models.invoice.item_list import ItemList
from billing.models.invoice.items import EDITABLE_FIELDS, InvoiceItem
from clinic.domain.errors import FieldError, InvalidValue
from clinic.domain.text import strip

MAX_ITEMS = settings.MAX_INVOICE_ITEMS
FROM_SERVICE = ("code", "description", "unit_price", "tax_rate")

ItemData = Mapping[str, Any]
"""The values sent of one item: `id`, `service` (a Service or None) and the other names of EDITABLE_FIELDS."""


class ItemsRefused(InvalidValue):
    """The items name one that is not on the invoice, or lack a description or a price."""

    code = "invalid_items"


def replace_items(sent: Sequence[ItemData], stored: Sequence[InvoiceItem] = ()) -> ItemList:
    """Return the items sent, in their order: one with an id changes that stored item, one without is new.

    A value that is not sent stays as it is in a matched item, and comes from the service in a new one. A list without
    ids that equals the stored items is the stored items. ItemsRefused points at every mistake.
    """
    if len(sent) > MAX_ITEMS:
        detail = f"An invoice can have at most {MAX_ITEMS} items; {len(sent)} were sent."
        raise ItemsRefused.at("/items", detail, code="too_many")
    if len(sent) == len(stored) and all(_equals(data, item) for data, item in zip(sent, stored, strict=True)):
        return ItemList.stored(stored)
    errors: list[FieldError] = []
    stored_by_id = {item.pk: item for item in stored}
    result: dict[Any, InvoiceItem] = {}
    for index, data in enumerate(sent):
        key = data.get("id")
        if key is not None and (key not in stored_by_id or key in result):
            code, problem = (
                ("repeated_item", "is listed twice")
                if key in result
                else ("unknown_item", "is not an item of this invoice")
            )
            errors.append(FieldError(f"/items/{index}/id", code, f"{key} {problem}."))
            continue
        item = new_item(data) if key is None else stored_by_id[key]
        if key is not None and not _equals(data, item):
            item = _changed_item(item, data)
        result[item.pk] = item
        errors += _missing_values(item, index)
    if errors:
        raise ItemsRefused(errors[0].detail, errors=errors, code=errors[0].code)
    return ItemList(list(result.values()), stored)


def new_item(data: ItemData) -> InvoiceItem:
    service = data.get("service")
    from_service = {name: getattr(service, name) for name in FROM_SERVICE} if service else {}
    return InvoiceItem(**from_service | {name: data[name] for name in EDITABLE_FIELDS if name in data})


def _changed_item(old: InvoiceItem, data: ItemData) -> InvoiceItem:
    values = {"id": old.pk, "invoice_id": old.invoice_id, "line_total": old.line_total, **old.editable_values()}
    item = InvoiceItem(**values)
    item._state.adding = False
    for name in EDITABLE_FIELDS:
        if name in data:
            setattr(item, name, data[name])
    return item


def _missing_values(item: InvoiceItem, index: int) -> list[FieldError]:
    errors = []
    if not strip(item.description):
        errors.append(
            FieldError(f"/items/{index}/description", "required", "An item needs a description or a service.")
        )
    if getattr(item, "unit_price", None) is None:
        errors.append(FieldError(f"/items/{index}/unit_price", "required", "An item needs a unit price or a service."))
    return errors


def _equals(data: ItemData, item: InvoiceItem) -> bool:
    """Return True if the item would be the same after `data` is applied to it."""
    stored = item.editable_values()
    if data.get("id") is not None:
        sent = {name: data[name] for name in EDITABLE_FIELDS[1:] if name in data}
        if "service" in data:
            sent["service_id"] = data["service"] and data["service"].pk
        return data["id"] == item.pk and all(stored[name] == value for name, value in sent.items())
    new = new_item(data).editable_values()
    from_service = {name for name in FROM_SERVICE if name not in data} if data.get("service") else set()
    return all(new[name] == stored[name] for name in stored if name not in from_service)
