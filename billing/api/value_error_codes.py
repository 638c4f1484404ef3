"""Error codes of single values of invoices, payments and tags, beside those that any value can have."""

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "line_below_zero": "The discounts of an item are higher than its amount.",
    "discount_above_subtotal": "The discounts of the invoice are higher than its subtotal.",
    "amount_too_large": "A computed amount is higher than the maximum.",
    "unknown_item": "No item of this invoice has this id.",
    "repeated_item": "The item is listed twice.",
    "below_a_cent": "The quantity is worth less than a cent.",
    "tendered_without_cash": "Only a cash payment can have `tendered`.",
    "tendered_too_little": "The amount tendered does not cover the payment.",
    "in_the_future": "The date is in the future.",
    "unknown_patient": "There is no patient with this id.",
    "unknown_appointment": "There is no appointment with this id.",
    "unknown_service": "There is no service with this id.",
    "comma": "A tag must not contain a comma.",
}
