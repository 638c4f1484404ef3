"""What usually becomes of the demo's invoices, and how often: paid at the desk, late, by others, or never."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from billing.choices import PaymentMethod
from billing.demo.agenda import Episode
from billing.demo.desk import Desk, part_of
from billing.demo.diary import Visit
from billing.demo.hours import later, soon
from billing.demo.price_list import PAYERS
from billing.models.invoice.model import Payer
from billing.operations.credit_notes import issue_credit_note
from billing.operations.issuing import issue
from billing.operations.payments import reverse_payment
from billing.operations.refunds import refund, refund_credit
from billing.operations.voiding import void
from billing.operations.write_offs import write_off
from billing.rules.crediting import CreditRequest

CARD, CASH = PaymentMethod.CARD, PaymentMethod.CASH
TRANSFER, INSURANCE = PaymentMethod.TRANSFER, PaymentMethod.INSURANCE


def paid_at_desk(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    yield (at := soon(visit.at, visit.rng))
    desk.take(invoice, at, visit.rng, CARD if visit.rng.random() < 0.6 else CASH)


def paid_by_transfer(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    yield (at := later(visit.at, visit.rng.randint(4, 32), visit.rng))
    desk.take(invoice, at, visit.rng, TRANSFER)


def paid_late(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    yield (at := later(visit.at, visit.rng.randint(36, 44), visit.rng))
    desk.retag(invoice, at, "reminder sent")
    yield (at := later(at, visit.rng.randint(2, 70), visit.rng))
    desk.take(invoice, at, visit.rng, TRANSFER)


def paid_by_insurer(desk: Desk, visit: Visit) -> Episode:
    visit.tags.append("insurance")
    invoice = desk.bill(visit, bill_to=Payer(*visit.rng.choice(PAYERS)))
    yield (at := later(visit.at, visit.rng.randint(18, 55), visit.rng))
    if visit.rng.random() < 0.75:
        desk.take(invoice, at, visit.rng, INSURANCE)
        return
    desk.take(invoice, at, visit.rng, INSURANCE, part_of(invoice.remaining_amount, 80))
    yield (at := later(at, visit.rng.randint(8, 40), visit.rng))
    desk.take(invoice, at, visit.rng, TRANSFER)


def paid_in_parts(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    at = soon(visit.at, visit.rng)
    for hundredths in visit.rng.choice(((50,), (30, 50))):
        yield at
        desk.take(invoice, at, visit.rng, CARD, part_of(invoice.remaining_amount, hundredths))
        at = later(at, visit.rng.randint(20, 35), visit.rng)
    yield at
    desk.take(invoice, at, visit.rng, CARD)


def never_paid(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    yield (at := later(visit.at, visit.rng.randint(38, 50), visit.rng))
    desk.retag(invoice, at, "reminder sent")
    yield (at := later(at, visit.rng.randint(110, 190), visit.rng))
    reason = visit.rng.choice(("Moved abroad, no reply", "Not found at the address", "Insolvent"))
    write_off(invoice, reason=reason, by=desk.supervisor, at=at)
    if visit.rng.random() < 0.2:
        yield (at := later(at, visit.rng.randint(20, 90), visit.rng))
        desk.take(invoice, at, visit.rng, TRANSFER, part_of(invoice.written_off_amount, 60))


def forgiven_in_part(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    yield (at := later(visit.at, visit.rng.randint(10, 30), visit.rng))
    amount = part_of(invoice.remaining_amount, 30)
    write_off(invoice, amount=amount, reason="Goodwill after a complaint", by=desk.supervisor, at=at)
    yield (at := later(at, visit.rng.randint(3, 20), visit.rng))
    desk.take(invoice, at, visit.rng, TRANSFER)


def credited_in_part(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    if visit.rng.random() < 0.5:
        yield (at := soon(visit.at, visit.rng))
        desk.take(invoice, at, visit.rng, CARD)
    yield (at := later(visit.at, visit.rng.randint(3, 15), visit.rng))
    item = invoice.ordered_items[-1]
    if item.line_total > 0:
        asked = [CreditRequest(item.pk, amount=part_of(item.line_total, 50))]
        issue_credit_note(invoice=invoice, reason="Charged twice", by=desk.supervisor, at=at, items=asked)
    if invoice.remaining_amount > 0:
        yield (at := later(at, visit.rng.randint(5, 25), visit.rng))
        desk.take(invoice, at, visit.rng, TRANSFER)


def paid_too_much(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    yield (at := later(visit.at, visit.rng.randint(4, 32), visit.rng))
    excess = Decimal(visit.rng.choice((5, 10, 20, 50)))
    amount = invoice.remaining_amount + excess
    payment = desk.take(invoice, at, visit.rng, TRANSFER, amount, excess_to_credit=True)
    if visit.rng.random() < 0.5:
        yield (at := later(at, visit.rng.randint(5, 20), visit.rng))
        refund_credit(
            payment=payment, amount=excess, method=TRANSFER, reason="Paid too much", by=desk.supervisor, at=at
        )


def bounced(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    yield (at := later(visit.at, visit.rng.randint(5, 20), visit.rng))
    payment = desk.take(invoice, at, visit.rng, TRANSFER)
    yield (at := later(at, visit.rng.randint(3, 8), visit.rng))
    reverse_payment(payment=payment, reason="Returned by the bank", by=desk.supervisor, at=at)
    invoice.refresh_from_db()
    yield (at := later(at, visit.rng.randint(5, 30), visit.rng))
    desk.take(invoice, at, visit.rng, CARD)


def handed_back(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    yield (at := soon(visit.at, visit.rng))
    desk.take(invoice, at, visit.rng, CARD)
    yield (at := later(at, visit.rng.randint(5, 15), visit.rng))
    refund(
        invoice, amount=invoice.paid_amount, method=CARD, reason="The insurer pays directly", by=desk.supervisor, at=at
    )
    yield (at := later(at, visit.rng.randint(10, 40), visit.rng))
    desk.take(invoice, at, visit.rng, INSURANCE)


def typed_wrongly(desk: Desk, visit: Visit) -> Episode:
    invoice = desk.bill(visit)
    yield (at := soon(visit.at, visit.rng))
    void(invoice, reason="Issued for the wrong patient", by=desk.clerk, at=at)


def billed_later(desk: Desk, visit: Visit) -> Episode:
    draft = desk.draft(visit, internal_note="Waits for the report of the laboratory.")
    yield (at := later(visit.at, visit.rng.randint(3, 12), visit.rng))
    if visit.rng.random() < 0.15:
        void(draft, reason="", by=desk.clerk, at=at)
        return
    issue(draft, by=desk.clerk, at=at)
    yield (at := later(at, visit.rng.randint(3, 30), visit.rng))
    desk.take(draft, at, visit.rng, TRANSFER)


def with_family_discount(desk: Desk, visit: Visit) -> Episode:
    visit.tags.append("family")
    has_another = any("discount_percent" in item for item in visit.items)  # both may be more than a clerk gives
    by = desk.supervisor if has_another else desk.clerk
    invoice = desk.bill(visit, by=by, discount_percent=Decimal(visit.rng.choice(("5", "10", "12.5"))))
    yield (at := soon(visit.at, visit.rng))
    desk.take(invoice, at, visit.rng, CARD)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to so many of a thousand invoices."""

    share: int
    play: Callable[[Desk, Visit], Episode]
    is_missed: bool = False


OUTCOMES = (
    Outcome(355, paid_at_desk),
    Outcome(235, paid_by_transfer),
    Outcome(110, paid_by_insurer),
    Outcome(65, paid_late),
    Outcome(45, paid_in_parts),
    Outcome(40, with_family_discount),
    Outcome(35, never_paid),
    Outcome(25, billed_later),
    Outcome(20, paid_by_transfer, is_missed=True),
    Outcome(15, credited_in_part),
    Outcome(15, paid_too_much),
    Outcome(12, bounced),
    Outcome(12, typed_wrongly),
    Outcome(8, forgiven_in_part),
    Outcome(8, handed_back),
)
