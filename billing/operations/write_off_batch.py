"""Write off many old debts: a batch, each invoice in a transaction of its own and checked again under its lock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef

from billing.choices import EventKind
from billing.models import BooksClosing, Invoice, InvoiceEvent
from billing.models.invoice.model import LockedInvoice
from billing.models.invoice.queryset import InvoiceQuerySet
from billing.operations.write_offs import write_off_locked
from billing.roles import WRITE_OFF
from billing.rules.ageing import due_day_of
from billing.rules.reasons import check_reason
from clinic.db.compiled import CompiledQuery
from clinic.domain.dates import local_date, today
from clinic.domain.permissions import check_permission
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class OldDebts:
    """Overdue invoices that were due on or before a day, narrowed down.

    `patient` stands for the whole account, `tags` for any of them. What was ever reinstated is left out unless
    `include_reinstated`.
    """

    overdue_since: date
    max_remaining: Decimal | None = None
    patient: Patient | None = None
    tags: tuple[str, ...] = ()
    include_reinstated: bool = False

    def invoices(self) -> InvoiceQuerySet:
        """Return the invoices that match now, oldest due first."""
        found = Invoice.objects.due_through(min(self.overdue_since, due_day_of(1, today())))
        if self.max_remaining is not None:
            found = found.filter(remaining_amount__lte=self.max_remaining)
        if self.patient is not None:
            found = found.for_patient(self.patient)
        if self.tags:
            found = found.tagged(self.tags)
        if not self.include_reinstated:
            reinstated = InvoiceEvent.objects.filter(invoice=OuterRef("pk"), kind=EventKind.REINSTATED)
            found = found.exclude(Exists(reinstated))
        return found.oldest_due_first()


@dataclass(slots=True)
class Batch:
    """The amount written off of each invoice, and the invoices skipped: locked by others, or no old debt any more."""

    written: dict[UUID, Decimal] = field(default_factory=dict)
    skipped: list[UUID] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """The sum of the write-offs."""
        return sum(self.written.values(), Decimal("0.00"))


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
    """Write off all that remains of each invoice that still matches `debts` once it is locked.

    One that another transaction has locked is skipped (PostgreSQL). `on_each` is called after each invoice; the batch
    can be stopped after any of them, and run again. PermissionMissing, PeriodClosed.
    """
    check_permission(by, WRITE_OFF)
    check_reason(reason, what="A write-off")
    # the days of the later ones are not over, and so not closed
    BooksClosing.objects.check_open(local_date(clock()), what="a write-off")
    lock_debt = _lock_query(debts)
    batch = Batch()
    for invoice_id in invoice_ids:
        with transaction.atomic():
            invoice = lock_debt(invoice_id)
            row = None
            if invoice is not None:
                row = write_off_locked(invoice, reason=reason, by=by, at=clock(), batch_id=batch_id)
        if row is None:
            batch.skipped.append(invoice_id)
        else:
            batch.written[invoice_id] = row.amount  # not the row: it would keep its invoice in memory
        on_each()
    return batch


def _lock_query(debts: OldDebts) -> Callable[[UUID], LockedInvoice | None]:
    """Return a function that locks an invoice; its result is None when another transaction has it, or it is no such
    debt any more.

    Two statements, so that the second sees what was committed until the lock was granted, events and tags too.
    """
    lock = CompiledQuery(lambda key: Invoice.objects.locked(skip_locked=True).filter(pk=key).values_list("pk"))
    debt = CompiledQuery(lambda key: debts.invoices().filter(pk=key))

    def lock_debt(key: UUID) -> LockedInvoice | None:
        invoice = debt.first(key) if lock.first(key) else None
        return None if invoice is None else LockedInvoice(invoice)

    return lock_debt
