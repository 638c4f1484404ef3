"""Money onto an invoice and off it again, and debts given up: the verbs that move its amounts."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Max, Sum

from billing.choices import EventKind, InvoiceStatus, PaymentMethod
from billing.models.adjustment import WriteOff
from billing.models.closing import BooksClosing
from billing.models.invoice.record import SETTLED, InvoiceRecord
from billing.models.ledger import check_reason
from billing.models.payment import Payment, PaymentAllocation, Refund
from billing.models.receipts import receive
from billing.roles import REFUND, REINSTATE, TAKE_PAYMENT, WRITE_OFF
from billing.rules.lifecycle import MoveNotAllowed, Verb, check_verb
from billing.rules.money import ZERO
from billing.rules.settlement import (
    check_refund,
    max_payment,
    settle_payment,
    settle_write_off,
    take_newest_first,
)
from clinic.db.compiled import CompiledQuery, insert_all
from clinic.db.transactions import atomic
from clinic.domain.dates import local_date
from clinic.domain.permissions import check_permission

Part = tuple[UUID, Decimal]

_HELD = CompiledQuery(
    lambda invoice_id: (
        PaymentAllocation.objects.filter(invoice_id=invoice_id)
        .values_list("payment_id")
        .annotate(held=Sum("amount"), last=Max("payment__created_at"))
        .filter(held__gt=0)
        .order_by("-last", "payment_id")
    )
)


class PayableInvoice(InvoiceRecord):
    """An invoice as the cash desk knows it. Every verb: one transaction, lock, decide, write, save."""

    class Meta:
        abstract = True

    @atomic
    def pay(
        self,
        *,
        amount: Decimal,
        by: User,
        at: datetime,
        method: PaymentMethod = PaymentMethod.UNSPECIFIED,
        reference: str = "",
        received_at: datetime | None = None,
        tendered: Decimal | None = None,
        excess_to_credit: bool = False,
    ) -> Payment:
        """Take money for this invoice; on a draft it is a deposit.

        What is beyond `total - paid - credited` is refused as Overpayment, or kept as the patient's credit.
        """
        check_permission(by, TAKE_PAYMENT)
        self.lock()
        check_verb(Verb.PAY, InvoiceStatus(self.status))
        room = max_payment(total=self.total_amount, paid=self.paid_amount, credited=self.credited_amount)
        applied = min(amount, room) if excess_to_credit else amount
        if applied > 0:
            self._check_room(applied)
        payment = receive(
            self.patient_id,
            amount=amount,
            method=method,
            reference=reference,
            received_at=received_at,
            tendered=tendered,
            excess=amount - max(applied, ZERO),
            by=by,
            at=at,
        )
        parts = [self.apply(payment, applied, EventKind.PAID, by=by, at=at)] if applied > 0 else []
        payment.came_in(parts)
        return payment

    def apply(self, payment: Payment, amount: Decimal, kind: EventKind, *, by: User, at: datetime) -> PaymentAllocation:
        """Put a payment's money onto this invoice, which the caller has locked; store it.

        It settles what remains, then reverses write-offs, newest first. Raises Overpayment beyond both.
        """
        check_verb(Verb.PAY, InvoiceStatus(self.status))
        reversed_amount = self._check_room(amount)
        part = PaymentAllocation.enter(payment=payment, invoice=self, amount=amount, by=by, at=at)
        before = self.ledger_sums()
        self.paid_amount += amount
        self.reverse_write_offs(reversed_amount, reason=f"Paid: {payment.receipt_number}", by=by, at=at)
        self.settle_with_event(kind, before=before, by=by, at=at, document={"payment_id": payment.pk})
        self.save(at=at, update_fields=SETTLED)
        return part

    @atomic
    def refund(
        self,
        *,
        amount: Decimal,
        method: PaymentMethod,
        reason: str,
        by: User,
        at: datetime,
        reference: str = "",
    ) -> Refund:
        """Hand money of this invoice out again; the debt that it paid lives again. Raises OverRefund."""
        check_permission(by, REFUND)
        self.lock()
        check_verb(Verb.REFUND, InvoiceStatus(self.status))
        check_reason(reason, what="A refund")
        check_refund(paid=self.paid_amount, amount=amount)
        before = self.ledger_sums()
        refund = self._hand_out(amount, method=method, reason=reason, reference=reference, by=by, at=at)
        document = {"refund_id": refund.pk}
        self.settle_with_event(EventKind.REFUNDED, before=before, by=by, at=at, reason=reason, document=document)
        self.save(at=at, update_fields=SETTLED)
        return refund

    def take_off(self, payment: Payment, reversal: Payment, *, reason: str, by: User, at: datetime) -> None:
        """Take a reversed payment's money off this invoice, which the caller has locked; store it."""
        held = dict(self.held_parts()).get(payment.pk, Decimal(0))
        if not held:
            return
        before = self.ledger_sums()
        self.release([(payment.pk, held)], reversal=reversal, by=by, at=at)
        document = {"payment_id": reversal.pk}
        self.settle_with_event(EventKind.REVERSED, before=before, by=by, at=at, reason=reason, document=document)
        self.save(at=at, update_fields=SETTLED)

    @atomic
    def write_off(
        self,
        *,
        reason: str,
        by: User,
        at: datetime,
        amount: Decimal | None = None,
        batch_id: UUID | None = None,
    ) -> WriteOff:
        """Give up what remains, or `amount` of it; total and paid amount stay. Raises OverWriteOff."""
        check_permission(by, WRITE_OFF)
        self.lock()
        check_verb(Verb.WRITE_OFF, InvoiceStatus(self.status))
        BooksClosing.objects.check_open(local_date(at), what="a write-off")
        return self.give_up(reason=reason, by=by, at=at, amount=amount, batch_id=batch_id)

    def give_up(
        self,
        *,
        reason: str,
        by: User,
        at: datetime,
        amount: Decimal | None = None,
        batch_id: UUID | None = None,
    ) -> WriteOff:
        """Write off what the caller has locked and read since, on a day that is open, and may write off; store it."""
        check_reason(reason, what="A write-off")
        given_up = settle_write_off(**self.amounts(), amount=amount)
        row = WriteOff.enter(invoice=self, amount=given_up, reason=reason, batch_id=batch_id, by=by, at=at)
        before = self.ledger_sums()
        self.written_off_amount += given_up
        self.settle_with_event(EventKind.WRITTEN_OFF, before=before, by=by, at=at, reason=reason)
        self.save(at=at, update_fields=SETTLED)
        return row

    @atomic
    def reinstate(self, *, reason: str, by: User, at: datetime) -> None:
        """Claim again what was written off."""
        check_permission(by, REINSTATE)
        self.lock()
        check_verb(Verb.REINSTATE, InvoiceStatus(self.status))
        if self.written_off_amount == 0:
            raise MoveNotAllowed("Nothing of the invoice is written off.", allowed=[InvoiceStatus(self.status)])
        BooksClosing.objects.check_open(local_date(at), what="a reinstatement")
        check_reason(reason, what="A reinstatement")
        before = self.ledger_sums()
        self.reverse_write_offs(self.written_off_amount, reason=reason, by=by, at=at)
        self.settle_with_event(EventKind.REINSTATED, before=before, by=by, at=at, reason=reason)
        self.save(at=at, update_fields=SETTLED)

    def held_parts(self) -> list[Part]:
        """What this invoice holds of each payment, that which came last first."""
        return [(payment_id, part) for payment_id, part, _ in _HELD.all(self.pk)]

    def was_ever_lowered(self) -> bool:
        """Whether money of this invoice was ever given back."""
        return PaymentAllocation.objects.filter(invoice_id=self.pk, amount__lt=0).exists()

    def _check_room(self, amount: Decimal) -> Decimal:
        return settle_payment(**self.amounts(), amount=amount)

    def _hand_out(
        self, amount: Decimal, *, method: PaymentMethod, reason: str, reference: str, by: User, at: datetime
    ) -> Refund:
        """Release money of this invoice, that which came last first, into a refund."""
        BooksClosing.objects.check_open(local_date(at), what="a refund")
        refund = Refund.enter(
            patient_id=self.patient_id,
            invoice=self,
            amount=amount,
            method=method,
            reason=reason,
            reference=reference,
            currency=self.currency,
            by=by,
            at=at,
        )
        parts = take_newest_first(self.held_parts(), amount)
        self.release(parts, refund=refund, by=by, at=at)
        insert_all(
            [PaymentAllocation.signed(payment_id=key, refund=refund, amount=part, by=by, at=at) for key, part in parts]
        )
        return refund

    def release(self, parts: Iterable[Part], *, by: User, at: datetime, **why: Any) -> None:
        """Let go of parts of payments; `why` names the document that releases them."""
        rows = [
            PaymentAllocation.signed(payment_id=key, invoice=self, amount=-part, by=by, at=at, **why)
            for key, part in parts
        ]
        insert_all(rows)
        self.paid_amount += sum((row.amount for row in rows), Decimal(0))

    def reverse_write_offs(self, amount: Decimal, *, reason: str, by: User, at: datetime) -> None:
        """Take back that much of the write-offs, newest first."""
        if not amount:
            return
        rows = WriteOff.objects.filter(invoice_id=self.pk).order_by("-created_at", "pk")
        open_parts = {row.pk: row.amount for row in rows if row.reverses_id is None}
        for row in rows:
            if row.reverses_id is not None:
                open_parts[row.reverses_id] += row.amount
        parts = take_newest_first([(key, part) for key, part in open_parts.items() if part > 0], amount)
        insert_all(
            [
                WriteOff.signed(invoice=self, amount=-part, reverses_id=key, reason=reason[:500], by=by, at=at)
                for key, part in parts
            ]
        )
        self.written_off_amount -= amount
