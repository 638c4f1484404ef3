"""Giving up old debts, many at once: which ones, each in its own transaction, looked at again under its lock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Greatest

from billing.choices import EventKind
from billing.models import BooksClosing, Invoice, InvoiceEvent, WriteOff
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.models.ledger import check_reason
from billing.roles import WRITE_OFF
from clinic.db.compiled import CompiledQuery
from clinic.domain.dates import local_date
from clinic.domain.permissions import check_permission
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class OldDebts:
    """Open invoices that were due on or before a day, narrowed down.

    `patient` stands for the whole account, `tags` for any of them. What was ever reinstated is left out unless
    `include_reinstated`: somebody decided to claim it again.
    """

    overdue_since: date
    max_remaining: Decimal | None = None
    patient: Patient | None = None
    tags: tuple[str, ...] = ()
    include_reinstated: bool = False

    def invoices(self) -> InvoiceQuerySet:
        """The invoices of which this is true now, oldest due first."""
        found = Invoice.objects.due_through(self.overdue_since)
        if self.max_remaining is not None:
            found = found.filter(remaining_amount__lte=self.max_remaining)
        if self.patient is not None:
            found = found.for_patient(self.patient)
        if self.tags:
            found = found.tagged(self.tags)
        if not self.include_reinstated:
            reinstated = InvoiceEvent.objects.filter(invoice=OuterRef("pk"), kind=EventKind.REINSTATED)
            found = found.exclude(Exists(reinstated))
        return found.order_by(Greatest("due_date", "issue_date"), "pk")


@dataclass(slots=True)
class Batch:
    """What a batch wrote off, and the invoices that it passed over: in use, or old debts no more."""

    written: list[WriteOff] = field(default_factory=list)
    passed_over: list[UUID] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """What was given up."""
        return sum((row.amount for row in self.written), Decimal("0.00"))


def write_off_batch(
    invoice_ids: Iterable[UUID],
    *,
    debts: OldDebts,
    reason: str,
    batch_id: UUID,
    by: User,
    clock: Callable[[], datetime],
    on_each: Callable[[], None] = lambda: None,
) -> Batch:
    """Write off all that remains of each invoice that is still one of `debts` once it is locked.

    One that another transaction holds is passed over, where the database can tell. `on_each` is called after each
    invoice; the batch can be stopped after any of them, and run again. PermissionMissing, PeriodClosed.
    """
    check_permission(by, WRITE_OFF)
    check_reason(reason, what="A write-off")
    BooksClosing.objects.check_open(
        local_date(clock()), what="a write-off"
    )  # later days are not over, and so not closed
    read = _reading(debts)
    batch = Batch()
    for invoice_id in invoice_ids:
        with transaction.atomic():
            invoice = read(invoice_id)
            row = None if invoice is None else invoice.give_up(reason=reason, by=by, at=clock(), batch_id=batch_id)
        if row is None:
            batch.passed_over.append(invoice_id)
        else:
            batch.written.append(row)
        on_each()
    return batch


def _reading(debts: OldDebts) -> Callable[[UUID], Invoice | None]:
    """What reads an invoice, kept until the transaction ends; None when another one holds it, or it is no old debt now.

    Two statements, so that the second sees what was committed until the lock was had, events and tags too.
    """
    lock = CompiledQuery(lambda key: Invoice.objects.locked(skip_locked=True).filter(pk=key).values_list("pk"))
    debt = CompiledQuery(lambda key: debts.invoices().filter(pk=key))
    return lambda key: debt.first(key) if lock.first(key) else None
