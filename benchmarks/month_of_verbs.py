"""A month of random operations from one seed, on invoices that exist already.

What the books refuse is left undone, and counted. Imported once Django is set up.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment, Service, Tag
from billing.models.invoice.payer import Payer
from billing.operations.catalogue import change_service, rename_tag
from billing.operations.closing import close_books
from billing.operations.create_or_update import create_invoice, update_invoice
from billing.operations.credit_notes import correct, creditable_items, issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import Share, allocate_credit, pay, reverse_payment, take_payment
from billing.operations.refunds import refund, refund_credit
from billing.operations.voiding import void
from billing.operations.write_off_batch import OldDebts, write_off_batch
from billing.operations.write_offs import reinstate, write_off
from billing.reports.queues import credit_to_allocate
from billing.rules.crediting import CreditRequest
from billing.rules.money import round_to_cents
from clinic.domain.dates import local_date
from clinic.domain.errors import RuleBroken
from patients.models import Patient

DRAFT, ISSUED, PART, PAID, VOID, WRITTEN_OFF = InvoiceStatus
OPEN, HOLDING = (ISSUED, PART), (PART, PAID)
WORDS = ("urgent", "family", "insurance", "reminder sent", "Été", "second look")
SOME_TEXT = ('Say ,"tags":[]} and ,"bill_to":null, \\ to “them”', "", "Paid at the door.", "Zürich – Łódź\nÅre")
CASH, CARD = PaymentMethod.CASH, PaymentMethod.CARD
ODD_ONE = 0.12  # so often an invoice is taken as it comes: most of these are refused


class Pools:
    """Ids of invoices by status; an invoice whose status has changed is sorted again when it is drawn."""

    def __init__(self, chance: Random, rows: Iterable[tuple[UUID, str]]) -> None:
        self._chance = chance
        self._status: dict[UUID, str] = {}
        self._of: dict[str, list[UUID]] = {status: [] for status in InvoiceStatus}
        for key, status in rows:
            self.put(key, status)

    def put(self, key: UUID, status: str) -> None:
        """Note that an invoice has this status now."""
        if self._status.get(key) != status:
            self._status[key] = status
            self._of[status].append(key)

    def draw(self, *statuses: str) -> UUID | None:
        """Draw an invoice of one of these statuses, each invoice with equal probability."""
        pool = self._of[self._chance.choices(statuses, [len(self._of[status]) + 0.01 for status in statuses])[0]]
        while pool:
            place = self._chance.randrange(len(pool))
            key = pool[place]
            if self._of[self._status[key]] is pool:
                return key
            pool[place] = pool[-1]
            pool.pop()
        return None


class Month:
    """Random operations, evenly over a period; `done` and `refused` count them by name."""

    def __init__(self, *, seed: int, by: User, begin: datetime, end: datetime) -> None:
        self.chance, self.by = Random(seed), by
        self.begin, self.end, self.at = begin, end, begin
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.pools = Pools(self.chance, Invoice.objects.order_by("created_at", "pk").values_list("pk", "status"))
        self.patients = list(Patient.objects.order_by("record_number").values_list("pk", flat=True))
        came = Payment.objects.filter(reverses__isnull=True).order_by("receipt_number")
        self.payments = list(came.values_list("pk", flat=True))
        self.credits = list(came.with_credit().values_list("pk", flat=True))
        self.services = list(Service.objects.order_by("code"))

    def live(self, acts: int, on_each: Callable[[], None] = lambda: None) -> None:
        """Do a number of operations."""
        kinds = list(SHARES)
        for number in range(acts):
            self.at = self.begin + (self.end - self.begin) * number / acts
            name = self.chance.choices(kinds, [SHARES[kind] for kind in kinds])[0]
            try:
                getattr(self, name.replace(" ", "_"))()
            except RuleBroken:
                self.refused[name] += 1
            else:
                self.done[name] += 1
            on_each()

    @property
    def who(self) -> dict[str, Any]:
        """Return the user and the time of the next operation."""
        return {"by": self.by, "at": self.at}

    # -- Invoices

    def draft(self) -> None:
        requested = {"status": self.chance.choice([None, None, ISSUED, PAID])}
        fields = {"patient": self._patient(), "notes": self.chance.choice(SOME_TEXT), **self._discount()}
        self._keep(
            create_invoice(
                InvoiceInput(fields=fields, items=self._items(), tags=self._words(), **requested), **self.who
            )
        )

    def change_a_draft(self) -> None:
        """PUT a draft with other items in another order, another payer, patient, date or discount."""
        invoice = self._invoice(DRAFT)
        kept = [
            {"id": item.pk, "quantity": Decimal(self.chance.randint(1, 9000)) / 1000} for item in invoice.ordered_items
        ]
        self.chance.shuffle(kept)
        changes = {
            "notes": self.chance.choice(SOME_TEXT),
            "bill_to": self.chance.choice([Payer("", ""), Payer("Kasse Østerbro", "Vej 1\n2100")]),
            "due_date": self.at + timedelta(days=self.chance.randrange(1, 60)),
            **self._discount(),
        }
        if self.chance.random() < 0.2:
            changes |= {"patient": self._patient(), "appointment": None}
        items = [*kept[self.chance.randrange(2) :], *self._items()]
        self._put(invoice, changes, items=items, tags=self._words())

    def change_of_an_issued_one(self) -> None:
        day = self.at + timedelta(days=self.chance.randrange(1, 60))
        self._put(self._invoice(*OPEN), {"due_date": day, "notes": self.chance.choice(SOME_TEXT)})

    def tags(self) -> None:
        self._put(self._invoice(*InvoiceStatus), {}, tags=self._words())

    def issue(self) -> None:
        issue(self._invoice(DRAFT), **self.who)

    def void(self) -> None:
        release_to = self.chance.choice([None, "credit", "refund"])
        void(self._invoice(DRAFT, *OPEN), reason="Billed twice", release_to=release_to, **self.who)

    def write_off(self) -> None:
        invoice = self._invoice(*OPEN)
        write_off(invoice, reason="No reply", amount=self._part(invoice.remaining_amount), **self.who)

    def batch_of_write_offs(self) -> None:
        debts = OldDebts(overdue_since=local_date(self.at) - timedelta(days=100))
        keys = list(debts.invoices().values_list("pk", flat=True)[:5])
        batch = {"debts": debts, "reason": "Lost", "batch_id": self._id(), "by": self.by, "clock": lambda: self.at}
        write_off_batch(keys, **batch)

    def reinstate(self) -> None:
        reinstate(self._invoice(WRITTEN_OFF), reason="Came back", **self.who)

    def credit_note(self) -> None:
        invoice = self._invoice(*OPEN, PAID, WRITTEN_OFF)
        lines = [line for line in creditable_items(invoice) if line.remaining > 0]
        asked = [CreditRequest(line.key, amount=self._part(line.remaining)) for line in lines[:1]]
        issue_credit_note(invoice=invoice, reason="Not rendered", items=asked or None, **self.who)

    def correction(self) -> None:
        self._keep(correct(invoice=self._invoice(*OPEN, PAID, WRITTEN_OFF), reason="Wrong price", **self.who))

    # -- Money

    def payment(self) -> None:
        invoice = self._invoice(*OPEN)
        self._took(pay(invoice, amount=self._part(invoice.remaining_amount), method=CARD, **self.who))

    def deposit(self) -> None:
        invoice = self._invoice(DRAFT)
        self._took(pay(invoice, amount=self._part(invoice.remaining_amount), method=CASH, **self.who))

    def late_payment(self) -> None:
        """Pay a written-off invoice, and a little more."""
        invoice = self._invoice(WRITTEN_OFF)
        amount = self._part(invoice.written_off_amount) + self.chance.choice([0, 5])
        self._took(pay(invoice, amount=amount, excess_to_credit=True, **self.who))

    def payment_over_several(self) -> None:
        patient = self._invoice(*OPEN).patient
        owed = Invoice.objects.for_patient(patient).open()
        shares = [Share(key, amount) for key, amount in owed.order_by("pk").values_list("pk", "remaining_amount")]
        amount = sum((share.amount for share in shares), Decimal(0))
        allocations = self.chance.choice([None, shares])
        self._took(take_payment(patient=patient, amount=amount, method=CARD, allocations=allocations, **self.who))

    def payment_on_account(self) -> None:
        taken = {"amount": Decimal(self.chance.randrange(20, 400)), "method": CARD, "excess_to_credit": True}
        payment = take_payment(patient=self._patient(), **taken, **self.who)
        self._took(payment)
        self.credits.append(payment.pk)

    def allocation_of_credit(self) -> None:
        waiting = list(credit_to_allocate().order_by("receipt_number")[:20])
        allocate_credit(payment=self.chance.choice(waiting) if waiting else self._credit(), **self.who)

    def refund_of_credit(self) -> None:
        amount = Decimal(self.chance.randrange(1, 30))
        refund_credit(payment=self._credit(), amount=amount, method=CARD, reason="Wants it back", **self.who)

    def refund(self) -> None:
        invoice = self._invoice(*HOLDING)
        refund(invoice, amount=self._part(invoice.paid_amount), method=CASH, reason="Complaint", **self.who)

    def reversal(self) -> None:
        payment = Payment.objects.select_related("patient").get(pk=self.chance.choice(self.payments))
        reverse_payment(payment=payment, reason="Bounced", **self.who)

    # -- What invoices name, and what they must not follow

    def renaming_of_a_tag(self) -> None:
        tag = self.chance.choice(list(Tag.objects.order_by("key")))
        name = self.chance.choice([tag.name.swapcase(), f"{tag.name[:40]} {self.chance.randrange(100)}"])
        rename_tag(tag, name=name, at=self.at)

    def renaming_of_a_patient(self) -> None:
        name = f"Name-{self.chance.randrange(10**6)}"
        self._invoice(*InvoiceStatus).patient.change(family_name=name, address=f"{name} 1\n1000")

    def merge(self) -> None:
        self._patient().merge_into(self._patient(), **self.who)

    def change_of_a_price(self) -> None:
        service = self.chance.choice(self.services)
        price = Decimal(self.chance.randrange(10, 200))
        change_service(service, at=self.at, unit_price=price, description=f"{service.description[:80]} *")

    def closing(self) -> None:
        through = local_date(self.at) - timedelta(days=self.chance.randrange(15, 45))
        close_books(through=through, reason="Month end", **self.who)

    # -- Draws

    def _invoice(self, *statuses: str) -> Invoice:
        """Draw an invoice of these statuses, now and then of any status."""
        key = self.pools.draw(*(InvoiceStatus if self.chance.random() < ODD_ONE else statuses))
        key = key or self.pools.draw(PAID)
        invoice = Invoice.objects.select_related("patient").get(pk=key)
        self.pools.put(invoice.pk, invoice.status)
        return invoice

    def _patient(self) -> Patient:
        return Patient.objects.get(pk=self.chance.choice(self.patients))

    def _credit(self) -> Payment:
        return Payment.objects.select_related("patient").get(pk=self.chance.choice(self.credits))

    def _items(self) -> list[dict[str, Any]]:
        return [
            {"service": self.chance.choice(self.services), "quantity": Decimal(self.chance.randint(1, 30)) / 10}
            if self.chance.random() < 0.5
            else {
                "description": self.chance.choice(["Consultation", "Ø-test", "X-ray"]),
                "unit_price": Decimal(self.chance.choice(["19.99", "80", "0.5", "0.3333"])),
                "tax_rate": Decimal(self.chance.choice([0, 7, 19])),
                "discount_percent": Decimal(self.chance.choice([0, 0, 10])),
            }
            for _ in range(self.chance.randint(1, 5))
        ]

    def _discount(self) -> dict[str, Decimal]:
        return self.chance.choice([{}, {"discount_percent": Decimal("12.5")}, {"discount_amount": Decimal("0.40")}])

    def _words(self) -> list[str]:
        return self.chance.sample(WORDS, self.chance.randint(0, 3))

    def _part(self, amount: Decimal) -> Decimal:
        """Return the whole amount or a third of it, now and then a cent too much."""
        return self.chance.choice([amount, amount, round_to_cents(amount / 3) or amount, amount + Decimal("0.01")])

    def _id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    # -- What follows

    def _put(self, invoice: Invoice, changes: dict[str, Any], **more: Any) -> None:
        update_invoice(invoice, InvoiceInput(fields=changes, **more), **self.who)

    def _keep(self, invoice: Invoice) -> None:
        self.pools.put(invoice.pk, invoice.status)

    def _took(self, payment: Payment) -> None:
        self.payments.append(payment.pk)


SHARES = {
    "draft": 12, "change a draft": 8, "change of an issued one": 4, "tags": 6, "issue": 12, "void": 4,
    "write off": 4, "batch of write offs": 1, "reinstate": 4, "credit note": 5, "correction": 4,
    "payment": 12, "deposit": 3, "late payment": 3, "payment over several": 5, "payment on account": 3,
    "allocation of credit": 3, "refund of credit": 3, "refund": 5, "reversal": 5,
    "renaming of a tag": 1, "renaming of a patient": 2, "merge": 2, "change of a price": 1, "closing": 0.3,
}  # fmt: skip
"""How often each of the acts is drawn, against the others."""
