"""URLs of the invoice list with a filter, for the pages that link to it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_list.filters import AGE, TAG
from billing.models import Invoice, Payment
from billing.reports.queues import QUEUES
from clinic.admin import list_url
from clinic.admin.lists import QUEUE_PARAMETER
from patients.models import Appointment

CREDIT = "credit"  # the queue of payments
NOT_BILLED = "not_billed"  # the queue of appointments; all others are of invoices
BILLED = "billed"  # the filter of appointments by their invoices


def invoice_list_url(*, queue: str = "", age: str = "", tag: str = "", patient: UUID | None = None) -> str:
    """Return the URL of the list, filtered by queue, ageing bucket (its key), tag and patient."""
    if queue == NOT_BILLED:
        return list_url(Appointment, f"{BILLED}=no")
    filters = {QUEUE_PARAMETER: queue, AGE: age, TAG: tag, "patient__id__exact": patient}
    query = urlencode({name: value for name, value in filters.items() if value})
    return list_url(Payment if queue == CREDIT else Invoice, query)


def queue_tabs(current: str = "") -> list[dict[str, Any]]:
    """Return a tab for all invoices and for each queue; `is_current` marks the one that is displayed."""
    labels = {"": _("All invoices"), **{key: queue.label for key, queue in QUEUES.items()}}
    return [
        {"key": key, "label": label, "link": invoice_list_url(queue=key), "is_current": key == current}
        for key, label in labels.items()
    ]
