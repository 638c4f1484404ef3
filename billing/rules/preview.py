"""What an act would leave of an invoice, said before it is done: by the rules that the act itself goes by."""

from dataclasses import dataclass, replace
from decimal import Decimal

from billing.choices import InvoiceStatus
from billing.rules.money import ZERO
from billing.rules.settlement import (
    amount_due,
    check_refund,
    payment_room,
    settle_credit,
    settle_payment,
    settle_write_off,
    settled_status,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status that follows and what remains to be paid.

    `kept` becomes the patient's credit, `revived` is what a payment or credit note takes back of the write-offs.
    """

    status: InvoiceStatus
    remaining: Decimal
    kept: Decimal = ZERO
    revived: Decimal = ZERO

    def without_credit(self) -> "Outcome":
        """The same, where what is freed goes elsewhere than to the patient's credit."""
        return replace(self, kept=ZERO)


@dataclass(frozen=True, slots=True)
class Standing:
    """An invoice as the acts find it."""

    status: InvoiceStatus
    total: Decimal
    paid: Decimal
    credited: Decimal
    written_off: Decimal

    def issued(self) -> Outcome:
        """Once the draft has its number; what was paid as a deposit counts."""
        amounts = self._amounts()
        return Outcome(settled_status(**amounts), amount_due(**amounts))

    def paid_by(self, amount: Decimal, *, excess_to_credit: bool = False) -> Outcome:
        """After a payment. Raises Overpayment.

        >>> open_ = Standing(InvoiceStatus.ISSUED, Decimal("154.99"), ZERO, ZERO, ZERO)
        >>> open_.paid_by(Decimal("100.00")).remaining
        Decimal('54.99')
        >>> open_.paid_by(Decimal("200.00"), excess_to_credit=True).kept
        Decimal('45.01')
        """
        room = payment_room(total=self.total, paid=self.paid, credited=self.credited)
        applied = min(amount, room) if excess_to_credit else amount
        revived = settle_payment(**self._amounts(), amount=applied) if applied > 0 or not excess_to_credit else ZERO
        return self._left(
            paid=self.paid + applied, written_off=self.written_off - revived, kept=amount - applied, revived=revived
        )

    def refunded(self, amount: Decimal) -> Outcome:
        """After money was handed out. Raises OverRefund."""
        check_refund(paid=self.paid, amount=amount)
        return self._left(paid=self.paid - amount)

    def credited_by(self, amount: Decimal) -> Outcome:
        """After a credit note. Raises OverCredit.

        >>> paid = Standing(InvoiceStatus.PAID, Decimal("100.00"), Decimal("100.00"), ZERO, ZERO)
        >>> paid.credited_by(Decimal("30.00")).kept
        Decimal('30.00')
        """
        effect = settle_credit(**self._amounts(), amount=amount)
        return self._left(
            paid=self.paid - effect.released,
            credited=self.credited + amount,
            written_off=self.written_off - effect.write_off_reversed,
            kept=effect.released,
            revived=effect.write_off_reversed,
        )

    def given_up(self, amount: Decimal | None) -> Outcome:
        """After a write-off of that much, or of all that remains. Raises OverWriteOff."""
        given_up = settle_write_off(**self._amounts(), amount=amount)
        return self._left(written_off=self.written_off + given_up)

    def reinstated(self) -> Outcome:
        """Once what was written off is claimed again."""
        return self._left(written_off=ZERO)

    def voided(self, *, to_credit: bool = False) -> Outcome:
        """Once it is cancelled; what was paid is kept as credit, or handed out."""
        return Outcome(InvoiceStatus.VOID, ZERO, kept=self.paid if to_credit else ZERO)

    def _amounts(self, **changed: Decimal) -> dict[str, Decimal]:
        amounts = {"total": self.total, "paid": self.paid, "credited": self.credited, "written_off": self.written_off}
        return {**amounts, **changed}

    def _left(self, *, kept: Decimal = ZERO, revived: Decimal = ZERO, **changed: Decimal) -> Outcome:
        amounts = self._amounts(**changed)
        is_draft = self.status == InvoiceStatus.DRAFT
        status = InvoiceStatus.DRAFT if is_draft else settled_status(**amounts)
        return Outcome(status, amount_due(**amounts), kept, revived)
