"""May at a small clinic, told as accounting; every figure was worked out by hand.

Prices: consultation 80.00 and physiotherapy 45.50 without tax, insoles 100.00 at 19 %, vitamins 12.50 at 7 %.

| day    | what happens                                                                    | amount  |
|--------|---------------------------------------------------------------------------------|---------|
| 10 Mar | Eve: consultation, dressing 40.00. Issued                                        |  120.00 |
| 2 May  | Ada: consultation, physiotherapy 6 x 45.50 = 273.00; 353.00 less 10 % = 317.70;  |         |
|        | a draft. Deposit in cash                                                         |  100.00 |
| 4 May  | Ada's draft is issued: 217.70 remain                                             |  317.70 |
| 5 May  | Ben: insoles 2 x 100.00, consultation; 280.00 less 28.00 (8.00 of it off the     |         |
|        | consultation, 20.00 off the insoles); tax 19 % of 180.00 = 34.20. Issued         |  286.20 |
| 6 May  | Ben pays by cheque                                                               |  286.20 |
| 8 May  | Ada pays by card: 100.00 remain                                                  |  117.70 |
| 11 May | Cora: consultation, issued and paid by card at once                              |   80.00 |
| 12 May | Ben's cheque bounces: 286.20 owed again                                          | -286.20 |
| 13 May | Cora waited too long: a credit note, 50.00 stay paid                             |   30.00 |
| 13 May | and takes the credit home in cash                                                |  -30.00 |
| 14 May | Dev: physiotherapy 10 x 45.50 = 455.00, 5 % off the line (22.75). Issued         |  432.25 |
| 15 May | Dev pays by transfer                                                             |  200.00 |
| 18 May | and wants some of it back, until his insurance answers                           |  -50.00 |
| 20 May | Eve has moved abroad: written off                                                |  120.00 |
| 21 May | Ada had five sessions, not six: corrected. Credit note of the whole; her 217.70  |  317.70 |
|        | become the deposit of a new draft: 80.00 + 227.50 = 307.50 less 10 % = 276.75.   |         |
|        | Issued: 59.05 remain                                                             |  276.75 |
| 22 May | Fay: a consultation that was Gil's. Issued, and voided                           |   80.00 |
| 27 May | Eve's sister pays some of it in cash: 75.00 stay written off                     |   45.00 |
| 28 May | Ben's mother pays what he owes, and more, in cash: 33.80 of credit               |  320.00 |
| 29 May | Ben: vitamins 2 x 12.50 = 25.00, tax 7 % = 1.75. Issued, paid from his credit    |   26.75 |
| 30 May | Dev: goodwill, a part is written off: 250.00 remain                              |   32.25 |
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db.models import Sum

from billing.choices import InvoiceStatus, PaymentMethod
from billing.models import CreditNote, Invoice, Payment, PeriodClosed, Refund, WriteOff
from billing.operations.closing import close_books
from billing.operations.create_or_update import create_invoice, update_invoice
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import allocate_credit, pay, reverse_payment, take_payment
from billing.operations.refunds import credit_of, refund, refund_credit
from billing.operations.voiding import void
from billing.operations.write_offs import write_off
from billing.reports.monthly_figures import billed_and_collected
from billing.reports.receivables import receivables, unallocated_credit
from billing.reports.statement import statement
from billing.reports.takings import collected, takings
from billing.rules.crediting import CreditRequest
from clinic.domain.dates import clinic_time_zone
from patients.tests.factories import PatientFactory

CASH, CARD, TRANSFER, CHEQUE = (PaymentMethod(name) for name in ("cash", "card", "transfer", "cheque"))


def eur(amount):
    return Decimal(amount)


def line(description, price, quantity=1, **more):
    return {"description": description, "unit_price": eur(price), "quantity": Decimal(quantity), **more}


CONSULTATION = line("Consultation", "80.00")


class Clinic:
    """A clinic whose supervisor acts on a day of the month."""

    def __init__(self, supervisor):
        self.supervisor = supervisor

    def on(self, day, month=5):
        return {"by": self.supervisor, "at": datetime(2026, month, day, 10, tzinfo=clinic_time_zone())}

    def bill(self, name, *items, on, **fields):
        """Issue an invoice to somebody."""
        patient = getattr(self, name)
        requested = {"status": InvoiceStatus.ISSUED}
        return create_invoice(InvoiceInput(fields={"patient": patient, **fields}, items=items, **requested), **on)


@pytest.fixture
def first_of_june(settings):
    """The clinic is in Berlin, and the month is over."""
    settings.CLINIC_TIME_ZONE = "Europe/Berlin"
    with time_machine.travel(datetime(2026, 6, 1, 8, tzinfo=clinic_time_zone()), tick=False):
        yield


@pytest.fixture
def may(first_of_june, supervisor):
    """The month as the table tells it."""
    clinic = Clinic(supervisor)
    for name in ("ada", "ben", "cora", "dev", "eve", "fay"):
        setattr(clinic, name, PatientFactory(given_name=name.capitalize()))

    clinic.eves = clinic.bill("eve", CONSULTATION, line("Dressing", "40.00"), on=clinic.on(10, month=3))

    clinic.adas = create_invoice(
        InvoiceInput(
            fields={"patient": clinic.ada, "discount_percent": Decimal(10)},
            items=[CONSULTATION, line("Physiotherapy", "45.50", 6)],
        ),
        **clinic.on(2),
    )
    pay(clinic.adas, amount=eur("100.00"), method=CASH, **clinic.on(2))
    issue(clinic.adas, **clinic.on(4))

    insoles = line("Insoles", "100.00", 2, tax_rate=Decimal(19))
    clinic.bens = clinic.bill("ben", insoles, CONSULTATION, discount_amount=eur("28.00"), on=clinic.on(5))
    cheque = pay(clinic.bens, amount=eur("286.20"), method=CHEQUE, reference="cheque 4711", **clinic.on(6))
    pay(clinic.adas, amount=eur("117.70"), method=CARD, **clinic.on(8))

    clinic.coras = clinic.bill("cora", CONSULTATION, on=clinic.on(11))
    cards = pay(clinic.coras, amount=eur("80.00"), method=CARD, **clinic.on(11))
    reverse_payment(payment=cheque, reason="Bounced", **clinic.on(12))
    asked = [CreditRequest(clinic.coras.items.get().pk, amount=eur("30.00"))]
    issue_credit_note(invoice=clinic.coras, reason="Waited two hours", items=asked, **clinic.on(13))
    refund_credit(payment=cards, amount=eur("30.00"), method=CASH, reason="Wants it back", **clinic.on(13))

    clinic.devs = clinic.bill("dev", line("Physiotherapy", "45.50", 10, discount_percent=Decimal(5)), on=clinic.on(14))
    pay(clinic.devs, amount=eur("200.00"), method=TRANSFER, **clinic.on(15))
    refund(clinic.devs, amount=eur("50.00"), method=TRANSFER, reason="Until the insurance answers", **clinic.on(18))

    write_off(clinic.eves, reason="Moved abroad", **clinic.on(20))

    clinic.adas_new = correct(invoice=clinic.adas, reason="Five sessions, not six", **clinic.on(21))
    five = [{"id": item.pk} for item in clinic.adas_new.ordered_items]
    five[1]["quantity"] = Decimal(5)
    requested = {"status": InvoiceStatus.ISSUED}
    update_invoice(clinic.adas_new, InvoiceInput(items=five, **requested), **clinic.on(21))

    clinic.fays = clinic.bill("fay", CONSULTATION, on=clinic.on(22))
    void(clinic.fays, reason="It was Gil's", **clinic.on(22))

    pay(clinic.eves, amount=eur("45.00"), method=CASH, reference="from her sister", **clinic.on(27))
    mothers = take_payment(
        patient=clinic.ben,
        amount=eur("320.00"),
        method=CASH,
        excess_to_credit=True,
        reference="mother",
        **clinic.on(28),
    )
    clinic.bens_new = clinic.bill("ben", line("Vitamins", "12.50", 2, tax_rate=Decimal(7)), on=clinic.on(29))
    allocate_credit(payment=mothers, **clinic.on(29))
    clinic.mothers = mothers

    write_off(clinic.devs, amount=eur("32.25"), reason="Goodwill", **clinic.on(30))
    return clinic


def invoice_line(invoice):
    """Number, status, total, paid, credited, written off, remaining."""
    row = Invoice.objects.get(pk=invoice.pk)
    amounts = (row.total_amount, row.paid_amount, row.credited_amount, row.written_off_amount, row.remaining_amount)
    return row.reg_number, row.status, *(str(amount) for amount in amounts)


def total(rows, column="amount"):
    return rows.aggregate(total=Sum(column))["total"]


class TestInvoicesAtMonthEnd:
    """| number | status | total | paid | credited | written off | remaining |"""

    def test_invoices_have_the_amounts_of_the_table(self, may):
        assert [
            invoice_line(invoice)
            for invoice in (
                may.eves,
                may.adas,
                may.bens,
                may.coras,
                may.devs,
                may.adas_new,
                may.fays,
                may.bens_new,
            )
        ] == [
            ("INV-2026-000001", "WRITTEN_OFF", "120.00", "45.00", "0.00", "75.00", "0.00"),
            ("INV-2026-000002", "PAID", "317.70", "0.00", "317.70", "0.00", "0.00"),
            ("INV-2026-000003", "PAID", "286.20", "286.20", "0.00", "0.00", "0.00"),
            ("INV-2026-000004", "PAID", "80.00", "50.00", "30.00", "0.00", "0.00"),
            ("INV-2026-000005", "PARTIALY_PAID", "432.25", "150.00", "0.00", "32.25", "250.00"),
            ("INV-2026-000006", "PARTIALY_PAID", "276.75", "217.70", "0.00", "0.00", "59.05"),
            ("INV-2026-000007", "VOID", "80.00", "0.00", "0.00", "0.00", "0.00"),
            ("INV-2026-000008", "PAID", "26.75", "26.75", "0.00", "0.00", "0.00"),
        ]

    def test_invoices_have_the_tax_of_the_table(self, may):
        taxed = {row.reg_number: str(row.tax_amount) for row in Invoice.objects.filter(tax_amount__gt=0)}

        assert taxed == {"INV-2026-000003": "34.20", "INV-2026-000008": "1.75"}

    def test_discount_is_shared_over_the_tax_rates(self, may):
        rates = [(str(tax.net), str(tax.tax)) for tax in Invoice.objects.get(pk=may.bens.pk).tax_lines]

        assert rates == [("72.00", "0.00"), ("180.00", "34.20")]

    def test_credit_notes_are_two(self, may):
        notes = [(note.number, str(note.total_amount)) for note in CreditNote.objects.order_by("number")]

        assert notes == [("CN-2026-000001", "30.00"), ("CN-2026-000002", "317.70")]


class TestReceivablesAtMonthEnd:
    """
    |                                                                            |          |
    |----------------------------------------------------------------------------|----------|
    | owed on 1 May (Eve)                                                        |   120.00 |
    | billed in May: 317.70 + 286.20 + 80.00 + 432.25 + 276.75 + 26.75           | 1,419.65 |
    | credit notes: 30.00 + 317.70                                               |  -347.70 |
    | written off: 120.00 - 45.00 recovered + 32.25                              |  -107.25 |
    | paid on invoices: 45.00 + 286.20 + 50.00 + 150.00 + 217.70 + 26.75         |  -775.65 |
    | owed on 31 May (Dev 250.00, Ada 59.05)                                     |   309.05 |
    """

    def test_receivables_are_the_remaining_amounts_of_open_invoices(self, may):
        assert total(Invoice.objects.open(), "remaining_amount") == eur("309.05")

    def test_receivables_follow_from_the_movements_of_the_month(self, may):
        counted = Invoice.objects.exclude(status=InvoiceStatus.VOID)
        billed = total(counted.exclude(pk=may.eves.pk), "total_amount")
        credited = total(CreditNote.objects.all(), "total_amount")
        written_off = total(WriteOff.objects.all())
        paid = total(counted, "paid_amount")

        assert (billed, credited, written_off, paid) == (
            eur("1419.65"),
            eur("347.70"),
            eur("107.25"),
            eur("775.65"),
        )
        assert eur("120.00") + billed - credited - written_off - paid == eur("309.05")

    def test_receivables_become_overdue_in_june(self, may):
        def overdue(day):
            return [row.reg_number for row in Invoice.objects.overdue(on=date(2026, 6, day)).order_by("reg_number")]

        assert overdue(1) == []
        assert overdue(14) == ["INV-2026-000005"]  # issued on 14 May, due on 13 June
        assert overdue(21) == ["INV-2026-000005", "INV-2026-000006"]  # issued on 21 May, due on 20 June

    def test_receivables_leave_out_void_invoices(self, may):
        assert not Invoice.objects.open().filter(patient=may.fay).exists()


class TestTakingsOfTheMonth:
    """
    | method   | in                       | out                    | takings |
    |----------|--------------------------|------------------------|---------|
    | cash     | 100.00 + 45.00 + 320.00  | 30.00                  |  435.00 |
    | card     | 117.70 + 80.00           |                        |  197.70 |
    | cheque   | 286.20                   | 286.20 (never came)    |    0.00 |
    | transfer | 200.00                   | 50.00                  |  150.00 |
    |          |                          |                        |  782.70 |
    """

    @pytest.mark.parametrize(
        ("method", "takings"), [(CASH, "435.00"), (CARD, "197.70"), (CHEQUE, "0.00"), (TRANSFER, "150.00")], ids=str
    )
    def test_takings_by_method_are_those_of_the_table(self, may, method, takings):
        came = total(Payment.objects.filter(method=method)) or 0
        went = total(Refund.objects.filter(method=method)) or 0

        assert came - went == eur(takings)

    def test_takings_are_the_paid_amounts_and_the_credit(self, may):
        takings = total(Payment.objects.all()) - total(Refund.objects.all())

        assert takings == eur("782.70") == eur("775.65") + eur("7.05")

    def test_every_payment_and_reversal_has_a_receipt(self, may):
        receipts = list(Payment.objects.values_list("receipt_number", flat=True))

        assert len(receipts) == len(set(receipts)) == 8  # seven payments and the cheque's reversal


class TestReportsOfTheMonth:
    """The reports on 1 June match the tables above."""

    def test_receivables_are_those_of_the_table(self, may):
        found = receivables(on=date(2026, 6, 1))

        assert (found.owed.amount, found.owed.invoices, found.accounts) == (eur("309.05"), 2, 2)
        assert found.overdue.invoices == 0

    def test_overdue_amounts_at_the_end_of_june(self, may):
        found = receivables(on=date(2026, 6, 30))

        assert (found.overdue.amount, found.oldest_due) == (eur("309.05"), date(2026, 6, 13))

    def test_billed_and_collected_amounts(self, may):
        march, april, billed_in_may, june = billed_and_collected(on=date(2026, 6, 1), months=4)

        assert (march.billed, march.collected) == (eur("120.00"), eur("0.00"))
        assert (billed_in_may.billed, billed_in_may.credited) == (eur("1419.65") - eur("347.70"), eur("347.70"))
        assert billed_in_may.collected == eur("782.70")
        assert {april.billed, april.collected, june.billed, june.collected} == {eur("0.00")}

    def test_last_month_on_the_first_day_of_the_next(self, may):
        found = collected(on=date(2026, 6, 1))

        assert (found.this_month, found.last_month, found.same_days_last_month) == (eur("0"), eur("862.70"), eur("0"))

    def test_unallocated_credit_is_that_of_the_table(self, may):
        assert unallocated_credit() == eur("7.05")

    @pytest.mark.parametrize(("day", "net"), [(2, "100.00"), (12, "-286.20"), (13, "-30.00"), (28, "320.00")])
    def test_takings_of_a_day_are_those_of_the_table(self, may, day, net):
        assert takings(on=date(2026, 5, day)).total.net == eur(net)

    @pytest.mark.parametrize(
        ("name", "closing"), [("ada", "59.05"), ("ben", "-7.05"), ("cora", "0.00"), ("dev", "250.00"), ("eve", "0.00")]
    )
    def test_statement_of_each_account_has_the_balances_of_the_table(self, may, name, closing):
        found = statement(getattr(may, name), first=date(2026, 5, 1), last=date(2026, 5, 31))

        assert found.opening == (eur("120.00") if name == "eve" else eur("0.00"))
        assert found.closing == eur(closing)


class TestCreditBalancesAtMonthEnd:
    """Ben: 320.00 - 286.20 = 33.80, less 26.75 for the vitamins: 7.05. Cora took hers home. Nobody else has any."""

    def test_only_ben_has_credit(self, may):
        balances = {
            name: str(Payment.objects.of_account(getattr(may, name)).unallocated_credit())
            for name in ("ada", "ben", "cora", "dev", "eve", "fay")
        }

        assert balances == {"ada": "0.00", "ben": "7.05", "cora": "0.00", "dev": "0.00", "eve": "0.00", "fay": "0.00"}

    def test_credit_is_the_rest_of_the_payment_of_bens_mother(self, may):
        assert credit_of(may.mothers) == eur("7.05")


class TestClosedMonth:
    @pytest.fixture
    def closed(self, may):
        close_books(through=date(2026, 5, 31), reason="Month end", **may.on(1, month=6))
        return may

    def test_closed_month_accepts_no_payment_invoice_or_void(self, closed):
        in_may, in_june = closed.on(31), closed.on(1, month=6)

        with pytest.raises(PeriodClosed):
            pay(closed.devs, amount=eur("1.00"), received_at=in_may["at"], **in_june)
        with pytest.raises(PeriodClosed):
            closed.bill("fay", CONSULTATION, on=in_june, issue_date=in_may["at"])
        with pytest.raises(PeriodClosed):
            void(closed.adas_new, reason="Wrong", release_to="credit", **in_june)

    def test_closed_month_is_corrected_in_june(self, closed):
        note = issue_credit_note(invoice=closed.adas_new, reason="Not satisfied", **closed.on(1, month=6))

        assert (note.number, note.total_amount) == ("CN-2026-000003", eur("276.75"))
        assert total(Invoice.objects.open(), "remaining_amount") == eur("250.00")

    def test_closed_month_keeps_the_history_of_its_invoices(self, closed):
        history = [
            (event.kind, event.created_at.astimezone(clinic_time_zone()).day) for event in closed.adas.events.all()
        ]

        assert history == [("created", 2), ("paid", 2), ("issued", 4), ("paid", 8), ("corrected", 21)]


class TestFirstOfTheMonth:
    def test_month_begins_at_midnight_in_berlin(self, may):
        last_minute = datetime(2026, 5, 31, 23, 59, tzinfo=clinic_time_zone())
        close_books(through=date(2026, 5, 31), reason="Month end", **may.on(1, month=6))

        with pytest.raises(PeriodClosed):
            pay(may.devs, amount=eur("1.00"), received_at=last_minute, **may.on(1, month=6))
        pay(may.devs, amount=eur("1.00"), received_at=last_minute + timedelta(minutes=1), **may.on(1, month=6))

        assert Invoice.objects.get(pk=may.devs.pk).remaining_amount == eur("249.00")
