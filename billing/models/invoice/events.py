"""Audit events of invoices."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.choices import EventKind, InvoiceStatus
from billing.models.ledger import LedgerRow
from billing.rules.limits import REASON_LENGTH, STATUS_LENGTH
from clinic.i18n.display import format_datetime


class InvoiceEvent(LedgerRow):
    """One change of one invoice. `version` is the invoice's version, `status` its status, after the change.

    The database refuses a new status without the event that tells of it.
    """

    moves_money = False

    invoice = models.ForeignKey(
        "billing.Invoice",
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,  # invoice_event_by_version begins with it
    )
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=STATUS_LENGTH, choices=InvoiceStatus.choices)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    changes: "models.JSONField[Any, dict[str, Any]]" = models.JSONField(
        default=dict, blank=True, help_text="Field: [from, to]."
    )

    objects: ClassVar[models.Manager["InvoiceEvent"]]

    class Meta:
        verbose_name = _("invoice event")
        verbose_name_plural = _("invoice events")
        ordering = ["created_at", "version", "pk"]
        indexes = [models.Index(fields=["invoice", "version"], name="invoice_event_by_version")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {format_datetime(self.created_at)}"
