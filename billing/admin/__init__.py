"""The admin pages of billing: invoices, drafts, dialogs of actions, payments, the dashboard and the check of the books.

Entry points: the pages registered here; other apps link to them by URL name. Imports clinic.admin (never the theme),
and makes one call into billing.operations for each change.
"""

from billing.admin import (
    books_check_page,
    dashboard,
    dialogs,
    error_messages,
    invoice_admin,
    keyboard_shortcuts,
    ledger_admin,
    patient_account,
    price_list_admin,
    sidebar,
    take_payment_page,
)

__all__ = [
    "books_check_page",
    "dashboard",
    "dialogs",
    "error_messages",
    "invoice_admin",
    "keyboard_shortcuts",
    "ledger_admin",
    "patient_account",
    "price_list_admin",
    "sidebar",
    "take_payment_page",
]
