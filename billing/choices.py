"""Coded values of the books (statuses, methods, kinds of events and documents) with their labels."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class InvoiceStatus(TextChoices):
    """The six statuses of the contract. `overdue` is computed from the due date and never stored."""

    DRAFT = "DRAFT", _("Draft")
    ISSUED = "ISSUED", _("Issued")
    PARTIALY_PAID = "PARTIALY_PAID", _("Partially paid")  # sic, as in the contract
    PAID = "PAID", _("Paid")
    VOID = "VOID", _("Void")
    WRITTEN_OFF = "WRITTEN_OFF", _("Written off")


OPEN_STATUSES = (InvoiceStatus.ISSUED, InvoiceStatus.PARTIALY_PAID)
"""Issued, and something remains to be paid."""

UNBILLED_STATUSES = (InvoiceStatus.DRAFT, InvoiceStatus.VOID)
"""Not counted as turnover."""


class PaymentMethod(TextChoices):
    """The method of a payment or refund; `unspecified` if only the amount paid was asserted."""

    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    TRANSFER = "transfer", _("Bank transfer")
    CHEQUE = "cheque", _("Cheque")
    INSURANCE = "insurance", _("Insurance")
    OTHER = "other", _("Other")
    UNSPECIFIED = "unspecified", _("Unspecified")


class EventKind(TextChoices):
    """The kind of a change in the history of an invoice."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    ISSUED = "issued", _("Issued")
    VOIDED = "voided", _("Voided")
    PAID = "paid", _("Payment taken")
    REFUNDED = "refunded", _("Refunded")
    REVERSED = "reversed", _("Payment reversed")
    ALLOCATED = "allocated", _("Credit allocated")
    WRITTEN_OFF = "written_off", _("Written off")
    REINSTATED = "reinstated", _("Reinstated")
    CREDIT_NOTE = "credit_note", _("Credit note")
    CORRECTED = "corrected", _("Corrected")
    TAGGED = "tagged", _("Tags changed")


class NumberedDocument(TextChoices):
    """A kind of document with register numbers; the value is the prefix of the numbers."""

    INVOICE = "INV", _("Invoice")
    CREDIT_NOTE = "CN", _("Credit note")
    RECEIPT = "REC", _("Receipt")
