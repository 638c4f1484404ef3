"""A month of requests to the API, drawn at random."""

from decimal import Decimal

from billing.choices import PaymentMethod
from billing.models import Invoice, Tag
from billing.operations.catalogue import rename_tag
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import pay, reverse_payment, take_payment
from billing.operations.refunds import refund
from billing.operations.revision import revise
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.rules.money import round_to_cents
from billing.tests.factories import InvoiceFactory, item
from clinic.domain.errors import InvalidValue, NotAllowed, RuleBroken
from patients.tests.factories import PatientFactory


class Month:
    """Random operations on invoices; those that the rules refuse are skipped."""

    def __init__(self, chance, by):
        self.chance, self.by = chance, by
        self.patients = [PatientFactory() for _ in range(3)]
        self.invoices, self.done = [], set()

    def live(self, at):
        who = {"by": self.by, "at": at}
        if len(self.invoices) < 4 or self.chance.random() < 0.2:
            self.invoices.append(
                InvoiceFactory(patient=self.chance.choice(self.patients), items=self.items(), tags=self.words(), **who)
            )
            return
        name = self.chance.choice([name for name in dir(self) if name.startswith("do_")])
        try:
            getattr(self, name)(Invoice.objects.get(pk=self.chance.choice(self.invoices).pk), who)
        except (RuleBroken, InvalidValue, NotAllowed):
            return
        self.done.add(name)

    def items(self):
        return [
            item(self.chance.choice(["19.99", "80", "0.5"]), tax_rate=Decimal(19))
            for _ in range(self.chance.randint(1, 4))
        ]

    def words(self):
        return self.chance.sample(["urgent", "family", "insurance"], self.chance.randint(0, 2))

    def part(self, amount):
        return round_to_cents(amount * self.chance.choice([1, 3]) / 3) or amount

    def do_issue(self, invoice, who):
        issue(invoice, **who)

    def do_pay(self, invoice, who):
        pay(invoice, amount=self.part(invoice.remaining_amount), **who)

    def do_pay_on_account(self, invoice, who):
        on_account = {"amount": Decimal(50), "method": PaymentMethod.CARD, "excess_to_credit": True}
        take_payment(patient=invoice.patient, **on_account, **who)

    def do_refund(self, invoice, who):
        refund(invoice, amount=self.part(invoice.paid_amount), method=PaymentMethod.CASH, reason="Complaint", **who)

    def do_reverse(self, invoice, who):
        payment = invoice.allocations.filter(amount__gt=0).first()
        if payment:
            reverse_payment(payment=payment.payment, reason="Bounced", **who)

    def do_void(self, invoice, who):
        void(invoice, reason="Wrong", release_to="credit", **who)

    def do_write_off(self, invoice, who):
        write_off(invoice, reason="Lost", amount=self.part(invoice.remaining_amount), **who)

    def do_reinstate(self, invoice, who):
        reinstate(invoice, reason="Found", **who)

    def do_credit(self, invoice, who):
        issue_credit_note(invoice=invoice, reason="Not rendered", **who)

    def do_correct(self, invoice, who):
        self.invoices.append(correct(invoice=invoice, reason="Wrong price", **who))

    def do_revise(self, invoice, who):
        self.revise(invoice, {"notes": f"Note {who['at']}", "due_date": who["at"]}, who)

    def do_draft(self, invoice, who):
        self.revise(invoice, {"discount_percent": Decimal(10)}, who, items=self.items())

    def do_tag(self, invoice, who):
        self.revise(invoice, {}, who, tags=self.words())

    def do_rename_the_patient(self, invoice, who):
        invoice.patient.change(family_name=f"Name{who['at']:%d%H}")

    def do_rename_a_tag(self, _invoice, who):
        tag = self.chance.choice(list(Tag.objects.order_by("key")))
        rename_tag(tag, name=tag.name.swapcase(), at=who["at"])

    def do_take_an_item_off(self, invoice, _who):
        items = list(invoice.items.all())
        if invoice.status == "DRAFT" and len(items) > 1:
            items[0].delete()

    @staticmethod
    def revise(invoice, changes, who, **more):
        invoice.lock()
        revise(invoice, InvoiceInput(fields=changes, **more), **who)
