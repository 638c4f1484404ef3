"""Actions of the demo clinic's staff, who bill visits and take payments by the operations of billing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from django.contrib.auth.models import User

from billing.choices import PaymentMethod
from billing.demo.patients import random_id
from billing.demo.visits import Visit
from billing.models import Invoice, Payment
from billing.operations.drafts import create_draft
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import pay
from billing.operations.revision import revise
from billing.rules.register_numbers import DRAFT_CHARACTERS, DRAFT_LENGTH, DRAFT_PREFIX

NOTES = (
    "Thank you for your visit.",
    "Please bring your vaccination record next time.",
    "Exercises: see the sheet that we gave you.",
)


class Staff:
    """A clerk and a supervisor; `on_invoice` is called for each invoice that they create."""

    def __init__(self, users: Mapping[str, User], on_invoice: Callable[[], None]) -> None:
        self.clerk = users["clerk"]
        self.supervisor = users["supervisor"]
        self.system = users["system"]
        self.on_invoice = on_invoice

    def draft(self, visit: Visit, *, by: User | None = None, **fields: Any) -> Invoice:
        """Create a draft over the items of the visit, by the clerk unless `by` is given."""
        self.on_invoice()
        if visit.rng.random() < 0.15:
            fields.setdefault("notes", visit.rng.choice(NOTES))
        fields |= {
            "id": fields.get("id") or random_id(visit.rng),
            "reg_number": DRAFT_PREFIX + "".join(visit.rng.choices(DRAFT_CHARACTERS, k=DRAFT_LENGTH)),
            "patient": visit.patient,
            "appointment": visit.appointment,
        }
        data = InvoiceInput(fields=fields, items=visit.items, tags=visit.tags)
        return create_draft(data, by=by or self.clerk, at=visit.at)

    def bill(self, visit: Visit, **fields: Any) -> Invoice:
        """Create an invoice for the visit and issue it."""
        invoice = self.draft(visit, **fields)
        issue(invoice, by=self.clerk, at=visit.at)
        return invoice

    def take_payment(
        self,
        invoice: Invoice,
        at: datetime,
        rng: Random,
        method: PaymentMethod,
        amount: Decimal | None = None,
        **options: Any,
    ) -> Payment:
        """Record a payment of the amount due, or of `amount`."""
        due = invoice.remaining_amount if amount is None else amount
        if method == PaymentMethod.CASH:
            options["tendered"] = cash_tendered(due, rng)
        reference = {
            PaymentMethod.CARD: f"Terminal {rng.randrange(10**6):06d}",
            PaymentMethod.TRANSFER: invoice.reg_number if rng.random() < 0.8 else "",
            PaymentMethod.INSURANCE: f"Claim {rng.randrange(10**8):08d}",
        }.get(method, "")
        return pay(invoice, amount=due, method=method, reference=reference, by=self.clerk, at=at, **options)

    def add_tags(self, invoice: Invoice, at: datetime, *names: str) -> None:
        """Add tags to an invoice."""
        locked = invoice.lock()
        tags = [tag.name for tag in invoice.tags.all()]
        revise(locked, InvoiceInput(tags=[*tags, *names]), by=self.clerk, at=at)


def cash_tendered(due: Decimal, rng: Random) -> Decimal:
    """Return the cash that a patient hands over: the amount due, rounded up to a coin or note."""
    note = Decimal(rng.choice((1, 5, 10, 50)))
    return (due / note).to_integral_value(rounding="ROUND_CEILING") * note


def part_of(amount: Decimal, percent: int) -> Decimal:
    """Return a percentage of an amount, in whole units if it is at least one."""
    share = amount * percent / 100
    return share.quantize(Decimal(1)) if share >= 1 else max(Decimal("0.01"), share.quantize(Decimal("0.01")))
