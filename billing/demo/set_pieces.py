"""What the demo shows for certain: thirty invoices whose stories no chance decides, counted back from its last day."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.choices import PaymentMethod
from billing.demo.agenda import Episode
from billing.demo.desk import Desk, part_of
from billing.demo.diary import Visit
from billing.demo.hours import later, soon
from billing.demo.ordinary import bounced, handed_back, paid_at_desk, typed_wrongly
from billing.demo.price_list import PAYERS
from billing.models import Invoice
from billing.models.invoice.items import EDITABLE_FIELDS
from billing.models.invoice.model import Payer
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import Share, allocate_credit, take_payment
from billing.operations.refunds import refund_credit
from billing.operations.revision import revise
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.rules.crediting import CreditRequest
from clinic.domain.dates import start_of_day

CARD, TRANSFER = PaymentMethod.CARD, PaymentMethod.TRANSFER
LOGIN = "patient"  # the role of the login of that name


@dataclass(frozen=True, slots=True)
class Piece:
    """One patient's story: on which days before the last one they come, and what happens then.

    It makes an invoice for each visit, and `corrections` more. Stories of one `role` are of one person; one that was
    `registered_again` was another patient to the desk until somebody noticed.
    """

    visits: tuple[int, ...]
    play: Callable[..., Episode]
    corrections: int = 0
    role: str = ""
    registered_again: bool = False

    @property
    def invoices(self) -> int:
        """How many invoices it makes."""
        return len(self.visits) + self.corrections


class Pieces:
    """The stories, for a demo that ends before the day `until`. Each takes the desk and its visits."""

    def __init__(self, until: date) -> None:
        self.until = until

    def _open(self, desk: Desk, visit: Visit, overdue: int, **fields: object) -> Invoice:
        """An invoice that is so many days overdue on the last day; below zero: due in so many."""
        return desk.bill(visit, due_date=start_of_day(self.until - timedelta(days=overdue)), **fields)

    def not_due_yet(self, desk: Desk, visit: Visit) -> Episode:
        self._open(desk, visit, -18)
        yield from ()

    def overdue_since_days(self, desk: Desk, visit: Visit) -> Episode:
        self._open(desk, visit, 12)
        yield from ()

    def overdue_for_a_month(self, desk: Desk, visit: Visit) -> Episode:
        visit.tags.append("insurance")
        invoice = self._open(desk, visit, 45, bill_to=Payer(*PAYERS[0]))
        yield (at := later(visit.at, 40, visit.rng))
        desk.retag(invoice, at, "reminder sent")

    def overdue_for_two_months(self, desk: Desk, visit: Visit) -> Episode:
        invoice = self._open(desk, visit, 75)
        yield (at := soon(visit.at, visit.rng))
        desk.take(invoice, at, visit.rng, CARD, part_of(invoice.remaining_amount, 40))

    def overdue_for_long(self, desk: Desk, visit: Visit) -> Episode:
        visit.tags.append("disputed")
        self._open(desk, visit, 130, internal_note="Says that the treatment was agreed to be free.")
        yield from ()

    def paid_together(self, desk: Desk, first: Visit, *others: Visit) -> Episode:
        """Several invoices, paid by one transfer."""
        invoices = [desk.bill(first)]
        for visit in others:
            yield visit.at
            invoices.append(desk.bill(visit))
        yield (at := later(others[-1].at, 12, first.rng))
        shares = [Share(invoice.pk, invoice.remaining_amount) for invoice in invoices]
        total = sum((share.amount for share in shares), Decimal(0))
        take_payment(patient=first.patient, amount=total, method=TRANSFER, allocations=shares, by=desk.clerk, at=at)

    def drafted(self, desk: Desk, visit: Visit) -> Episode:
        desk.draft(visit, internal_note="Waits for the doctor's word on the quantities.")
        yield from ()

    def deposited(self, desk: Desk, visit: Visit) -> Episode:
        draft = desk.draft(visit, internal_note="Second session still to come.")
        yield (at := soon(visit.at, visit.rng))
        desk.take(draft, at, visit.rng, CARD, part_of(draft.remaining_amount, 40))

    def draft_given_up(self, desk: Desk, visit: Visit) -> Episode:
        draft = desk.draft(visit)
        yield (at := later(visit.at, 2, visit.rng))
        void(draft, reason="The patient cancelled", by=desk.clerk, at=at)

    def paid_ahead(self, desk: Desk, visit: Visit) -> Episode:
        yield from self._issued_after_deposit(desk, visit, 100)

    def paid_half_ahead(self, desk: Desk, visit: Visit) -> Episode:
        yield from self._issued_after_deposit(desk, visit, 50)

    def _issued_after_deposit(self, desk: Desk, visit: Visit, hundredths: int) -> Episode:
        draft = desk.draft(visit)
        yield (at := soon(visit.at, visit.rng))
        whole = draft.remaining_amount
        desk.take(draft, at, visit.rng, CARD, whole if hundredths == 100 else part_of(whole, hundredths))
        yield (at := later(at, 7, visit.rng))
        issue(draft, by=desk.clerk, at=at)

    def given_for_free(self, desk: Desk, visit: Visit) -> Episode:
        visit.tags.append("family")
        desk.bill(visit, by=desk.supervisor, discount_percent=Decimal(100), notes="With our compliments.")
        yield from ()

    def voided_for_credit(self, desk: Desk, visit: Visit) -> Episode:
        invoice = yield from self._paid_in_part(desk, visit)
        yield (at := later(visit.at, 2, visit.rng))
        void(invoice, reason="Billed twice", by=desk.supervisor, at=at, release_to="credit")

    def voided_for_refund(self, desk: Desk, visit: Visit) -> Episode:
        invoice = yield from self._paid_in_part(desk, visit)
        yield (at := later(visit.at, 3, visit.rng))
        void(invoice, reason="Treatment broken off", by=desk.supervisor, at=at, release_to="refund", method=CARD)

    def _paid_in_part(self, desk: Desk, visit: Visit) -> Generator[datetime, None, Invoice]:
        invoice = desk.bill(visit)
        yield (at := soon(visit.at, visit.rng))
        desk.take(invoice, at, visit.rng, CARD, part_of(invoice.remaining_amount, 50))
        return invoice

    def credited_then_paid(self, desk: Desk, visit: Visit) -> Episode:
        invoice = desk.bill(visit)
        yield (at := later(visit.at, 6, visit.rng))
        item = invoice.ordered_items[0]
        asked = [CreditRequest(item.pk, amount=part_of(item.line_total, 50))]
        issue_credit_note(invoice=invoice, reason="Not rendered in full", by=desk.supervisor, at=at, items=asked)
        yield (at := later(at, 14, visit.rng))
        desk.take(invoice, at, visit.rng, TRANSFER)

    def credited_after_payment(self, desk: Desk, visit: Visit) -> Episode:
        yield from paid_at_desk(desk, visit)
        invoice = Invoice.objects.get(appointment=visit.appointment)
        yield (at := later(visit.at, 9, visit.rng))
        asked = [CreditRequest(invoice.ordered_items[0].pk)]
        issue_credit_note(invoice=invoice, reason="Covered by the insurer", by=desk.supervisor, at=at, items=asked)

    def credited_whole(self, desk: Desk, visit: Visit) -> Episode:
        invoice = desk.bill(visit)
        yield (at := later(visit.at, 4, visit.rng))
        issue_credit_note(invoice=invoice, reason="Billed to the employer", by=desk.supervisor, at=at)

    def written_off(self, desk: Desk, visit: Visit) -> Episode:
        invoice = desk.bill(visit)
        yield (at := later(visit.at, 200, visit.rng))
        write_off(invoice, reason="Moved abroad, no reply", by=desk.supervisor, at=at)

    def written_off_in_part(self, desk: Desk, visit: Visit) -> Episode:
        invoice = desk.bill(visit)
        yield (at := later(visit.at, 30, visit.rng))
        amount = part_of(invoice.remaining_amount, 25)
        write_off(invoice, amount=amount, reason="Goodwill after a complaint", by=desk.supervisor, at=at)
        yield (at := later(at, 10, visit.rng))
        desk.take(invoice, at, visit.rng, TRANSFER)

    def recovered_in_part(self, desk: Desk, visit: Visit) -> Episode:
        invoice = desk.bill(visit)
        yield (at := later(visit.at, 190, visit.rng))
        write_off(invoice, reason="Insolvent", by=desk.supervisor, at=at)
        yield (at := later(at, 60, visit.rng))
        desk.take(invoice, at, visit.rng, TRANSFER, part_of(invoice.written_off_amount, 30))

    def reinstated(self, desk: Desk, visit: Visit) -> Episode:
        invoice = desk.bill(visit)
        yield (at := later(visit.at, 200, visit.rng))
        write_off(invoice, reason="Not found at the address", by=desk.supervisor, at=at)
        yield (at := later(at, 40, visit.rng))
        reinstate(invoice, reason="Found again, and willing to pay", by=desk.supervisor, at=at)

    def overpaid(self, desk: Desk, first: Visit, second: Visit) -> Episode:
        """Too much by transfer; a part pays the next visit, another is handed out, the rest stays credit."""
        invoice = desk.bill(first)
        yield (at := later(first.at, 10, first.rng))
        amount = invoice.remaining_amount + 50
        payment = desk.take(invoice, at, first.rng, TRANSFER, amount, excess_to_credit=True)
        yield second.at
        following = desk.bill(second)
        yield (at := soon(second.at, second.rng))
        share = Share(following.pk, min(Decimal(20), following.remaining_amount))
        allocate_credit(payment=payment, allocations=[share], by=desk.clerk, at=at)
        yield (at := later(at, 3, second.rng))
        refund_credit(
            payment=payment, amount=Decimal(15), method=CARD, reason="Asked for it", by=desk.supervisor, at=at
        )

    def corrected(self, desk: Desk, visit: Visit) -> Episode:
        """Billed one too few: credited whole, and billed again with what was paid as its deposit."""
        yield from paid_at_desk(desk, visit)
        invoice = Invoice.objects.get(appointment=visit.appointment)
        yield (at := later(visit.at, 5, visit.rng))
        draft = correct(invoice=invoice, reason="A quantity was wrong", by=desk.supervisor, at=at)
        desk.on_invoice()
        items = [
            {"id": item.pk} | {name: getattr(item, name) for name in EDITABLE_FIELDS} for item in draft.ordered_items
        ]
        items[0]["quantity"] += 1
        revise(draft.lock(), InvoiceInput(items=items), by=desk.clerk, at=at)
        issue(draft, by=desk.clerk, at=at)
        yield (at := later(at, 10, visit.rng))
        desk.take(draft, at, visit.rng, TRANSFER)

    def all(self) -> tuple[Piece, ...]:
        """Every story, the most telling first."""
        return (
            Piece((12,), self.not_due_yet, role=LOGIN),
            Piece((42,), self.overdue_since_days, role="known twice"),
            Piece((75,), self.overdue_for_a_month),
            Piece((105,), self.overdue_for_two_months, role="known twice", registered_again=True),
            Piece((160,), self.overdue_for_long),
            Piece((9,), self.drafted),
            Piece((50,), typed_wrongly),
            Piece((300,), self.written_off),
            Piece((100,), self.credited_then_paid),
            Piece((120,), self.credited_after_payment),
            Piece((140,), handed_back),
            Piece((95,), bounced),
            Piece((11,), self.deposited),
            Piece((70,), self.paid_ahead),
            Piece((25,), self.paid_half_ahead),
            Piece((150,), self.written_off_in_part),
            Piece((320,), self.recovered_in_part),
            Piece((330,), self.reinstated),
            Piece((65,), self.voided_for_credit),
            Piece((90,), self.voided_for_refund),
            Piece((60,), self.draft_given_up),
            Piece((55,), self.given_for_free),
            Piece((85,), self.credited_whole),
            Piece((75, 40), self.overpaid),
            Piece((130,), self.corrected, corrections=1),
            Piece((110, 96, 80), self.paid_together, role=LOGIN),
        )
