"""The status requested in a POST or PUT: the result or the refusal for each case of the table."""

from decimal import Decimal

import pytest

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import Invoice, Payment
from billing.operations.create_or_update import create_invoice, update_invoice
from billing.operations.invoice_input import InvoiceInput
from billing.tests.factories import InvoiceFactory, item
from billing.tests.operations.status_table_cases import STATES, allowed, case_id, refusal
from clinic.domain.errors import RuleBroken
from patients.tests.factories import PatientFactory

DRAFT, ISSUED, PARTIALY_PAID, PAID, VOID, WRITTEN_OFF = InvoiceStatus


class TestRequestedStatusInPut:
    """`status` in a PUT without other changes."""

    @pytest.mark.parametrize(
        ("state", "requested", "result"),
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
        ids=case_id,
    )
    def test_requested_status_is_reached(self, actor, state, requested, result):
        invoice = InvoiceFactory(**STATES[state])

        update_invoice(invoice, InvoiceInput(status=requested, reason="Wished"), **actor)

        invoice.refresh_from_db()
        assert invoice.status == result

    @pytest.mark.parametrize(
        ("state", "requested", "refused"),
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
        ids=case_id,
    )
    def test_refused_status_changes_nothing(self, actor, state, requested, refused):
        invoice = InvoiceFactory(**STATES[state])
        before = invoice.status, invoice.version, invoice.paid_amount

        with pytest.raises(RuleBroken) as raised:
            update_invoice(invoice, InvoiceInput(status=requested, reason="Wished"), **actor)

        invoice.refresh_from_db()
        assert refusal(raised) == refused
        assert (invoice.status, invoice.version, invoice.paid_amount) == before

    @pytest.mark.parametrize("state", ["issued", "partially paid"])
    def test_requested_write_off_needs_a_reason(self, actor, state):
        invoice = InvoiceFactory(**STATES[state])

        with pytest.raises(RuleBroken) as raised:
            update_invoice(invoice, InvoiceInput(status=WRITTEN_OFF), **actor)

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/reason", "required")]

    def test_present_status_is_no_request_and_may_change_with_a_payment(self, actor):
        invoice = InvoiceFactory(issued=True)

        requested = {"status": ISSUED, "paid_amount": Decimal("40.00")}
        update_invoice(invoice, InvoiceInput(**requested), **actor)

        assert invoice.status == PARTIALY_PAID

    def test_paid_with_too_small_an_amount_names_the_amount_to_send(self, actor):
        invoice = InvoiceFactory(issued=True)

        requested = {"status": PAID, "paid_amount": Decimal("40.00")}
        with pytest.raises(RuleBroken, match=r"Send a paid_amount of 100\.00") as raised:
            update_invoice(invoice, InvoiceInput(**requested), **actor)

        assert refusal(raised) == allowed(PARTIALY_PAID)
        assert not Payment.objects.exists()

    def test_paid_records_the_rest_by_an_unspecified_method(self, actor):
        invoice = InvoiceFactory(part_paid="40.00")

        update_invoice(invoice, InvoiceInput(status=PAID), **actor)

        rest = Payment.objects.get(amount=Decimal("60.00"))
        assert rest.method == PaymentMethod.UNSPECIFIED

    def test_requested_write_off_follows_the_payment_of_the_same_request(self, actor):
        invoice = InvoiceFactory(issued=True)

        requested = {"status": WRITTEN_OFF, "paid_amount": Decimal("30.00"), "reason": "The rest is lost"}
        update_invoice(invoice, InvoiceInput(**requested), **actor)

        assert (invoice.status, invoice.paid_amount, invoice.written_off_amount) == (
            WRITTEN_OFF,
            Decimal("30.00"),
            Decimal("70.00"),
        )


class TestRequestedStatusInPost:
    """`status` in a POST."""

    @pytest.mark.parametrize(
        ("requested", "paid", "result"),
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
        ids=case_id,
    )
    def test_requested_status_is_reached(self, actor, requested, paid, result):
        requested = {"status": requested, "paid_amount": None if paid is None else Decimal(paid)}

        invoice = create_invoice(
            InvoiceInput(fields={"patient": PatientFactory()}, items=[item()], **requested), **actor
        )

        invoice.refresh_from_db()
        assert invoice.status == result
        assert invoice.is_issued == (result != DRAFT)

    @pytest.mark.parametrize(
        ("requested", "paid", "refused"),
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
        ids=case_id,
    )
    def test_refused_status_creates_nothing(self, actor, requested, paid, refused):
        requested = {"status": requested, "paid_amount": None if paid is None else Decimal(paid)}

        with pytest.raises(RuleBroken) as raised:
            create_invoice(InvoiceInput(fields={"patient": PatientFactory()}, items=[item()], **requested), **actor)

        assert refusal(raised) == refused
        assert not Invoice.objects.exists()
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("requested", [ISSUED, PARTIALY_PAID, PAID])
    def test_requested_status_of_an_invoice_without_items_is_refused(self, actor, requested):
        with pytest.raises(RuleBroken) as raised:
            create_invoice(InvoiceInput(fields={"patient": PatientFactory()}, status=requested), **actor)

        assert raised.value.code == "empty_invoice"
