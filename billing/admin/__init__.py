"""The books as the back office sees them: the price list and the tags to keep, everything else to read."""

from billing.admin import catalogue, invoice, ledger

__all__ = ["catalogue", "invoice", "ledger"]
