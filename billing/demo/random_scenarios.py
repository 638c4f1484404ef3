"""Scenarios of the demo's invoices with their frequencies: paid at once, late, by others, or never."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from billing.choices import PaymentMethod
from billing.demo.opening_hours import days_later, minutes_later
from billing.demo.price_list import PAYERS
from billing.demo.scheduler import Scenario
from billing.demo.staff_actions import Staff, part_of
from billing.demo.visits import Visit
from billing.models.invoice.payer import Payer
from billing.operations.credit_notes import issue_credit_note
from billing.operations.issuing import issue
from billing.operations.payments import reverse_payment
from billing.operations.refunds import refund, refund_credit
from billing.operations.voiding import void
from billing.operations.write_offs import write_off
from billing.rules.crediting import CreditRequest

CARD, CASH = PaymentMethod.CARD, PaymentMethod.CASH
TRANSFER, INSURANCE = PaymentMethod.TRANSFER, PaymentMethod.INSURANCE


def paid_on_the_spot(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    yield (at := minutes_later(visit.at, visit.rng))
    staff.take_payment(invoice, at, visit.rng, CARD if visit.rng.random() < 0.6 else CASH)


def paid_by_transfer(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    yield (at := days_later(visit.at, visit.rng.randint(4, 32), visit.rng))
    staff.take_payment(invoice, at, visit.rng, TRANSFER)


def paid_late(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    yield (at := days_later(visit.at, visit.rng.randint(36, 44), visit.rng))
    staff.add_tags(invoice, at, "reminder sent")
    yield (at := days_later(at, visit.rng.randint(2, 70), visit.rng))
    staff.take_payment(invoice, at, visit.rng, TRANSFER)


def paid_by_insurer(staff: Staff, visit: Visit) -> Scenario:
    visit.tags.append("insurance")
    invoice = staff.bill(visit, bill_to=Payer(*visit.rng.choice(PAYERS)))
    yield (at := days_later(visit.at, visit.rng.randint(18, 55), visit.rng))
    if visit.rng.random() < 0.75:
        staff.take_payment(invoice, at, visit.rng, INSURANCE)
        return
    staff.take_payment(invoice, at, visit.rng, INSURANCE, part_of(invoice.remaining_amount, 80))
    yield (at := days_later(at, visit.rng.randint(8, 40), visit.rng))
    staff.take_payment(invoice, at, visit.rng, TRANSFER)


def paid_in_parts(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    at = minutes_later(visit.at, visit.rng)
    for percent in visit.rng.choice(((50,), (30, 50))):
        yield at
        staff.take_payment(invoice, at, visit.rng, CARD, part_of(invoice.remaining_amount, percent))
        at = days_later(at, visit.rng.randint(20, 35), visit.rng)
    yield at
    staff.take_payment(invoice, at, visit.rng, CARD)


def never_paid(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    yield (at := days_later(visit.at, visit.rng.randint(38, 50), visit.rng))
    staff.add_tags(invoice, at, "reminder sent")
    yield (at := days_later(at, visit.rng.randint(110, 190), visit.rng))
    reason = visit.rng.choice(("Moved abroad, no reply", "Not found at the address", "Insolvent"))
    write_off(invoice, reason=reason, by=staff.supervisor, at=at)
    if visit.rng.random() < 0.2:
        yield (at := days_later(at, visit.rng.randint(20, 90), visit.rng))
        staff.take_payment(invoice, at, visit.rng, TRANSFER, part_of(invoice.written_off_amount, 60))


def written_off_in_part(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    yield (at := days_later(visit.at, visit.rng.randint(10, 30), visit.rng))
    amount = part_of(invoice.remaining_amount, 30)
    write_off(invoice, amount=amount, reason="Goodwill after a complaint", by=staff.supervisor, at=at)
    yield (at := days_later(at, visit.rng.randint(3, 20), visit.rng))
    staff.take_payment(invoice, at, visit.rng, TRANSFER)


def credited_in_part(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    if visit.rng.random() < 0.5:
        yield (at := minutes_later(visit.at, visit.rng))
        staff.take_payment(invoice, at, visit.rng, CARD)
    yield (at := days_later(visit.at, visit.rng.randint(3, 15), visit.rng))
    item = invoice.ordered_items[-1]
    if item.line_total > 0:
        asked = [CreditRequest(item.pk, amount=part_of(item.line_total, 50))]
        issue_credit_note(invoice=invoice, reason="Charged twice", by=staff.supervisor, at=at, items=asked)
    if invoice.remaining_amount > 0:
        yield (at := days_later(at, visit.rng.randint(5, 25), visit.rng))
        staff.take_payment(invoice, at, visit.rng, TRANSFER)


def paid_too_much(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    yield (at := days_later(visit.at, visit.rng.randint(4, 32), visit.rng))
    excess = Decimal(visit.rng.choice((5, 10, 20, 50)))
    amount = invoice.remaining_amount + excess
    payment = staff.take_payment(invoice, at, visit.rng, TRANSFER, amount, excess_to_credit=True)
    if visit.rng.random() < 0.5:
        yield (at := days_later(at, visit.rng.randint(5, 20), visit.rng))
        refund_credit(
            payment=payment, amount=excess, method=TRANSFER, reason="Paid too much", by=staff.supervisor, at=at
        )


def bounced(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    yield (at := days_later(visit.at, visit.rng.randint(5, 20), visit.rng))
    payment = staff.take_payment(invoice, at, visit.rng, TRANSFER)
    yield (at := days_later(at, visit.rng.randint(3, 8), visit.rng))
    reverse_payment(payment=payment, reason="Returned by the bank", by=staff.supervisor, at=at)
    invoice.refresh_from_db()
    yield (at := days_later(at, visit.rng.randint(5, 30), visit.rng))
    staff.take_payment(invoice, at, visit.rng, CARD)


def refunded(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    yield (at := minutes_later(visit.at, visit.rng))
    staff.take_payment(invoice, at, visit.rng, CARD)
    yield (at := days_later(at, visit.rng.randint(5, 15), visit.rng))
    refund(
        invoice, amount=invoice.paid_amount, method=CARD, reason="The insurer pays directly", by=staff.supervisor, at=at
    )
    yield (at := days_later(at, visit.rng.randint(10, 40), visit.rng))
    staff.take_payment(invoice, at, visit.rng, INSURANCE)


def voided(staff: Staff, visit: Visit) -> Scenario:
    invoice = staff.bill(visit)
    yield (at := minutes_later(visit.at, visit.rng))
    void(invoice, reason="Issued for the wrong patient", by=staff.clerk, at=at)


def billed_later(staff: Staff, visit: Visit) -> Scenario:
    draft = staff.draft(visit, internal_note="Waits for the report of the laboratory.")
    yield (at := days_later(visit.at, visit.rng.randint(3, 12), visit.rng))
    if visit.rng.random() < 0.15:
        void(draft, reason="", by=staff.clerk, at=at)
        return
    issue(draft, by=staff.clerk, at=at)
    yield (at := days_later(at, visit.rng.randint(3, 30), visit.rng))
    staff.take_payment(draft, at, visit.rng, TRANSFER)


def with_family_discount(staff: Staff, visit: Visit) -> Scenario:
    visit.tags.append("family")
    has_another = any("discount_percent" in item for item in visit.items)
    by = staff.supervisor if has_another else staff.clerk  # both may exceed the limit of a clerk
    invoice = staff.bill(visit, by=by, discount_percent=Decimal(visit.rng.choice(("5", "10", "12.5"))))
    yield (at := minutes_later(visit.at, visit.rng))
    staff.take_payment(invoice, at, visit.rng, CARD)


@dataclass(frozen=True, slots=True)
class RandomScenario:
    """A scenario and its share of all invoices, in thousandths."""

    share: int
    play: Callable[[Staff, Visit], Scenario]
    is_missed: bool = False


RANDOM_SCENARIOS = (
    RandomScenario(355, paid_on_the_spot),
    RandomScenario(235, paid_by_transfer),
    RandomScenario(110, paid_by_insurer),
    RandomScenario(65, paid_late),
    RandomScenario(45, paid_in_parts),
    RandomScenario(40, with_family_discount),
    RandomScenario(35, never_paid),
    RandomScenario(25, billed_later),
    RandomScenario(20, paid_by_transfer, is_missed=True),
    RandomScenario(15, credited_in_part),
    RandomScenario(15, paid_too_much),
    RandomScenario(12, bounced),
    RandomScenario(12, voided),
    RandomScenario(8, written_off_in_part),
    RandomScenario(8, refunded),
)
