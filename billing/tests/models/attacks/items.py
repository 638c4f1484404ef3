"""Attacks on the items of invoices."""

from billing.tests.models.attacks.attack import Attack
from billing.tests.models.attacks.statements import copy

ITEMS = "the items of an issued invoice never change"

ITEM_ATTACKS = [
    Attack(
        "add an item to an issued invoice",
        (copy("billing_invoiceitem", "{issued_item}"),),
        "items are added to drafts only",
    ),
    *(
        Attack(
            f"change {column} of an issued item",
            (f"UPDATE billing_invoiceitem SET {column} = {value} WHERE id = '{{issued_item}}'",),
            ITEMS,
        )
        for column, value in {
            "unit_price": "1",
            "quantity": "2000",
            "line_total": "1",
            "tax_rate": "190000",
            "description": "'Nothing'",
            "position": "9",
            "code": "'X'",
        }.items()
    ),
    Attack("delete an issued item", ("DELETE FROM billing_invoiceitem WHERE id = '{issued_item}'",), ITEMS),
    Attack(
        "move an item from a draft to an issued invoice",
        ("UPDATE billing_invoiceitem SET invoice_id = '{issued}' WHERE id = '{draft_item}'",),
        ITEMS,
    ),
    Attack(
        "move an item from an issued invoice to a draft",
        ("UPDATE billing_invoiceitem SET invoice_id = '{draft}' WHERE id = '{issued_item}'",),
        ITEMS,
    ),
    Attack(
        "change the id of an item",
        ("UPDATE billing_invoiceitem SET id = '{new}' WHERE id = '{draft_item}'",),
        "the id of an item never changes",
    ),
    Attack(
        "sell a negative quantity",
        ("UPDATE billing_invoiceitem SET quantity = -1000 WHERE id = '{draft_item}'",),
        "item_quantity_bounds",
    ),
]
