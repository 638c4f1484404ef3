"""Attacks that replace a row, as SQLite can; also by a connection whose triggers do not fire for it."""

from billing.tests.models.attacks.attack import SQLITE, Attack
from billing.tests.models.attacks.statements import copy, update

ROW_OF_ISSUED = "(SELECT rowid FROM billing_invoice WHERE id = '{issued}')"
RECURSIVE_OFF = "PRAGMA recursive_triggers=OFF"

REPLACE_ATTACKS = [
    attack
    for off, words in [((), ""), ((RECURSIVE_OFF,), ", by a connection without recursive triggers")]
    for attack in [
        Attack(
            f"replace an issued invoice{words}",
            (
                *off,
                copy(
                    "billing_invoice", "{draft}", "INSERT OR REPLACE", id="'{issued}'", reg_number="'DRAFT-XXXXXXXXXX'"
                ),
            ),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"replace an invoice by its number{words}",
            (*off, copy("billing_invoice", "{issued}", "INSERT OR REPLACE")),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"take the number of an invoice, replacing it{words}",
            (*off, update("draft", reg_number="'{taken_number}'").replace("UPDATE", "UPDATE OR REPLACE")),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"take the row of an invoice, replacing it{words}",
            (
                *off,
                update("draft", rowid=ROW_OF_ISSUED).replace("UPDATE", "UPDATE OR REPLACE"),
            ),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"replace a payment{words}",
            (*off, copy("billing_payment", "{credit}", "REPLACE", id="'{credit}'", amount="1000000")),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"replace the item of an issued invoice{words}",
            (*off, copy("billing_invoiceitem", "{draft_item}", "REPLACE", id="'{issued_item}'")),
            "never replaced",
            SQLITE,
        ),
        Attack(
            f"replace a number counter{words}",
            (*off, "REPLACE INTO billing_numberseries (document, year, last_number) VALUES ('INV', {year}, 0)"),
            "never replaced",
            SQLITE,
        ),
    ]
]
