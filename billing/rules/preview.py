"""Preview of an action's effect on the balances and the status of an invoice, by the rules of the action itself."""

from dataclasses import dataclass, replace
from decimal import Decimal

from billing.choices import InvoiceStatus
from billing.rules.money import ZERO
from billing.rules.settlement import (
    amount_due,
    check_refund,
    max_payment,
    settle_credit,
    settle_payment,
    settle_write_off,
    settled_status,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status and the amount due after an action.

    `new_credit` becomes the patient's unallocated credit; `write_off_reversed` is the part of the write-offs that a
    payment or credit note reverses.
    """

    status: InvoiceStatus
    remaining: Decimal
    new_credit: Decimal = ZERO
    write_off_reversed: Decimal = ZERO

    def without_new_credit(self) -> "Outcome":
        """Return the same outcome for an action that uses the released money itself, such as a correction."""
        return replace(self, new_credit=ZERO)


@dataclass(frozen=True, slots=True)
class Balances:
    """The status and the sums of an invoice before an action."""

    status: InvoiceStatus
    total: Decimal
    paid: Decimal
    credited: Decimal
    written_off: Decimal

    def after_issue(self) -> Outcome:
        """Return the outcome of issuing the draft; a deposit counts as paid."""
        sums = self._sums()
        return Outcome(settled_status(**sums), amount_due(**sums))

    def after_payment(self, amount: Decimal, *, excess_to_credit: bool = False) -> Outcome:
        """Return the outcome of a payment. Raises Overpayment.

        >>> unpaid = Balances(InvoiceStatus.ISSUED, Decimal("154.99"), ZERO, ZERO, ZERO)
        >>> unpaid.after_payment(Decimal("100.00")).remaining
        Decimal('54.99')
        >>> unpaid.after_payment(Decimal("200.00"), excess_to_credit=True).new_credit
        Decimal('45.01')
        """
        limit = max_payment(total=self.total, paid=self.paid, credited=self.credited)
        applied = min(amount, limit) if excess_to_credit else amount
        reversed_ = settle_payment(**self._sums(), amount=applied) if applied > 0 or not excess_to_credit else ZERO
        return self._outcome(
            paid=self.paid + applied,
            written_off=self.written_off - reversed_,
            new_credit=amount - applied,
            write_off_reversed=reversed_,
        )

    def after_refund(self, amount: Decimal) -> Outcome:
        """Return the outcome of a refund. Raises OverRefund."""
        check_refund(paid=self.paid, amount=amount)
        return self._outcome(paid=self.paid - amount)

    def after_credit_note(self, amount: Decimal) -> Outcome:
        """Return the outcome of a credit note. Raises OverCredit.

        >>> paid = Balances(InvoiceStatus.PAID, Decimal("100.00"), Decimal("100.00"), ZERO, ZERO)
        >>> paid.after_credit_note(Decimal("30.00")).new_credit
        Decimal('30.00')
        """
        effect = settle_credit(**self._sums(), amount=amount)
        return self._outcome(
            paid=self.paid - effect.released,
            credited=self.credited + amount,
            written_off=self.written_off - effect.write_off_reversed,
            new_credit=effect.released,
            write_off_reversed=effect.write_off_reversed,
        )

    def after_write_off(self, amount: Decimal | None) -> Outcome:
        """Return the outcome of a write-off of that amount, or of all that remains. Raises OverWriteOff."""
        amount = settle_write_off(**self._sums(), amount=amount)
        return self._outcome(written_off=self.written_off + amount)

    def after_reinstatement(self) -> Outcome:
        """Return the outcome of reversing the write-offs."""
        return self._outcome(written_off=ZERO)

    def after_void(self, *, to_credit: bool = False) -> Outcome:
        """Return the outcome of a void; the money paid becomes credit, or is refunded."""
        return Outcome(InvoiceStatus.VOID, ZERO, new_credit=self.paid if to_credit else ZERO)

    def _sums(self, **changed: Decimal) -> dict[str, Decimal]:
        sums = {"total": self.total, "paid": self.paid, "credited": self.credited, "written_off": self.written_off}
        return {**sums, **changed}

    def _outcome(
        self, *, new_credit: Decimal = ZERO, write_off_reversed: Decimal = ZERO, **changed: Decimal
    ) -> Outcome:
        sums = self._sums(**changed)
        is_draft = self.status == InvoiceStatus.DRAFT
        status = InvoiceStatus.DRAFT if is_draft else settled_status(**sums)
        return Outcome(status, amount_due(**sums), new_credit, write_off_reversed)
