"""The receipt of a payment: a record of the moment at which it was recorded, and what happened to the money since.

The figures of that moment come from the events and the names from the payment, which are never changed, so a receipt
always prints the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from billing.choices import EventKind, InvoiceStatus
from billing.models import Invoice, InvoiceEvent, Payment, PaymentAllocation
from billing.models.invoice.model import LEDGER_SUMS
from billing.rules.money import ZERO
from billing.rules.register_numbers import number_order
from billing.rules.settlement import amount_due


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """The part of the payment that one invoice took, and the invoice's status and amount due after it.

    On a draft it is a deposit: nothing was due yet, and the draft had no number that lasts.
    """

    invoice: Invoice
    amount: Decimal
    status: InvoiceStatus
    remaining: Decimal

    @property
    def is_deposit(self) -> bool:
        return self.status == InvoiceStatus.DRAFT


@dataclass(frozen=True, slots=True)
class Movement:
    """A later change of a part of the money. `amount` was put on the invoice, or, negative, taken off it or paid out.

    `number` is that of the credit note that caused it; `invoice` is None where credit was refunded.
    """

    at: datetime
    kind: EventKind
    amount: Decimal
    invoice: Invoice | None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The lines and `credit`, the part that no invoice took, add up to the amount of the payment.

    `payer`: who was billed for all of the invoices that it paid, or else the patient. `later` is in order of time.
    """

    payment: Payment
    payer: str
    patient: str
    record_number: str
    clinic: str
    author: str
    lines: tuple[ReceiptLine, ...]
    credit: Decimal
    reversal: Payment | None
    later: tuple[Movement, ...]

    @classmethod
    def of(cls, payment: Payment) -> Self:
        """Return the receipt of a payment; three queries."""
        rows = payment.allocations.select_related("invoice", "credit_note", "refund").order_by("created_at", "pk")
        first: list[PaymentAllocation] = []
        later: list[PaymentAllocation] = []
        for row in rows:
            is_first = row.invoice and row.amount > 0 and row.created_at == payment.created_at
            (first if is_first else later).append(row)
        invoices = {row.invoice.pk: row.invoice for row in first if row.invoice}
        lines = sorted(
            _lines(payment, invoices), key=lambda line: (line.is_deposit, number_order(line.invoice.reg_number))
        )
        stored = payment.particulars
        return cls(
            payment=payment,
            payer=stored["payer"]["name"],
            patient=stored["patient"]["name"],
            record_number=stored["patient"]["record_number"],
            clinic=stored["clinic"]["name"],
            author=stored["author"],
            lines=tuple(lines),
            credit=payment.amount - sum((line.amount for line in lines), ZERO),
            reversal=Payment.objects.filter(reverses=payment).first(),
            later=tuple(_movements(later)),
        )


def _lines(payment: Payment, invoices: dict[UUID, Invoice]) -> Iterator[ReceiptLine]:
    events: dict[UUID, list[InvoiceEvent]] = {key: [] for key in invoices}
    for event in InvoiceEvent.objects.filter(invoice__in=invoices).order_by("version", "created_at", "pk"):
        events[event.invoice_id].append(event)
    for key, invoice in invoices.items():
        yield _line(payment, invoice, events[key])


def _line(payment: Payment, invoice: Invoice, events: Iterable[InvoiceEvent]) -> ReceiptLine:
    """Return the line of an invoice from its events: as it was after the payment, or issued if one request did both."""
    sums, status, amount = dict.fromkeys(LEDGER_SUMS, ZERO), InvoiceStatus.DRAFT, ZERO
    for event in events:
        if amount and not (event.kind == EventKind.ISSUED and event.created_at == payment.created_at):
            break
        sums |= {name: Decimal(event.changes[name][1]) for name in LEDGER_SUMS if name in event.changes}
        status = InvoiceStatus(event.status)
        if _is_cause(payment, event):
            before, after = event.changes["paid_amount"]
            amount += Decimal(after) - Decimal(before)
    paid, credited, written_off = sums.values()
    return ReceiptLine(invoice, amount, status, amount_due(invoice.total_amount, paid, credited, written_off))


def _is_cause(payment: Payment, event: InvoiceEvent) -> bool:
    """Return True if the event says that the payment was recorded."""
    cause: Any = event.changes.get("payment_id")
    return event.kind == EventKind.PAID and cause == [None, str(payment.pk)]


def _movements(rows: Iterable[PaymentAllocation]) -> Iterator[Movement]:
    for row in rows:
        if row.reversal_id:
            continue  # the receipt says once that the payment was reversed
        if row.invoice is None:
            if row.refund and row.refund.invoice_id is None:  # else the row that took it off the invoice is there
                yield Movement(row.created_at, EventKind.REFUNDED, -row.amount, None)
        elif row.credit_note:
            yield Movement(row.created_at, EventKind.CREDIT_NOTE, row.amount, row.invoice, row.credit_note.number)
        elif row.refund:
            yield Movement(row.created_at, EventKind.REFUNDED, row.amount, row.invoice)
        else:
            kind = EventKind.ALLOCATED if row.amount > 0 else EventKind.VOIDED
            yield Movement(row.created_at, kind, row.amount, row.invoice)
