"""The admin pages of billing: invoices, drafts, dialogs of actions, payments, the dashboard and the check of the books.

Entry points: the pages registered here; other apps link to them by URL name. Imports clinic.admin (never the theme),
and makes one call into billing.operations for each change.
"""

from billing.admin import (
    appointment_panel,
    books_check_page,
    closing_and_numbering_admin,
    dashboard,
    dialogs,
    error_messages,
    global_search,
    invoice_admin,
    keyboard_shortcuts,
    ledger_admin,
    patient_account_panel,
    printed_documents,
    receipt_page,
    services_and_tags_admin,
    sidebar,
    statement_page,
    take_payment_page,
)
