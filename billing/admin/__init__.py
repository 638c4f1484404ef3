"""The books as the back office sees them: the price list and the tags to keep, everything else to read."""

from billing.admin import (
    account,
    books,
    cash_desk,
    catalogue,
    dashboard,
    invoice,
    keys,
    ledger,
    refusals,
    sidebar,
    verbs,
)

__all__ = [
    "account",
    "books",
    "cash_desk",
    "catalogue",
    "dashboard",
    "invoice",
    "keys",
    "ledger",
    "refusals",
    "sidebar",
    "verbs",
]
