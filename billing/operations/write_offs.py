"""Giving up old debts, many at once: which ones, each in its own transaction, looked at again under its lock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Greatest

from billing.choices import EventKind
from billing.models import BooksClosing, Invoice, InvoiceEvent, WriteOff
from billing.models.ledger import check_reason
from billing.models.querysets import InvoiceQuerySet
from billing.roles import WRITE_OFF
from clinic.calendar import day_of
from clinic.rights import check_may
from patients.models import Patient

_SOME_ID = uuid4()  # where the statements of a batch name an invoice


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
    check_may(by, WRITE_OFF)
    check_reason(reason, what="A write-off")
    BooksClosing.objects.check_open(day_of(clock()), what="a write-off")  # later days are not over, and so not closed
    with transaction.atomic():  # a statement that locks is spelled in a transaction only
        debt = _Reading(debts)

    batch = Batch()
    for invoice_id in invoice_ids:
        with transaction.atomic():
            invoice = debt.locked(invoice_id)
            row = None if invoice is None else invoice.give_up(reason=reason, by=by, at=clock(), batch_id=batch_id)
        if row is None:
            batch.passed_over.append(invoice_id)
        else:
            batch.written.append(row)
        on_each()
    return batch


class _Reading:
    """One invoice after the other, each by the same two statements, which are spelled once."""

    def __init__(self, debts: OldDebts) -> None:
        locked = Invoice.objects.locked(skip_locked=True).filter(pk=_SOME_ID).values_list("pk")
        # A statement of its own: it sees what was committed until the lock was had, events and tags too.
        debt = debts.invoices().filter(pk=_SOME_ID)
        self._lock, self._debt = (each.query.get_compiler(connection=connection) for each in (locked, debt))
        self._place = Invoice._meta.pk.get_db_prep_value(_SOME_ID, connection)
        self._lock_as_sql, self._debt_as_sql = self._lock.as_sql(), self._debt.as_sql()
        columns = [column for column, _, _ in self._debt.select]
        self._names = [column.target.attname for column in columns]
        self._converters = self._debt.get_converters(columns)

    def locked(self, invoice_id: UUID) -> Invoice | None:
        """The invoice, kept until the transaction ends; None when another one holds it, or it is no old debt now."""
        with connection.cursor() as cursor:
            cursor.execute(*self._of(invoice_id, self._lock_as_sql))
            if cursor.fetchone() is None:
                return None
            cursor.execute(*self._of(invoice_id, self._debt_as_sql))
            row = cursor.fetchone()
        if row is None:
            return None
        (values,) = self._debt.apply_converters([row], self._converters)
        return Invoice.from_db(connection.alias, self._names, values)

    def _of(self, invoice_id: UUID, spelled: tuple[str, Iterable[Any]]) -> tuple[str, list[Any]]:
        """The statement with the id of this invoice in its place."""
        statement, values = spelled
        key = Invoice._meta.pk.get_db_prep_value(invoice_id, connection)
        return statement, [key if value == self._place else value for value in values]
