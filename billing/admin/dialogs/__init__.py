"""Action dialogs on invoices and payments, each with a preview of its effect and one call into billing.operations.

`invoice_actions(request, invoice)` returns the buttons of an invoice's page, drawn by
`admin/billing/dialogs/action_buttons.html`.
"""

from billing.admin.dialogs import views
from billing.admin.dialogs.action_links import ActionLink, invoice_actions, payment_actions, supervisor_actions
