"""An entry of an account statement or of an invoice's ledger, and the running balance of several."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Model, TextChoices
from django.utils.translation import gettext_lazy as _

from billing.rules.money import ZERO
from billing.rules.register_numbers import number_order
from clinic.domain.dates import local_date


class EntryKind(TextChoices):
    """The kind of an entry. Entries of the same time are in this order."""

    INVOICE = "invoice", _("Invoice")
    ISSUED = "issued", _("Issued")
    PAYMENT = "payment", _("Payment")
    WRITE_OFF = "write_off", _("Write-off")
    CREDIT_NOTE = "credit_note", _("Credit note")
    REINSTATED = "reinstated", _("Write-off reversed")
    RELEASE = "release", _("Kept as credit")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Payment reversed")
    VOID = "void", _("Void")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """An entry. `amount` is added to the debt; `balance` is owed after it, below zero: held for the patient.

    `number` is that of the document or receipt, "" where there is none; `record` is the row to link to.
    """

    at: datetime
    kind: EntryKind
    amount: Decimal
    record: Model | None = None
    number: str = ""
    note: str = ""
    method: str = ""
    by: User | None = None
    balance: Decimal = ZERO

    @property
    def day(self) -> date:
        """The day in the clinic's time zone."""
        return local_date(self.at)


def in_order(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Return the entries by time, kind and number."""
    order = list(EntryKind)
    return sorted(entries, key=lambda entry: (entry.at, order.index(entry.kind), number_order(entry.number)))


def with_balance(entries: Iterable[LedgerEntry], opening: Decimal = ZERO) -> Iterator[LedgerEntry]:
    """Yield the entries, each with the balance after it."""
    balance = opening
    for entry in entries:
        balance += entry.amount
        yield replace(entry, balance=balance)
