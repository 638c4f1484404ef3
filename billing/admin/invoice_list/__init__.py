"""The list of invoices: queues, filters, totals, export and bulk actions.

URLs for other pages: `list_urls.invoice_list_url(queue="overdue")`, also by `age`, `tag` and `patient`.
"""

from billing.admin.invoice_list import bulk_views, queue_counts
