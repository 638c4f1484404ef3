"""The tables of billing. The operations change them (billing/operations)."""

from billing.models.adjustment import CreditNote, CreditNoteLine, WriteOff
from billing.models.catalogue import Service, Tag
from billing.models.checked_invoice import CheckedInvoice
from billing.models.closing import BooksClosing, PeriodClosed
from billing.models.invoice.events import InvoiceEvent
from billing.models.invoice.items import InvoiceItem
from billing.models.invoice.model import Invoice
from billing.models.numbering import NumberSeries
from billing.models.payment import Payment, PaymentAllocation, Refund
