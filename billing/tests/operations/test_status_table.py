"""The table of statuses, cell by cell: what a wish and what each verb makes of an invoice, or why not."""

from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.invoices import Wishes, create_invoice, update_invoice
from billing.operations.payments import reverse_payment
from billing.rules.crediting import Asked
from billing.tests.factories import InvoiceFactory, item
from clinic.errors import RuleBroken
from patients.tests.factories import PatientFactory

DRAFT, ISSUED, PARTIALY_PAID, PAID, VOID, WRITTEN_OFF = InvoiceStatus

# Invoices over 100.00, as each cell finds them.
STATES = {
    "draft": {},
    "draft with a deposit": {"deposit": "40.00"},
    "draft paid in advance": {"deposit": "100.00"},
    "draft of nothing": {"total": "0.00"},
    "issued": {"issued": True},
    "issued, half written off": {"part_written_off": "50.00"},
    "partially paid": {"part_paid": "40.00"},
    "partially paid, part written off": {"part_paid": "40.00", "part_written_off": "20.00"},
    "paid": {"paid": True},
    "paid, of nothing": {"total": "0.00", "issued": True},
    "void": {"void": True},
    "void draft": {"void": True, "issued": False},
    "written off": {"written_off": True},
    "written off, part recovered": {"part_paid": "40.00", "written_off": True},
}


def allowed(*statuses):
    """The refusal `invalid_transition`, with what is allowed instead."""
    return "invalid_transition", [status.value for status in statuses]


def told(value):
    """How a cell is named in the list of tests."""
    return value[0] if isinstance(value, tuple) else str(value)


def refusal(raised):
    """The code of a refusal, and the statuses that it allows, where it tells."""
    return raised.value.code, raised.value.members.get("allowed", [])


class TestWishOfAnInvoice:
    """`status` in a PUT that says nothing else."""

    @pytest.mark.parametrize(
        ("state", "wish", "result"),
        [
            ("draft", DRAFT, DRAFT),
            ("draft", ISSUED, ISSUED),
            ("draft", PAID, PAID),
            ("draft", VOID, VOID),
            ("draft with a deposit", DRAFT, DRAFT),
            ("draft with a deposit", ISSUED, PARTIALY_PAID),  # met by whatever issuing leads to
            ("draft with a deposit", PARTIALY_PAID, PARTIALY_PAID),
            ("draft with a deposit", PAID, PAID),
            ("draft paid in advance", ISSUED, PAID),
            ("draft paid in advance", PAID, PAID),
            ("draft of nothing", ISSUED, PAID),
            ("draft of nothing", PAID, PAID),
            ("issued", ISSUED, ISSUED),
            ("issued", PAID, PAID),
            ("issued", VOID, VOID),
            ("issued", WRITTEN_OFF, WRITTEN_OFF),
            ("issued, half written off", WRITTEN_OFF, WRITTEN_OFF),
            ("partially paid", PARTIALY_PAID, PARTIALY_PAID),
            ("partially paid", PAID, PAID),
            ("partially paid", WRITTEN_OFF, WRITTEN_OFF),
            ("paid", PAID, PAID),
            ("paid, of nothing", VOID, VOID),
            ("void", VOID, VOID),
            ("written off", WRITTEN_OFF, WRITTEN_OFF),
        ],
        ids=told,
    )
    def test_comes_true(self, desk, state, wish, result):
        invoice = InvoiceFactory(**STATES[state])

        update_invoice(invoice=invoice, changes={}, wishes=Wishes(status=wish, reason="Wished"), **desk)

        invoice.refresh_from_db()
        assert invoice.status == result

    @pytest.mark.parametrize(
        ("state", "wish", "refused"),
        [
            ("draft", PARTIALY_PAID, allowed(ISSUED)),
            ("draft", WRITTEN_OFF, allowed(ISSUED, PARTIALY_PAID, PAID, VOID)),
            ("draft with a deposit", VOID, ("invoice_has_payments", [])),
            ("draft paid in advance", PARTIALY_PAID, allowed(PAID)),
            ("issued", DRAFT, allowed(PARTIALY_PAID, PAID, VOID, WRITTEN_OFF)),
            ("issued", PARTIALY_PAID, allowed(ISSUED)),
            ("issued, half written off", PAID, allowed(WRITTEN_OFF)),  # the rest is paid, half is not
            ("issued, half written off", VOID, ("invoice_has_adjustments", [])),
            ("partially paid", DRAFT, allowed(PAID, VOID, WRITTEN_OFF)),
            ("partially paid", ISSUED, allowed(PAID, VOID, WRITTEN_OFF)),
            ("partially paid", VOID, ("invoice_has_payments", [])),
            ("paid", DRAFT, allowed(VOID)),
            ("paid", ISSUED, allowed(VOID)),
            ("paid", PARTIALY_PAID, allowed(VOID)),
            ("paid", VOID, allowed(ISSUED, PARTIALY_PAID)),
            ("paid", WRITTEN_OFF, allowed(VOID)),
            ("void", DRAFT, allowed()),
            ("void", ISSUED, allowed()),
            ("void", PARTIALY_PAID, allowed()),
            ("void", PAID, allowed()),
            ("void", WRITTEN_OFF, allowed()),
            ("written off", DRAFT, allowed()),
            ("written off", ISSUED, allowed()),
            ("written off", PARTIALY_PAID, allowed()),
            ("written off", PAID, allowed()),
            ("written off", VOID, allowed()),
        ],
        ids=told,
    )
    def test_is_refused_and_changes_nothing(self, desk, state, wish, refused):
        invoice = InvoiceFactory(**STATES[state])
        before = invoice.status, invoice.version, invoice.paid_amount

        with pytest.raises(RuleBroken) as raised:
            update_invoice(invoice=invoice, changes={}, wishes=Wishes(status=wish, reason="Wished"), **desk)

        invoice.refresh_from_db()
        assert refusal(raised) == refused
        assert (invoice.status, invoice.version, invoice.paid_amount) == before

    @pytest.mark.parametrize("state", ["issued", "partially paid"])
    def test_to_be_written_off_says_why(self, desk, state):
        invoice = InvoiceFactory(**STATES[state])

        with pytest.raises(RuleBroken) as raised:
            update_invoice(invoice=invoice, changes={}, wishes=Wishes(status=WRITTEN_OFF), **desk)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/reason", "required")]

    def test_of_the_present_status_is_none_so_that_money_may_move_it_on(self, desk):
        invoice = InvoiceFactory(issued=True)

        wishes = Wishes(status=ISSUED, paid_amount=Decimal("40.00"))
        update_invoice(invoice=invoice, changes={}, wishes=wishes, **desk)

        assert invoice.status == PARTIALY_PAID

    def test_to_be_paid_with_too_little_names_the_sum_to_send(self, desk):
        invoice = InvoiceFactory(issued=True)

        wishes = Wishes(status=PAID, paid_amount=Decimal("40.00"))
        with pytest.raises(RuleBroken, match=r"send a paid_amount of 100\.00") as raised:
            update_invoice(invoice=invoice, changes={}, wishes=wishes, **desk)

        assert refusal(raised) == allowed(PARTIALY_PAID)
        assert not Payment.objects.exists()

    def test_to_be_paid_records_the_rest_as_unspecified(self, desk):
        invoice = InvoiceFactory(part_paid="40.00")

        update_invoice(invoice=invoice, changes={}, wishes=Wishes(status=PAID), **desk)

        rest = Payment.objects.get(amount=Decimal("60.00"))
        assert rest.method == PaymentMethod.UNSPECIFIED

    def test_to_be_written_off_comes_after_the_money_that_is_asserted(self, desk):
        invoice = InvoiceFactory(issued=True)

        wishes = Wishes(status=WRITTEN_OFF, paid_amount=Decimal("30.00"), reason="The rest is lost")
        update_invoice(invoice=invoice, changes={}, wishes=wishes, **desk)

        assert (invoice.status, invoice.paid_amount, invoice.written_off_amount) == (
            WRITTEN_OFF,
            Decimal("30.00"),
            Decimal("70.00"),
        )


class TestWishOfANewInvoice:
    """`status` in a POST."""

    @pytest.mark.parametrize(
        ("wish", "paid", "result"),
        [
            (None, None, DRAFT),
            (DRAFT, None, DRAFT),
            (DRAFT, "40.00", DRAFT),
            (ISSUED, None, ISSUED),
            (ISSUED, "40.00", PARTIALY_PAID),
            (ISSUED, "100.00", PAID),
            (PARTIALY_PAID, "40.00", PARTIALY_PAID),
            (PAID, None, PAID),
            (PAID, "100.00", PAID),
        ],
        ids=told,
    )
    def test_comes_true(self, desk, wish, paid, result):
        wishes = Wishes(status=wish, paid_amount=None if paid is None else Decimal(paid))

        invoice = create_invoice(fields={"patient": PatientFactory()}, items=[item()], wishes=wishes, **desk)

        invoice.refresh_from_db()
        assert invoice.status == result
        assert invoice.is_issued == (result != DRAFT)

    @pytest.mark.parametrize(
        ("wish", "paid", "refused"),
        [
            (DRAFT, "100.01", ("paid_amount_above_total", [])),
            (PARTIALY_PAID, None, allowed(ISSUED)),
            (PARTIALY_PAID, "0.00", allowed(ISSUED)),
            (PARTIALY_PAID, "100.00", allowed(PAID)),
            (PAID, "99.99", allowed(PARTIALY_PAID)),
            (PAID, "100.01", ("paid_amount_above_total", [])),
            (VOID, None, allowed(DRAFT, ISSUED, PARTIALY_PAID, PAID)),
            (WRITTEN_OFF, None, allowed(DRAFT, ISSUED, PARTIALY_PAID, PAID)),
        ],
        ids=told,
    )
    def test_is_refused_and_makes_nothing(self, desk, wish, paid, refused):
        wishes = Wishes(status=wish, paid_amount=None if paid is None else Decimal(paid))

        with pytest.raises(RuleBroken) as raised:
            create_invoice(fields={"patient": PatientFactory()}, items=[item()], wishes=wishes, **desk)

        assert refusal(raised) == refused
        assert not Invoice.objects.exists()
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("wish", [ISSUED, PARTIALY_PAID, PAID])
    def test_of_an_invoice_without_items_is_refused(self, desk, wish):
        with pytest.raises(RuleBroken) as raised:
            create_invoice(fields={"patient": PatientFactory()}, wishes=Wishes(status=wish), **desk)

        assert raised.value.code == "empty_invoice"


def _pay(amount):
    return lambda invoice, **desk: invoice.pay(amount=Decimal(amount), **desk)


def _refund(amount):
    return lambda invoice, **desk: invoice.refund(
        amount=Decimal(amount), method=PaymentMethod.CASH, reason="Given back", **desk
    )


def _credit(amount):
    return lambda invoice, **desk: issue_credit_note(
        invoice=invoice, reason="Not rendered", items=[Asked(invoice.items.get().pk, amount=Decimal(amount))], **desk
    )


def _reverse(invoice, **desk):
    reverse_payment(payment=Payment.objects.get(allocations__invoice=invoice), reason="Bounced", **desk)


VERBS = {
    "issue": lambda invoice, **desk: invoice.issue(**desk),
    "void": lambda invoice, **desk: invoice.void(reason="Wrong", **desk),
    "void, money to credit": lambda invoice, **desk: invoice.void(reason="Wrong", release_to="credit", **desk),
    "void, money refunded": lambda invoice, **desk: invoice.void(reason="Wrong", release_to="refund", **desk),
    "write off": lambda invoice, **desk: invoice.write_off(reason="Lost", **desk),
    "write off 10": lambda invoice, **desk: invoice.write_off(reason="Lost", amount=Decimal(10), **desk),
    "reinstate": lambda invoice, **desk: invoice.reinstate(reason="Found", **desk),
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
    "credit all": lambda invoice, **desk: issue_credit_note(invoice=invoice, reason="Not rendered", **desk),
    "correct": lambda invoice, **desk: correct(invoice=invoice, reason="Wrong price", **desk),
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


class TestVerb:
    @pytest.mark.parametrize(
        ("state", "verb", "result"), [cell for cell in CELLS if isinstance(cell[2], InvoiceStatus)], ids=told
    )
    def test_leads_to(self, desk, state, verb, result):
        invoice = InvoiceFactory(**STATES[state])

        VERBS[verb](invoice, **desk)

        invoice.refresh_from_db()
        assert invoice.status == result

    @pytest.mark.parametrize(
        ("state", "verb", "refused"), [cell for cell in CELLS if not isinstance(cell[2], InvoiceStatus)], ids=told
    )
    def test_is_refused_and_changes_nothing(self, desk, state, verb, refused):
        invoice = InvoiceFactory(**STATES[state])
        before = invoice.status, invoice.version, invoice.events.count(), Payment.objects.count()

        with pytest.raises(RuleBroken) as raised:
            VERBS[verb](invoice, **desk)

        invoice.refresh_from_db()
        assert refusal(raised) == refused
        assert (invoice.status, invoice.version, invoice.events.count(), Payment.objects.count()) == before

    def test_is_told_of_every_status(self):
        assert set(LEADS_TO) == set(STATES)


class TestVoid:
    def test_of_a_draft_burns_no_number(self, desk):
        InvoiceFactory(void=True, issued=False)

        invoice = InvoiceFactory(issued=True)

        assert invoice.reg_number == "INV-2026-000001"

    @pytest.mark.parametrize("state", ["issued", "partially paid", "written off"])
    def test_of_an_issued_invoice_says_why(self, desk, state):
        invoice = InvoiceFactory(**STATES[state])

        with pytest.raises(RuleBroken) as raised:
            invoice.void(reason="  ", release_to="credit", **desk)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/reason", "required")]

    def test_of_a_draft_needs_no_reason(self, desk):
        invoice = InvoiceFactory()

        invoice.void(reason="", **desk)

        assert invoice.status == VOID

    def test_of_a_draft_that_hands_a_deposit_out_does(self, desk):
        invoice = InvoiceFactory(deposit="40.00")

        with pytest.raises(RuleBroken, match="A refund needs a reason"):
            invoice.void(reason="", release_to="refund", **desk)
