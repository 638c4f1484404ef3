"""The table of statuses: the result or the refusal of each operation for each status."""

from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Payment
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.issuing import issue
from billing.operations.payments import pay, reverse_payment
from billing.operations.refunds import refund
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.rules.crediting import CreditRequest
from billing.tests.factories import InvoiceFactory
from billing.tests.operations.status_table_cases import STATES, allowed, case_id, refusal
from clinic.domain.errors import RuleBroken

DRAFT, ISSUED, PARTIALY_PAID, PAID, VOID, WRITTEN_OFF = InvoiceStatus


def _pay(amount):
    return lambda invoice, **actor: pay(invoice, amount=Decimal(amount), **actor)


def _refund(amount):
    return lambda invoice, **actor: refund(
        invoice, amount=Decimal(amount), method=PaymentMethod.CASH, reason="Given back", **actor
    )


def _credit(amount):
    return lambda invoice, **actor: issue_credit_note(
        invoice=invoice,
        reason="Not rendered",
        items=[CreditRequest(invoice.items.get().pk, amount=Decimal(amount))],
        **actor,
    )


def _reverse(invoice, **actor):
    reverse_payment(payment=Payment.objects.get(allocations__invoice=invoice), reason="Bounced", **actor)


VERBS = {
    "issue": issue,
    "void": lambda invoice, **actor: void(invoice, reason="Wrong", **actor),
    "void, money to credit": lambda invoice, **actor: void(invoice, reason="Wrong", release_to="credit", **actor),
    "void, money refunded": lambda invoice, **actor: void(invoice, reason="Wrong", release_to="refund", **actor),
    "write off": lambda invoice, **actor: write_off(invoice, reason="Lost", **actor),
    "write off 10": lambda invoice, **actor: write_off(invoice, reason="Lost", amount=Decimal(10), **actor),
    "reinstate": lambda invoice, **actor: reinstate(invoice, reason="Found", **actor),
    "pay 10": _pay("10.00"),
    "pay 40": _pay("40.00"),
    "pay 50": _pay("50.00"),
    "pay 60": _pay("60.00"),
    "pay 100": _pay("100.00"),
    "refund 10": _refund("10.00"),
    "refund 40": _refund("40.00"),
    "refund 100": _refund("100.00"),
    "reverse": _reverse,
    "credit 10": _credit("10.00"),
    "credit 40": _credit("40.00"),
    "credit 50": _credit("50.00"),
    "credit all": lambda invoice, **actor: issue_credit_note(invoice=invoice, reason="Not rendered", **actor),
    "correct": lambda invoice, **actor: correct(invoice=invoice, reason="Wrong price", **actor),
}
LEADS_TO = {
    "draft": {
        "issue": ISSUED,
        "void": VOID,
        "write off": allowed(ISSUED, PARTIALY_PAID, PAID, VOID),
        "reinstate": allowed(ISSUED, PARTIALY_PAID, PAID, VOID),
        "pay 40": DRAFT,
        "pay 100": DRAFT,
        "refund 10": ("over_refund", []),
        "credit all": allowed(ISSUED, PARTIALY_PAID, PAID, VOID),
        "correct": allowed(ISSUED, PARTIALY_PAID, PAID, VOID),
    },
    "draft with a deposit": {
        "issue": PARTIALY_PAID,
        "void": ("invoice_has_payments", []),
        "void, money to credit": VOID,
        "void, money refunded": VOID,
        "pay 60": DRAFT,
        "pay 100": ("overpayment", []),
        "refund 10": DRAFT,
        "refund 40": DRAFT,
        "reverse": DRAFT,
    },
    "draft paid in advance": {"issue": PAID, "pay 10": ("overpayment", [])},
    "draft of nothing": {"issue": PAID, "void": VOID, "pay 10": ("overpayment", [])},
    "issued": {
        "issue": allowed(PARTIALY_PAID, PAID, VOID, WRITTEN_OFF),
        "void": VOID,
        "void, money to credit": VOID,  # there is none
        "write off": WRITTEN_OFF,
        "write off 10": ISSUED,
        "reinstate": allowed(ISSUED),  # nothing is written off
        "pay 40": PARTIALY_PAID,
        "pay 100": PAID,
        "refund 10": ("over_refund", []),
        "credit 40": ISSUED,
        "credit all": PAID,
        "correct": PAID,
    },
    "issued, half written off": {
        "void": ("invoice_has_adjustments", []),
        "write off": WRITTEN_OFF,
        "reinstate": ISSUED,
        "pay 40": PARTIALY_PAID,
        "pay 50": WRITTEN_OFF,
        "pay 60": WRITTEN_OFF,
        "pay 100": PAID,
        "credit 40": ISSUED,
        "credit 50": WRITTEN_OFF,
        "credit all": PAID,
    },
    "partially paid": {
        "issue": allowed(ISSUED, PAID, VOID, WRITTEN_OFF),
        "void": ("invoice_has_payments", []),
        "void, money to credit": VOID,
        "void, money refunded": VOID,
        "write off": WRITTEN_OFF,
        "write off 10": PARTIALY_PAID,
        "reinstate": allowed(PARTIALY_PAID),
        "pay 10": PARTIALY_PAID,
        "pay 60": PAID,
        "pay 100": ("overpayment", []),
        "refund 10": PARTIALY_PAID,
        "refund 40": ISSUED,
        "refund 100": ("over_refund", []),
        "reverse": ISSUED,
        "credit 10": PARTIALY_PAID,
        "credit all": PAID,
        "correct": PAID,
    },
    "partially paid, part written off": {
        "void, money to credit": ("invoice_has_adjustments", []),
        "reinstate": PARTIALY_PAID,
        "pay 40": WRITTEN_OFF,
        "pay 60": PAID,
        "refund 40": ISSUED,
        "credit 40": WRITTEN_OFF,
        "credit 50": WRITTEN_OFF,
    },
    "paid": {
        "issue": allowed(ISSUED, PARTIALY_PAID, VOID),
        "void": allowed(ISSUED, PARTIALY_PAID),
        "void, money to credit": allowed(ISSUED, PARTIALY_PAID),
        "write off": allowed(ISSUED, PARTIALY_PAID, VOID),
        "reinstate": allowed(ISSUED, PARTIALY_PAID, VOID),
        "pay 10": ("overpayment", []),
        "refund 40": PARTIALY_PAID,
        "refund 100": ISSUED,
        "reverse": ISSUED,
        "credit 40": PAID,
        "credit all": PAID,
        "correct": PAID,
    },
    "paid, of nothing": {
        "void": VOID,
        "pay 10": ("overpayment", []),
        "refund 10": ("over_refund", []),
        "credit all": ("over_credit", []),
    },
    "void": {
        "issue": allowed(),
        "void": allowed(),
        "write off": allowed(),
        "reinstate": allowed(),
        "pay 10": allowed(),
        "refund 10": allowed(),
        "credit all": allowed(),
        "correct": allowed(),
    },
    "void draft": {"issue": allowed(), "void": allowed(), "pay 10": allowed()},
    "written off": {
        "issue": allowed(ISSUED, PARTIALY_PAID, PAID, VOID),
        "void": VOID,
        "write off": allowed(ISSUED, PARTIALY_PAID, PAID, VOID),
        "reinstate": ISSUED,
        "pay 40": WRITTEN_OFF,
        "pay 100": PAID,
        "refund 10": ("over_refund", []),
        "credit 40": WRITTEN_OFF,
        "credit all": PAID,
        "correct": PAID,
    },
    "written off, part recovered": {
        "void": ("invoice_has_adjustments", []),
        "void, money to credit": ("invoice_has_adjustments", []),
        "reinstate": PARTIALY_PAID,
        "pay 10": WRITTEN_OFF,
        "pay 60": PAID,
        "pay 100": ("overpayment", []),
        "refund 10": PARTIALY_PAID,
        "refund 40": ISSUED,
        "reverse": ISSUED,
        "credit 10": WRITTEN_OFF,
        "credit all": PAID,
        "correct": PAID,
    },
}
CELLS = [(state, verb, result) for state, verbs in LEADS_TO.items() for verb, result in verbs.items()]


class TestOperation:
    @pytest.mark.parametrize(
        ("state", "verb", "result"), [cell for cell in CELLS if isinstance(cell[2], InvoiceStatus)], ids=case_id
    )
    def test_operation_leads_to_the_status_of_the_table(self, actor, state, verb, result):
        invoice = InvoiceFactory(**STATES[state])

        VERBS[verb](invoice, **actor)

        invoice.refresh_from_db()
        assert invoice.status == result

    @pytest.mark.parametrize(
        ("state", "verb", "refused"), [cell for cell in CELLS if not isinstance(cell[2], InvoiceStatus)], ids=case_id
    )
    def test_refused_operation_changes_nothing(self, actor, state, verb, refused):
        invoice = InvoiceFactory(**STATES[state])
        before = invoice.status, invoice.version, invoice.events.count(), Payment.objects.count()

        with pytest.raises(RuleBroken) as raised:
            VERBS[verb](invoice, **actor)

        invoice.refresh_from_db()
        assert refusal(raised) == refused
        assert (invoice.status, invoice.version, invoice.events.count(), Payment.objects.count()) == before

    def test_table_contains_every_status(self):
        assert set(LEADS_TO) == set(STATES)


class TestVoid:
    def test_void_of_a_draft_uses_no_number(self, actor):
        InvoiceFactory(void=True, issued=False)

        invoice = InvoiceFactory(issued=True)

        assert invoice.reg_number == "INV-2026-000001"

    @pytest.mark.parametrize("state", ["issued", "partially paid", "written off"])
    def test_void_of_an_issued_invoice_needs_a_reason(self, actor, state):
        invoice = InvoiceFactory(**STATES[state])

        with pytest.raises(RuleBroken) as raised:
            void(invoice, reason="  ", release_to="credit", **actor)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/reason", "required")]

    def test_void_of_a_draft_needs_no_reason(self, actor):
        invoice = InvoiceFactory()

        void(invoice, reason="", **actor)

        assert invoice.status == VOID

    def test_void_of_a_draft_that_refunds_a_deposit_needs_a_reason(self, actor):
        invoice = InvoiceFactory(deposit="40.00")

        with pytest.raises(RuleBroken, match="A refund needs a reason"):
            void(invoice, reason="", release_to="refund", **actor)
