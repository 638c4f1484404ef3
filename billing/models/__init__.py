"""The books: every table of billing, and the verbs that write them."""

from billing.models import wire
from billing.models.adjustment import CreditNote, CreditNoteLine, WriteOff
from billing.models.catalogue import Service, Tag
from billing.models.closing import BooksClosing, PeriodClosed
from billing.models.event import InvoiceEvent
from billing.models.invoice import Invoice
from billing.models.item import InvoiceItem
from billing.models.numbering import NumberSeries
from billing.models.payment import Payment, PaymentAllocation, Refund

__all__ = [
    "BooksClosing",
    "CreditNote",
    "CreditNoteLine",
    "Invoice",
    "InvoiceEvent",
    "InvoiceItem",
    "NumberSeries",
    "Payment",
    "PaymentAllocation",
    "PeriodClosed",
    "Refund",
    "Service",
    "Tag",
    "WriteOff",
    "wire",
]
