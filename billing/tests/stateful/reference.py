"""A second set of books, kept by hand in whole cents: what the desk should have seen, without a line of the product."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple


class Refused(Exception):
    """What the rules do not allow; says the code that the API should answer."""


class Line(NamedTuple):
    """An item: prices in units of the currency, amounts in cents, percentages in percent."""

    quantity: Decimal
    unit_price: Decimal
    discount: int = 0
    discount_percent: int = 0
    tax_rate: int = 0


def q(cents: Decimal) -> int:
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))


def total_of(lines: list[Line], discount: int, percent: int) -> int:
    by_rate: dict[int, int] = {}
    for line in lines:
        gross = q(line.quantity * line.unit_price * 100)
        amount = gross - q(Decimal(gross * line.discount_percent) / 100) - line.discount
        if amount < 0:
            raise Refused("line_below_zero")
        by_rate[line.tax_rate] = by_rate.get(line.tax_rate, 0) + amount
    subtotal = sum(by_rate.values())
    off = q(Decimal(subtotal * percent) / 100) + discount
    if off > subtotal:
        raise Refused("discount_above_subtotal")
    rates = sorted(by_rate)
    shares = {rate: off * by_rate[rate] // subtotal if subtotal else 0 for rate in rates}
    largest = sorted(rates, key=lambda rate: -(off * by_rate[rate] % subtotal) if subtotal else 0)
    for rate in largest[: off - sum(shares.values())]:
        shares[rate] += 1
    return subtotal - off + sum(q(Decimal((by_rate[rate] - shares[rate]) * rate) / 100) for rate in rates)


@dataclass
class Payment:
    patient: str
    credit: int
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
    held: dict[int, int] = field(default_factory=dict)  # by payment; a later payment has a higher number
    credited: int = 0
    write_offs: list[int] = field(default_factory=list)
    was_lowered: bool = False
    is_corrected: bool = False

    @property
    def total(self) -> int:
        return total_of(self.lines, self.discount, self.percent)

    @property
    def paid(self) -> int:
        return sum(self.held.values())

    @property
    def written_off(self) -> int:
        return sum(self.write_offs)

    @property
    def remaining(self) -> int:
        return 0 if self.is_void else self.total - self.paid - self.credited - self.written_off

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
    """The books. Every verb changes them, or raises Refused and may leave them half changed: keep a copy."""

    def __init__(self, today: date) -> None:
        self.today, self.drawn = today, Counter[str]()
        self.invoices: dict[str, Invoice] = {}
        self.payments: dict[int, Payment] = {}

    def invoice(self, key: str, *statuses: str) -> Invoice:
        if statuses and self.invoices[key].status not in statuses:
            raise Refused("invalid_transition")
        return self.invoices[key]

    def number(self, series: str) -> str:
        self.drawn[series] += 1
        return self.last_number(series)

    def last_number(self, series: str) -> str:
        return f"{series}-{self.today.year}-{self.drawn[series]:06d}"

    # -- The contract

    def write(self, key: str, *, is_new: bool, is_current: bool, **said: Any) -> None:
        """POST or PUT: the fields, then the money, then the wish."""
        invoice, wish = self.invoices[key], said.get("status")
        before = None if is_new else invoice.status
        if said.get("lines", invoice.lines) != invoice.lines:
            if invoice.status != "DRAFT":
                raise Refused("invoice_immutable")
            invoice.lines = said["lines"]
        if invoice.total < invoice.paid:
            raise Refused("total_below_paid")
        wish = None if wish == before or (is_new and wish == "DRAFT") else wish
        if (
            wish == "DRAFT"
            or (wish and before in ("VOID", "WRITTEN_OFF"))
            or (is_new and wish in ("VOID", "WRITTEN_OFF"))
        ):
            raise Refused("invalid_transition")
        if "paid" in said:
            self.assert_paid(key, said["paid"], is_current)
        elif wish == "PAID" and invoice.remaining:
            self.pay(key, invoice.remaining)
        if before in (None, "DRAFT") and wish in ("ISSUED", "PARTIALY_PAID", "PAID"):
            self.issue(key)
            wish = None if wish == "ISSUED" else wish
        elif wish == "VOID":
            self.void(key, None)
        elif wish == "WRITTEN_OFF":
            self.write_off(key, None)
        if wish and wish != invoice.status:
            raise Refused("invalid_transition")

    def assert_paid(self, key: str, paid: int, is_current: bool) -> None:
        invoice = self.invoices[key]
        if paid > invoice.total and paid != invoice.paid:
            raise Refused("paid_amount_above_total")
        if paid < invoice.paid:
            raise Refused("paid_amount_below_ledger")
        if paid > invoice.paid:
            if invoice.status in ("PAID", "VOID", "WRITTEN_OFF"):
                raise Refused("invoice_immutable")
            if invoice.was_lowered and not is_current:
                raise Refused("paid_amount_ambiguous")
            self.pay(key, paid - invoice.paid)

    # -- Verbs of an invoice

    def issue(self, key: str) -> None:
        invoice = self.invoice(key, "DRAFT")
        if not invoice.lines:
            raise Refused("empty_invoice")
        invoice.number = self.number("INV")
        invoice.due = invoice.due or date.fromordinal(self.today.toordinal() + 30)

    def pay(self, key: str, amount: int, excess: str = "reject") -> int:
        invoice = self.invoice(key, "DRAFT", "ISSUED", "PARTIALY_PAID", "PAID", "WRITTEN_OFF")
        room = invoice.total - invoice.paid - invoice.credited
        if amount > room and excess == "reject":
            raise Refused("overpayment")
        payment = self.receive(invoice.patient, amount)
        if min(amount, room):
            self.put_on(payment, key, min(amount, room))
        return payment

    def receive(self, patient: str, amount: int) -> int:
        self.payments[len(self.payments)] = Payment(patient, amount)
        return len(self.payments) - 1

    def put_on(self, payment: int, key: str, amount: int) -> None:
        invoice = self.invoice(key, "DRAFT", "ISSUED", "PARTIALY_PAID", "PAID", "WRITTEN_OFF")
        if amount > invoice.total - invoice.paid - invoice.credited:
            raise Refused("overpayment")
        invoice.recover(amount)
        invoice.held[payment] = invoice.held.get(payment, 0) + amount
        self.payments[payment].credit -= amount

    def let_go(self, key: str, amount: int) -> dict[int, int]:
        """Money leaves an invoice, of the payment that came last first, and is credit for a moment at least."""
        invoice, parts = self.invoices[key], {}
        for payment in sorted(invoice.held, reverse=True):
            parts[payment] = min(amount, invoice.held[payment])
            invoice.held[payment] -= parts[payment]
            self.payments[payment].credit += parts[payment]
            amount -= parts[payment]
        invoice.was_lowered = invoice.was_lowered or any(parts.values())
        return {payment: part for payment, part in parts.items() if part}

    def hand_out(self, parts: dict[int, int]) -> None:
        for payment, part in parts.items():
            self.payments[payment].credit -= part
            self.payments[payment].handed_out = True

    def refund(self, key: str, amount: int) -> None:
        if amount > self.invoice(key, "DRAFT", "ISSUED", "PARTIALY_PAID", "PAID", "WRITTEN_OFF").paid:
            raise Refused("over_refund")
        self.hand_out(self.let_go(key, amount))

    def void(self, key: str, payments: str | None) -> None:
        invoice = self.invoice(key, "DRAFT", "ISSUED", "PARTIALY_PAID", "PAID", "WRITTEN_OFF")
        if invoice.credited or 0 < invoice.written_off < invoice.total:
            raise Refused("invoice_has_adjustments")
        if invoice.status == "PAID" and invoice.total:
            raise Refused("invalid_transition")
        if invoice.paid and not payments:
            raise Refused("invoice_has_payments")
        parts = self.let_go(key, invoice.paid)
        if payments == "refund":
            self.hand_out(parts)
        invoice.write_offs, invoice.is_void = [], True

    def write_off(self, key: str, amount: int | None) -> None:
        invoice = self.invoice(key, "ISSUED", "PARTIALY_PAID")
        if (amount or 0) > invoice.remaining:
            raise Refused("over_write_off")
        invoice.write_offs.append(amount or invoice.remaining)

    def reinstate(self, key: str) -> None:
        invoice = self.invoice(key, "ISSUED", "PARTIALY_PAID", "WRITTEN_OFF")
        if not invoice.written_off:
            raise Refused("invalid_transition")
        invoice.write_offs = []

    def credit(self, key: str, amount: int | None) -> dict[int, int]:
        invoice = self.invoice(key, "ISSUED", "PARTIALY_PAID", "PAID", "WRITTEN_OFF")
        left = invoice.total - invoice.credited
        amount = left if amount is None else amount
        if amount > left or not left:
            raise Refused("over_credit")
        released = self.let_go(key, invoice.recover(amount))
        invoice.credited += amount
        self.number("CN")
        return released

    def correct(self, key: str, draft: str) -> None:
        invoice = self.invoice(key, "ISSUED", "PARTIALY_PAID", "PAID", "WRITTEN_OFF")
        if invoice.is_corrected:
            raise Refused("already_corrected")
        released, invoice.is_corrected = self.credit(key, None), True
        self.invoices[draft] = Invoice(invoice.patient, invoice.lines, invoice.discount, invoice.percent)
        for payment, part in released.items():
            self.put_on(payment, draft, part)

    # -- A patient's money

    def spread(self, patient: str, amount: int, told: dict[str, int] | None) -> dict[str, int]:
        """Where an amount goes: as told, else oldest due first (of one day: by id), as far as debts go."""
        if told is not None:
            return told
        owed = {key: each for key, each in self.invoices.items() if each.patient == patient and each.remaining}
        shares: dict[str, int] = {}
        for key in sorted(owed, key=lambda key: (max(owed[key].due or self.today, self.today), key)):
            if owed[key].number and amount:
                shares[key] = min(amount, owed[key].remaining)
                amount -= shares[key]
        return shares

    def take(self, patient: str, amount: int, told: dict[str, int] | None, excess: str) -> int:
        shares = self.spread(patient, amount, told)
        if any(self.invoices[key].patient != patient for key in shares):
            raise Refused("invalid_allocations")
        if sum(shares.values()) > amount:
            raise Refused("invalid_allocations")
        if sum(shares.values()) < amount and excess == "reject":
            raise Refused("overpayment")
        payment = self.receive(patient, amount)
        for key, part in shares.items():
            self.put_on(payment, key, part)
        return payment

    def allocate(self, payment: int, told: dict[str, int] | None) -> None:
        credit = self.payments[payment].credit
        patient = self.payments[payment].patient
        shares = self.spread(patient, credit, told)
        if credit and any(self.invoices[key].patient != patient for key in shares):
            raise Refused("invalid_allocations")
        if not credit or not shares or sum(shares.values()) > credit:
            raise Refused("credit_exceeded")
        for key, part in shares.items():
            self.put_on(payment, key, part)

    def refund_credit(self, payment: int, amount: int) -> None:
        if amount > self.payments[payment].credit:
            raise Refused("credit_exceeded")
        self.hand_out({payment: amount})

    def reverse(self, payment: int) -> None:
        row = self.payments[payment]
        if row.is_over:
            raise Refused("already_reversed")
        if row.handed_out:
            raise Refused("payment_refunded")
        for invoice in self.invoices.values():
            invoice.was_lowered = invoice.was_lowered or bool(invoice.held.get(payment))
            invoice.held.pop(payment, None)
        row.credit, row.is_over = 0, True
        self.payments[self.receive(row.patient, 0)].is_over = True
