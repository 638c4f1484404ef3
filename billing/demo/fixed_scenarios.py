"""Scenarios that every demo contains: thirty invoices, dated back from its last day, so that each feature is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from billing.choices import PaymentMethod
from billing.demo.opening_hours import days_later, minutes_later
from billing.demo.price_list import PAYERS
from billing.demo.random_scenarios import bounced, paid_on_the_spot, refunded, voided
from billing.demo.scheduler import Scenario
from billing.demo.staff_actions import Staff, part_of
from billing.demo.visits import Visit
from billing.models import Invoice
from billing.models.invoice.items import EDITABLE_FIELDS
from billing.models.invoice.payer import Payer
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import Share, allocate_credit, take_payment
from billing.operations.refunds import refund_credit
from billing.operations.revision import revise
from billing.operations.voiding import ReleaseTo, void
from billing.operations.write_offs import reinstate, write_off
from billing.rules.crediting import CreditRequest
from clinic.domain.dates import start_of_day

CARD, TRANSFER = PaymentMethod.CARD, PaymentMethod.TRANSFER
LOGIN = "patient"  # the role of the login of that name
EXAMPLE_IDS = {
    "patient": UUID("0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0001"),
    "appointment": UUID("0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0002"),
    "invoice": UUID("0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0004"),
    "service": UUID("0b6b2f0e-6f0a-4d5e-9d0b-1f1f6a1c0005"),
}
"""The ids in the examples of /docs/ (billing/api/examples.py)."""


@dataclass(frozen=True, slots=True)
class FixedScenario:
    """A scenario of one patient; `visits` are days before the last day of the demo.

    It creates an invoice for each visit, and `corrections` more. Scenarios of one `role` have the same patient; one
    with `is_duplicate` has a second record of that patient, which is merged later.
    """

    visits: tuple[int, ...]
    play: Callable[..., Scenario]
    corrections: int = 0
    role: str = ""
    is_duplicate: bool = False

    @property
    def invoices(self) -> int:
        """Return the number of invoices that it creates."""
        return len(self.visits) + self.corrections


class FixedScenarios:
    """The scenarios, for a demo that ends before the day `until`. Each takes the staff and its visits."""

    def __init__(self, until: date) -> None:
        self.until = until

    def _open(self, staff: Staff, visit: Visit, overdue: int, **fields: object) -> Invoice:
        """Create an invoice that is overdue by so many days on the last day; below zero: due later."""
        return staff.bill(visit, due_date=start_of_day(self.until - timedelta(days=overdue)), **fields)

    def example(self, staff: Staff, visit: Visit) -> Scenario:
        """Bill what is not due yet, and enough for every example of /docs/ that pays."""
        visit.items[0]["quantity"] = Decimal(10)
        self._open(staff, visit, -18, id=EXAMPLE_IDS["invoice"])
        yield from ()

    def overdue_since_days(self, staff: Staff, visit: Visit) -> Scenario:
        self._open(staff, visit, 12)
        yield from ()

    def overdue_for_a_month(self, staff: Staff, visit: Visit) -> Scenario:
        visit.tags.append("insurance")
        invoice = self._open(staff, visit, 45, bill_to=Payer(*PAYERS[0]))
        yield (at := days_later(visit.at, 40, visit.rng))
        staff.add_tags(invoice, at, "reminder sent")

    def overdue_for_two_months(self, staff: Staff, visit: Visit) -> Scenario:
        invoice = self._open(staff, visit, 75)
        yield (at := minutes_later(visit.at, visit.rng))
        staff.take_payment(invoice, at, visit.rng, CARD, part_of(invoice.remaining_amount, 40))

    def overdue_for_long(self, staff: Staff, visit: Visit) -> Scenario:
        visit.tags.append("disputed")
        self._open(staff, visit, 130, internal_note="Says that the treatment was agreed to be free.")
        yield from ()

    def paid_together(self, staff: Staff, first: Visit, *others: Visit) -> Scenario:
        """Pay several invoices by one transfer."""
        invoices = [staff.bill(first)]
        for visit in others:
            yield visit.at
            invoices.append(staff.bill(visit))
        yield (at := days_later(others[-1].at, 12, first.rng))
        shares = [Share(invoice.pk, invoice.remaining_amount) for invoice in invoices]
        total = sum((share.amount for share in shares), Decimal(0))
        take_payment(patient=first.patient, amount=total, method=TRANSFER, allocations=shares, by=staff.clerk, at=at)

    def drafted(self, staff: Staff, visit: Visit) -> Scenario:
        staff.draft(visit, internal_note="Waits for the doctor's word on the quantities.")
        yield from ()

    def deposited(self, staff: Staff, visit: Visit) -> Scenario:
        draft = staff.draft(visit, internal_note="Second session still to come.")
        yield (at := minutes_later(visit.at, visit.rng))
        staff.take_payment(draft, at, visit.rng, CARD, part_of(draft.remaining_amount, 40))

    def draft_voided(self, staff: Staff, visit: Visit) -> Scenario:
        draft = staff.draft(visit)
        yield (at := days_later(visit.at, 2, visit.rng))
        void(draft, reason="The patient cancelled", by=staff.clerk, at=at)

    def issued_after_deposit(self, staff: Staff, visit: Visit, percent: int) -> Scenario:
        draft = staff.draft(visit)
        yield (at := minutes_later(visit.at, visit.rng))
        whole = draft.remaining_amount
        staff.take_payment(draft, at, visit.rng, CARD, whole if percent == 100 else part_of(whole, percent))
        yield (at := days_later(at, 7, visit.rng))
        issue(draft, by=staff.clerk, at=at)

    def discounted_to_zero(self, staff: Staff, visit: Visit) -> Scenario:
        visit.tags.append("family")
        staff.bill(visit, by=staff.supervisor, discount_percent=Decimal(100), notes="With our compliments.")
        yield from ()

    def voided_with_money(self, staff: Staff, visit: Visit, days: int, reason: str, to: ReleaseTo) -> Scenario:
        invoice = staff.bill(visit)
        yield (at := minutes_later(visit.at, visit.rng))
        staff.take_payment(invoice, at, visit.rng, CARD, part_of(invoice.remaining_amount, 50))
        yield (at := days_later(visit.at, days, visit.rng))
        void(invoice, reason=reason, by=staff.supervisor, at=at, release_to=to, method=CARD)

    def credited_then_paid(self, staff: Staff, visit: Visit) -> Scenario:
        invoice = staff.bill(visit)
        yield (at := days_later(visit.at, 6, visit.rng))
        item = invoice.ordered_items[0]
        asked = [CreditRequest(item.pk, amount=part_of(item.line_total, 50))]
        issue_credit_note(invoice=invoice, reason="Not rendered in full", by=staff.supervisor, at=at, items=asked)
        yield (at := days_later(at, 14, visit.rng))
        staff.take_payment(invoice, at, visit.rng, TRANSFER)

    def credited_after_payment(self, staff: Staff, visit: Visit) -> Scenario:
        yield from paid_on_the_spot(staff, visit)
        invoice = Invoice.objects.get(appointment=visit.appointment)
        yield (at := days_later(visit.at, 9, visit.rng))
        asked = [CreditRequest(invoice.ordered_items[0].pk)]
        issue_credit_note(invoice=invoice, reason="Covered by the insurer", by=staff.supervisor, at=at, items=asked)

    def credited_whole(self, staff: Staff, visit: Visit) -> Scenario:
        invoice = staff.bill(visit)
        yield (at := days_later(visit.at, 4, visit.rng))
        issue_credit_note(invoice=invoice, reason="Billed to the employer", by=staff.supervisor, at=at)

    def written_off(self, staff: Staff, visit: Visit) -> Scenario:
        invoice = staff.bill(visit)
        yield (at := days_later(visit.at, 200, visit.rng))
        write_off(invoice, reason="Moved abroad, no reply", by=staff.supervisor, at=at)

    def written_off_in_part(self, staff: Staff, visit: Visit) -> Scenario:
        invoice = staff.bill(visit)
        yield (at := days_later(visit.at, 30, visit.rng))
        amount = part_of(invoice.remaining_amount, 25)
        write_off(invoice, amount=amount, reason="Goodwill after a complaint", by=staff.supervisor, at=at)
        yield (at := days_later(at, 10, visit.rng))
        staff.take_payment(invoice, at, visit.rng, TRANSFER)

    def recovered_in_part(self, staff: Staff, visit: Visit) -> Scenario:
        invoice = staff.bill(visit)
        yield (at := days_later(visit.at, 190, visit.rng))
        write_off(invoice, reason="Insolvent", by=staff.supervisor, at=at)
        yield (at := days_later(at, 60, visit.rng))
        staff.take_payment(invoice, at, visit.rng, TRANSFER, part_of(invoice.written_off_amount, 30))

    def reinstated(self, staff: Staff, visit: Visit) -> Scenario:
        invoice = staff.bill(visit)
        yield (at := days_later(visit.at, 200, visit.rng))
        write_off(invoice, reason="Not found at the address", by=staff.supervisor, at=at)
        yield (at := days_later(at, 40, visit.rng))
        reinstate(invoice, reason="Found again, and willing to pay", by=staff.supervisor, at=at)

    def overpaid(self, staff: Staff, first: Visit, second: Visit) -> Scenario:
        """Pay too much; a part pays the next visit, a part is refunded, the rest remains credit."""
        invoice = staff.bill(first)
        yield (at := days_later(first.at, 10, first.rng))
        amount = invoice.remaining_amount + 50
        payment = staff.take_payment(invoice, at, first.rng, TRANSFER, amount, excess_to_credit=True)
        yield second.at
        following = staff.bill(second)
        yield (at := minutes_later(second.at, second.rng))
        share = Share(following.pk, min(Decimal(20), following.remaining_amount))
        allocate_credit(payment=payment, allocations=[share], by=staff.clerk, at=at)
        yield (at := days_later(at, 3, second.rng))
        refund_credit(
            payment=payment, amount=Decimal(15), method=CARD, reason="Asked for it", by=staff.supervisor, at=at
        )

    def corrected(self, staff: Staff, visit: Visit) -> Scenario:
        """Correct a quantity: credit the whole invoice and issue a new one, with the money paid as its deposit."""
        yield from paid_on_the_spot(staff, visit)
        invoice = Invoice.objects.get(appointment=visit.appointment)
        yield (at := days_later(visit.at, 5, visit.rng))
        draft = correct(invoice=invoice, reason="A quantity was wrong", by=staff.supervisor, at=at)
        staff.on_invoice()
        items = [
            {"id": item.pk} | {name: getattr(item, name) for name in EDITABLE_FIELDS} for item in draft.ordered_items
        ]
        items[0]["quantity"] += 1
        revise(draft.lock(), InvoiceInput(items=items), by=staff.clerk, at=at)
        issue(draft, by=staff.clerk, at=at)
        yield (at := days_later(at, 10, visit.rng))
        staff.take_payment(draft, at, visit.rng, TRANSFER)

    def all(self) -> tuple[FixedScenario, ...]:
        """Return all scenarios; of a small demo the first ones are used."""
        return (
            FixedScenario((12,), self.example, role=LOGIN),
            FixedScenario((42,), self.overdue_since_days, role="known twice"),
            FixedScenario((75,), self.overdue_for_a_month),
            FixedScenario((105,), self.overdue_for_two_months, role="known twice", is_duplicate=True),
            FixedScenario((160,), self.overdue_for_long),
            FixedScenario((9,), self.drafted),
            FixedScenario((50,), voided),
            FixedScenario((300,), self.written_off),
            FixedScenario((100,), self.credited_then_paid),
            FixedScenario((120,), self.credited_after_payment),
            FixedScenario((140,), refunded),
            FixedScenario((95,), bounced),
            FixedScenario((11,), self.deposited),
            FixedScenario((70,), partial(self.issued_after_deposit, percent=100)),
            FixedScenario((25,), partial(self.issued_after_deposit, percent=50)),
            FixedScenario((150,), self.written_off_in_part),
            FixedScenario((320,), self.recovered_in_part),
            FixedScenario((330,), self.reinstated),
            FixedScenario((65,), partial(self.voided_with_money, days=2, reason="Billed twice", to="credit")),
            FixedScenario((90,), partial(self.voided_with_money, days=3, reason="Treatment broken off", to="refund")),
            FixedScenario((60,), self.draft_voided),
            FixedScenario((55,), self.discounted_to_zero),
            FixedScenario((85,), self.credited_whole),
            FixedScenario((75, 40), self.overpaid),
            FixedScenario((130,), self.corrected, corrections=1),
            FixedScenario((110, 96, 80), self.paid_together, role=LOGIN),
        )
