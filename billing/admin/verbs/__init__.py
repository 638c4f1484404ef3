"""What the desk does to an invoice or a payment: each verb a dialog that says beforehand what will happen.

`verbs_for(request, invoice)` are the buttons of an invoice's page, drawn by `admin/billing/verbs/buttons.html`.
"""

from billing.admin.verbs import pages
from billing.admin.verbs.base import changes_since
from billing.admin.verbs.links import VerbLink, payment_verbs_for, verbs_for

__all__ = ["VerbLink", "changes_since", "pages", "payment_verbs_for", "verbs_for"]
