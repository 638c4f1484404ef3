"""Error codes of single values of invoices, payments and tags, beside those that any value can have."""

from collections.abc import Mapping

from billing.operations.item_input import MAX_ITEMS

CODES: Mapping[str, str] = {
    "line_below_zero": "The discounts of an item are larger than the item.",
    "discount_above_subtotal": "The discounts of the invoice are larger than its subtotal.",
    "amount_too_large": "A computed amount is larger than the books take.",
    "too_many_items": f"An invoice has at most {MAX_ITEMS} items.",
    "unknown_item": "No item of this invoice has this id.",
    "repeated_item": "The item's id stands twice.",
    "below_a_cent": "The quantity is worth less than a cent.",
    "tendered_without_cash": "Only cash is handed over: `tendered` belongs to the method cash.",
    "tendered_too_little": "What was handed over does not cover the amount.",
    "in_the_future": "The day has not come yet.",
    "unknown_patient": "There is no patient with this id.",
    "unknown_appointment": "There is no appointment with this id.",
    "unknown_service": "There is no service with this id.",
    "comma": "A tag holds no comma.",
}
