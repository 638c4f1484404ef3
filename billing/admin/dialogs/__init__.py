"""Action dialogs on invoices and payments, each with a preview of its effect and one call into billing.operations.

`verbs_for(request, invoice)` returns the buttons of an invoice's page, drawn by
`admin/billing/dialogs/action_buttons.html`.
"""

from billing.admin.dialogs import views
from billing.admin.dialogs.action_links import VerbLink, payment_verbs_for, verbs_for
from billing.admin.dialogs.base import changes_since

__all__ = ["VerbLink", "changes_since", "payment_verbs_for", "verbs_for", "views"]
