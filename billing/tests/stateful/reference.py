"""A second set of books, kept by hand in whole cents: what the desk should have seen, without a line of the product."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing.tests.stateful.arithmetic import Line, Refused, total_of

CLAIMED = ("ISSUED", "PARTIALY_PAID", "PAID", "WRITTEN_OFF")


@dataclass
class Payment:
    patient: str
    credit: int  # what of it is on no invoice
    handed_out: bool = False
    is_over: bool = False  # reversed, or a reversal


@dataclass
class Invoice:
    patient: str
    lines: list[Line]
    discount: int
    percent: int
    due: date | None = None
    number: str = ""
    is_void: bool = False
    by_payment: dict[int, int] = field(default_factory=dict)  # by payment; a later payment has a higher number
    credited: int = 0
    write_offs: list[int] = field(default_factory=list)
    was_lowered: bool = False
    is_corrected: bool = False

    @property
    def total(self) -> int:
        return total_of(self.lines, self.discount, self.percent)

    @property
    def paid(self) -> int:
        return sum(self.by_payment.values())

    @property
    def written_off(self) -> int:
        return sum(self.write_offs)

    @property
    def max_payment(self) -> int:
        return self.total - self.paid - self.credited

    @property
    def remaining(self) -> int:
        return 0 if self.is_void else self.max_payment - self.written_off

    @property
    def status(self) -> str:
        if self.is_void or not self.number:
            return "VOID" if self.is_void else "DRAFT"
        if self.remaining == 0:
            return "WRITTEN_OFF" if self.written_off else "PAID"
        return "PARTIALY_PAID" if self.paid else "ISSUED"

    def recover(self, amount: int) -> int:
        """Write-offs, newest first, live again as far as the amount exceeds what remains; answers with the rest."""
        beyond = max(0, amount - self.remaining)
        for at in reversed(range(len(self.write_offs))):
            part = min(beyond, self.write_offs[at])
            self.write_offs[at] -= part
            beyond -= part
        return beyond


class Ledger:
    """The books. A verb changes them, or raises Refused and may leave them half changed: keep a copy."""

    def __init__(self, today: date) -> None:
        self.today, self.drawn = today, Counter[str]()
        self.invoices: dict[str, Invoice] = {}
        self.payments: dict[int, Payment] = {}

    def invoice(self, key: str, *statuses: str) -> Invoice:
        refuse_if(self.invoices[key].status not in statuses, "invalid_transition")
        return self.invoices[key]

    def last_number(self, series: str) -> str:
        return f"{series}-{self.today.year}-{self.drawn[series]:06d}"

    # -- The contract: POST and PUT

    def write(self, key: str, *, is_new: bool, is_current: bool, **given: Any) -> None:
        """The fields, then the money, then the wish."""
        invoice, requested = self.invoices[key], given.get("status")
        before = "DRAFT" if is_new else invoice.status
        if given.get("lines", invoice.lines) != invoice.lines:
            refuse_if(before != "DRAFT", "invoice_immutable")
            invoice.lines = given["lines"]
        refuse_if(invoice.total < invoice.paid, "total_below_paid")
        requested = None if requested == before else requested
        refuse_if(requested and (requested == "DRAFT" or before in ("VOID", "WRITTEN_OFF")), "invalid_transition")
        refuse_if(is_new and requested in ("VOID", "WRITTEN_OFF"), "invalid_transition")
        if "paid" in given:
            self.assert_paid(key, given["paid"], is_current)
        elif requested == "PAID" and invoice.remaining:
            self.pay(key, invoice.remaining)
        self.apply_requested(key, before, requested)

    def assert_paid(self, key: str, paid: int, is_current: bool) -> None:
        invoice = self.invoices[key]
        if paid == invoice.paid:
            return
        refuse_if(paid > invoice.total, "paid_amount_above_total")
        refuse_if(paid < invoice.paid, "paid_amount_below_ledger")
        refuse_if(invoice.status in ("PAID", "VOID", "WRITTEN_OFF"), "invoice_immutable")
        refuse_if(invoice.was_lowered and not is_current, "paid_amount_ambiguous")
        self.pay(key, paid - invoice.paid)

    def apply_requested(self, key: str, before: str, requested: str | None) -> None:
        if before == "DRAFT" and requested in ("ISSUED", "PARTIALY_PAID", "PAID"):
            self.issue(key)
        elif requested == "VOID":
            self.void(key, None)
        elif requested == "WRITTEN_OFF":
            self.write_off(key, None)
        met = (None, "ISSUED" if before == "DRAFT" else None, self.invoices[key].status)
        refuse_if(requested not in met, "invalid_transition")

    # -- The verbs of an invoice

    def issue(self, key: str) -> None:
        invoice = self.invoice(key, "DRAFT")
        refuse_if(not invoice.lines, "empty_invoice")
        self.drawn["INV"] += 1
        invoice.number = self.last_number("INV")
        invoice.due = invoice.due or date.fromordinal(self.today.toordinal() + 30)

    def pay(self, key: str, amount: int, excess: str = "reject") -> None:
        invoice = self.invoice(key, "DRAFT", *CLAIMED)
        refuse_if(amount > invoice.max_payment and excess == "reject", "overpayment")
        fits = min(amount, invoice.max_payment)
        self.receive(invoice.patient, amount, {key: fits} if fits else {})

    def receive(self, patient: str, amount: int, shares: dict[str, int]) -> None:
        self.payments[len(self.payments)] = Payment(patient, amount)
        self.put_on(len(self.payments) - 1, shares)

    def put_on(self, payment: int, shares: dict[str, int]) -> None:
        for key, amount in shares.items():
            invoice = self.invoice(key, "DRAFT", *CLAIMED)
            refuse_if(amount > invoice.max_payment, "overpayment")
            invoice.recover(amount)
            invoice.by_payment[payment] = invoice.by_payment.get(payment, 0) + amount
            self.payments[payment].credit -= amount

    def let_go(self, key: str, amount: int, *, is_refund: bool = False) -> dict[int, int]:
        """Money leaves an invoice, that which came last first: into the patient's credit, or out of the house."""
        invoice, parts = self.invoices[key], dict[int, int]()
        for payment in sorted(invoice.by_payment, reverse=True):
            if part := min(amount - sum(parts.values()), invoice.by_payment[payment]):
                parts[payment] = part
                invoice.by_payment[payment] -= part
                invoice.was_lowered = True
                self.payments[payment].credit += 0 if is_refund else part
                self.payments[payment].handed_out |= is_refund
        return parts

    def refund(self, key: str, amount: int) -> None:
        refuse_if(amount > self.invoice(key, "DRAFT", *CLAIMED).paid, "over_refund")
        self.let_go(key, amount, is_refund=True)

    def void(self, key: str, payments: str | None) -> None:
        invoice = self.invoice(key, "DRAFT", *CLAIMED)
        refuse_if(invoice.credited or 0 < invoice.written_off < invoice.total, "invoice_has_adjustments")
        refuse_if(invoice.status == "PAID" and invoice.total, "invalid_transition")
        refuse_if(invoice.paid and not payments, "invoice_has_payments")
        self.let_go(key, invoice.paid, is_refund=payments == "refund")
        invoice.write_offs, invoice.is_void = [], True

    def write_off(self, key: str, amount: int | None) -> None:
        invoice = self.invoice(key, "ISSUED", "PARTIALY_PAID")
        refuse_if((amount or 0) > invoice.remaining, "over_write_off")
        invoice.write_offs.append(amount or invoice.remaining)

    def reinstate(self, key: str) -> None:
        invoice = self.invoice(key, *CLAIMED)
        refuse_if(not invoice.written_off, "invalid_transition")
        invoice.write_offs = []

    def credit(self, key: str, amount: int | None) -> dict[int, int]:
        """A credit note; answers with the money that it set free."""
        invoice = self.invoice(key, *CLAIMED)
        left = invoice.total - invoice.credited
        refuse_if(not left or (amount or 0) > left, "over_credit")
        released = self.let_go(key, invoice.recover(amount or left))
        invoice.credited += amount or left
        self.drawn["CN"] += 1
        return released

    def correct(self, key: str, draft: str) -> None:
        invoice = self.invoice(key, *CLAIMED)
        refuse_if(invoice.is_corrected, "already_corrected")
        released, invoice.is_corrected = self.credit(key, None), True
        self.invoices[draft] = Invoice(invoice.patient, invoice.lines, invoice.discount, invoice.percent)
        for payment, part in released.items():
            self.put_on(payment, {draft: part})

    # -- A patient's money

    def shares(self, patient: str, amount: int, given: dict[str, int] | None) -> dict[str, int]:
        """Return the parts of an amount by invoice: as given, else oldest due first; on one day by number, as all are
        issued today."""
        refuse_if(any(self.invoices[key].patient != patient for key in given or ()), "invalid_allocations")
        owed = {key: each for key, each in self.invoices.items() if each.patient == patient and each.number}
        shares = dict(given or {})
        for key in sorted(owed, key=lambda key: (max(owed[key].due or self.today, self.today), owed[key].number)):
            if given is None and (part := min(amount - sum(shares.values()), owed[key].remaining)):
                shares[key] = part
        return shares

    def take(self, patient: str, amount: int, given: dict[str, int] | None, excess: str) -> None:
        shares = self.shares(patient, amount, given)
        refuse_if(sum(shares.values()) > amount, "invalid_allocations")
        refuse_if(sum(shares.values()) < amount and excess == "reject", "overpayment")
        self.receive(patient, amount, shares)

    def allocate(self, payment: int, given: dict[str, int] | None) -> None:
        credit = self.payments[payment].credit
        refuse_if(not credit, "credit_exceeded")
        shares = self.shares(self.payments[payment].patient, credit, given)
        refuse_if(not shares or sum(shares.values()) > credit, "credit_exceeded")
        self.put_on(payment, shares)

    def refund_credit(self, payment: int, amount: int) -> None:
        row = self.payments[payment]
        refuse_if(amount > row.credit, "credit_exceeded")
        row.credit, row.handed_out = row.credit - amount, True

    def reverse(self, payment: int) -> None:
        row = self.payments[payment]
        refuse_if(row.is_over, "already_reversed")
        refuse_if(row.handed_out, "payment_refunded")
        for invoice in self.invoices.values():
            invoice.was_lowered |= bool(invoice.by_payment.pop(payment, 0))
        row.credit, row.is_over = 0, True
        self.payments[len(self.payments)] = Payment(row.patient, 0, is_over=True)


def refuse_if(condition: object, code: str) -> None:
    if condition:
        raise Refused(code)
