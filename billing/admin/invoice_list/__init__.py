"""The list of invoices: queues, filters, totals, export and bulk actions.

URLs for other pages: `list_urls.list_of(queue="overdue")`, `list_of(age="31-60")`, `list_of(patient=...)`.
"""

from billing.admin.invoice_list import bulk_views, counts_and_totals, export

__all__ = ["bulk_views", "counts_and_totals", "export"]
