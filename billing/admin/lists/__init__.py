"""The list of invoices: queues, filters, totals, export, and what is done to many at once.

Addresses for other pages: `links.list_of(queue="overdue")`, `list_of(age="31-60")`, `list_of(patient=...)`.
"""

from billing.admin.lists import bulk_pages, exports, figures

__all__ = ["bulk_pages", "exports", "figures"]
