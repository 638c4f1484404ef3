"""Read-only page of an issued invoice: document, balance, ledger, history, print view."""
