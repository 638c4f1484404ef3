"""Addresses of the list of invoices, narrowed down, for the pages that lead there."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.admin.invoice_list.filters import AGE, TAG
from billing.models import Invoice, Payment
from billing.reports.queues import QUEUES
from clinic.admin import list_url
from clinic.admin.lists import QUEUE

CREDIT = "credit"  # the one queue whose rows are payments


def list_of(*, queue: str = "", age: str = "", tag: str = "", patient: UUID | None = None) -> str:
    """The list of invoices of a queue, an ageing bucket (its key), a tag and a patient's account."""
    named = {QUEUE: queue, AGE: age, TAG: tag, "patient__id__exact": patient}
    query = urlencode({name: value for name, value in named.items() if value})
    return list_url(Payment if queue == CREDIT else Invoice, query)


def queue_tabs(here: str = "") -> list[dict[str, Any]]:
    """All invoices, then each queue, as places to go to; `is_here` marks the one that is shown."""
    labels = {"": _("All invoices"), **{key: queue.label for key, queue in QUEUES.items()}}
    return [
        {"key": key, "label": label, "link": list_of(queue=key), "is_here": key == here}
        for key, label in labels.items()
    ]
