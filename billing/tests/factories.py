"""Invoices and money for tests, made through the verbs of the books, so that each is one that can exist."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory, Trait
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from billing.choices import PaymentMethod
from billing.models import Invoice, Payment, Service, Tag
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.drafts import create_draft
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import pay, reverse_payment, take_payment
from billing.operations.refunds import refund
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.rules.money import round_to_cents
from clinic.testing import in_role
from patients.tests.factories import PatientFactory


class ClerkFactory(DjangoModelFactory):
    """The user who acts in factories: a supervisor, unless `role="clerk"` or another name is given."""

    class Meta:
        model = User
        django_get_or_create = ("username",)
        skip_postgeneration_save = True

    username = "desk"
    is_staff = True

    @post_generation
    def role(self, create, extracted):
        """The group that they are in."""
        in_role(self, extracted or "supervisor")


class ServiceFactory(DjangoModelFactory):
    """A row of the price list."""

    class Meta:
        model = Service

    code = Sequence(lambda n: f"S{n:04d}")
    description = "Consultation"
    unit_price = Decimal("80.0000")


class TagFactory(DjangoModelFactory):
    """A tag."""

    class Meta:
        model = Tag

    name = Sequence(lambda n: f"tag {n}")


def item(unit_price: Decimal | str = "100.00", **given: Any) -> dict[str, Any]:
    """An item as the verbs take it: `item("19.99", quantity=Decimal(3))`."""
    return {"description": "Consultation", "unit_price": Decimal(unit_price), **given}


# What each state asks of a draft, in the order in which the desk would get there.
# Each is told the invoice, what the test said of the state (True, or an amount), and by= and at=.
Step = Callable[..., Any]
STEPS: dict[str, Step] = {
    "deposit": lambda invoice, amount, **who: pay(invoice, amount=_part(invoice, amount), **who),
    "issued": lambda invoice, _, **who: issue(invoice, **who),
    "part_paid": lambda invoice, amount, **who: pay(invoice, amount=_part(invoice, amount), **who),
    "part_written_off": lambda invoice, amount, **who: write_off(
        invoice, amount=_part(invoice, amount), reason="Goodwill", **who
    ),
    "paid": lambda invoice, _, **who: invoice.remaining_amount and pay(invoice, amount=invoice.remaining_amount, **who),
    "refunded": lambda invoice, amount, **who: refund(
        invoice,
        amount=invoice.paid_amount if amount is True else Decimal(amount),
        method=PaymentMethod.CASH,
        reason="Paid twice",
        **who,
    ),
    "reversed": lambda invoice, _, **who: _reverse_all(invoice, **who),
    "credited": lambda invoice, _, **who: issue_credit_note(invoice=invoice, reason="Not rendered", **who),
    "corrected": lambda invoice, _, **who: correct(invoice=invoice, reason="Wrong price", **who),
    "written_off": lambda invoice, _, **who: write_off(invoice, reason="Moved abroad", **who),
    "reinstated": lambda invoice, _, **who: reinstate(invoice, reason="Found again", **who),
    "void": lambda invoice, _, **who: void(invoice, reason="Wrong patient", **who),
}
# What a state presupposes. `void` of a draft: `InvoiceFactory(void=True, issued=False)`.
NEEDS: dict[str, str] = {
    "part_paid": "issued",
    "part_written_off": "issued",
    "paid": "issued",
    "refunded": "paid",
    "reversed": "paid",
    "credited": "issued",
    "corrected": "issued",
    "written_off": "issued",
    "reinstated": "written_off",
    "void": "issued",
}


class InvoiceFactory(DjangoModelFactory):
    """A draft over 100.00 with one item, or an invoice in the states that a test names.

    The states are deposit, issued, part_paid, part_written_off, paid, refunded, reversed, credited, corrected,
    written_off, reinstated and void; each brings what it presupposes, and several may be named together:
    `InvoiceFactory(part_paid=True, written_off=True)`. Those of a part take an amount: `part_paid="40.00"`
    (True: two fifths of the total). `overdue` is issued two months ago and due one month ago.
    """

    class Meta:
        model = Invoice

    class Params:
        total = "100.00"
        overdue = Trait(
            issued=True,
            at=LazyFunction(lambda: timezone.now() - timedelta(days=60)),
            due_date=LazyFunction(lambda: timezone.now() - timedelta(days=30)),
        )

    patient = SubFactory(PatientFactory)
    items = LazyAttribute(lambda invoice: [item(invoice.total)])
    by = SubFactory(ClerkFactory)
    at = LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, by, at, **given):
        for name in ("issue_date", "due_date"):
            if isinstance(given.get(name), str):
                given[name] = datetime.fromisoformat(given[name])
        states = {name: given.pop(name) for name in STEPS if name in given}
        lists = {name: given.pop(name) for name in ("items", "tags") if name in given}
        invoice = create_draft(InvoiceInput(fields=given, **lists), by=by, at=at)
        for name in _with_needs(states):
            STEPS[name](invoice, states.get(name, True), by=by, at=at)
        invoice.refresh_from_db()
        return invoice

    @classmethod
    def _build(cls, model_class, *args, **given):
        raise NotImplementedError("An invoice that is not in the books cannot have been through its verbs.")


class PaymentFactory(DjangoModelFactory):
    """A patient's payment over 50.00, kept as their credit where no open invoice takes it; `reversed` never came."""

    class Meta:
        model = Payment

    patient = SubFactory(PatientFactory)
    amount = Decimal("50.00")
    method = PaymentMethod.CARD
    by = SubFactory(ClerkFactory)
    at = LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, amount, by, at, **given):
        is_reversed = given.pop("reversed", False)
        payment = take_payment(amount=Decimal(amount), by=by, at=at, excess_to_credit=True, **given)
        if is_reversed:
            reverse_payment(payment=payment, reason="Bounced", by=by, at=at)
        return payment


def _with_needs(states: dict[str, Any]) -> list[str]:
    """The states that were named and what they presuppose, unless a test said no to it, in the order of STEPS."""
    wanted = {name for name, value in states.items() if value}
    for name in list(wanted):
        need = NEEDS.get(name)
        while need is not None and states.get(need) is not False:
            wanted.add(need)
            need = NEEDS.get(need)
    return [name for name in STEPS if name in wanted]


def _part(invoice: Invoice, amount: Decimal | str | bool) -> Decimal:
    return round_to_cents(invoice.total_amount * 2 / 5) if amount is True else Decimal(amount)


def _reverse_all(invoice: Invoice, **who: Any) -> None:
    for payment in Payment.objects.filter(allocations__invoice=invoice, reverses=None).distinct():
        reverse_payment(payment=payment, reason="Bounced", **who)
