"""The statement of an account: its documents and its money in order, with what is owed after each.

Invoices stand on their issue day, as far as they are not void (a void invoice never counted), payments on the day on
which they were received, everything else on the day on which it was entered. What is allocated to which invoice does
not matter here: the balance is what is owed less what the clinic holds, as credit or as a deposit on a draft.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Self
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from billing.models import CreditNote, Invoice, Payment, Refund, WriteOff
from billing.rules.money import ZERO
from clinic.domain.dates import day_of, start_of
from patients.models import Patient


class EntryKind(TextChoices):
    """What moved the balance; of one moment they stand in this order."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    PAYMENT = "payment", _("Payment")
    REVERSAL = "reversal", _("Payment reversed")
    REFUND = "refund", _("Refund")
    WRITE_OFF = "write_off", _("Write-off")
    REINSTATED = "reinstated", _("Claimed again")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `amount` is what it adds to the balance; `balance` is owed after it, below zero: held for the patient.

    `number` is the document's or receipt's, "" where it has none; `id` and `invoice_id` are for a link.
    """

    at: datetime
    kind: EntryKind
    number: str
    amount: Decimal
    balance: Decimal
    id: UUID
    invoice_id: UUID | None

    @property
    def day(self) -> date:
        """The clinic's day."""
        return day_of(self.at)


@dataclass(frozen=True, slots=True)
class Statement:
    """What was owed before `first`, what moved it from then to `last`, and what was owed at the end of `last`."""

    first: date
    last: date
    opening: Decimal
    entries: tuple[Entry, ...]
    closing: Decimal


class _Movement(NamedTuple):
    """An entry before its balance is known; as a tuple it sorts as the entries stand."""

    at: datetime
    rank: int
    number: str
    id: UUID
    kind: EntryKind
    amount: Decimal
    invoice_id: UUID | None

    @classmethod
    def of(
        cls,
        kind: EntryKind,
        row: Invoice | CreditNote | Payment | Refund | WriteOff,
        at: datetime,
        amount: Decimal,
        number: str = "",
    ) -> Self:
        """What a row does to the balance."""
        invoice_id = row.pk if isinstance(row, Invoice) else getattr(row, "invoice_id", None)
        return cls(at, list(EntryKind).index(kind), number, row.pk, kind, amount, invoice_id)


def statement(patient: Patient, *, first: date, last: date) -> Statement:
    """The statement of the patient's account between two days of the clinic, both included; six statements of SQL.

    Credit notes, refunds and write-offs of a void invoice do not exist; its payments do, and went to credit.
    """
    people = Patient.objects.account_of(patient.pk)
    begin, end = start_of(first), start_of(last + timedelta(days=1))
    movements = sorted(movement for movement in _movements(people) if movement.at < end)
    opening = sum((movement.amount for movement in movements if movement.at < begin), ZERO)
    entries: list[Entry] = []
    balance = opening
    for at, _rank, number, key, kind, amount, invoice_id in movements:
        if at >= begin:
            balance += amount
            entries.append(Entry(at, kind, number, amount, balance, key, invoice_id))
    return Statement(first, last, opening, tuple(entries), balance)


def _movements(people: list[UUID]) -> Iterator[_Movement]:
    """Everything that ever moved the balance of these patients."""
    kind = EntryKind
    for invoice in Invoice.objects.billed().filter(patient__in=people).only("issue_date", "reg_number", "total_amount"):
        assert invoice.issue_date is not None  # it was issued
        yield _Movement.of(kind.INVOICE, invoice, invoice.issue_date, invoice.total_amount, invoice.reg_number)
    for note in CreditNote.objects.filter(invoice__patient__in=people):
        yield _Movement.of(kind.CREDIT_NOTE, note, note.created_at, -note.total_amount, note.number)
    for payment in Payment.objects.filter(patient__in=people):
        came = kind.PAYMENT if payment.reverses_id is None else kind.REVERSAL
        yield _Movement.of(came, payment, payment.received_at, -payment.amount, payment.receipt_number)
    for refund in Refund.objects.filter(patient__in=people):
        yield _Movement.of(kind.REFUND, refund, refund.created_at, refund.amount)
    for write_off in WriteOff.objects.filter(invoice__patient__in=people):
        given_up = kind.WRITE_OFF if write_off.reverses_id is None else kind.REINSTATED
        yield _Movement.of(given_up, write_off, write_off.created_at, -write_off.amount)
