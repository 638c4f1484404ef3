"""Monthly figures: the month to which invoices, credit notes and payments belong."""

from datetime import date
from decimal import Decimal

import pytest

from billing.choices import PaymentMethod
from billing.operations.credit_notes import issue_credit_note
from billing.operations.issuing import issue
from billing.operations.payments import reverse_payment
from billing.operations.refunds import refund
from billing.reports.monthly_figures import billed_and_collected
from billing.tests.factories import InvoiceFactory, PaymentFactory, item

TODAY = date(2026, 6, 15)


def eur(amount):
    return Decimal(amount)


def months(**more):
    """Month: (billed, collected), of those in which anything happened."""
    found = billed_and_collected(on=TODAY, **more)
    return {
        f"{month.first:%Y-%m}": (str(month.billed), str(month.collected))
        for month in found
        if month.billed or month.collected
    }


@pytest.fixture
def issued(actor, berlin):
    """`issued("100.00", berlin(5, 3))`."""
    return lambda total, at, **state: InvoiceFactory(issued=True, items=[item(total)], at=at, **state)


class TestMonths:
    def test_figures_are_of_twelve_months_ending_with_this_one(self, db):
        found = billed_and_collected(on=TODAY)

        assert (len(found), found[0].first, found[-1].first, found[-1].last) == (
            12,
            date(2025, 7, 1),
            date(2026, 6, 1),
            date(2026, 6, 30),
        )

    def test_figures_of_fewer_months_leave_out_earlier_invoices(self, issued, berlin):
        issued("10.00", berlin(3, 31))
        issued("20.00", berlin(4, 1))

        assert months(months=3) == {"2026-04": ("20.00", "0.00")}


class TestBilled:
    def test_billed_is_by_the_issue_date_in_the_clinics_time_zone(self, issued, berlin):
        issued("1.00", berlin(4, 30, 23, 59))
        issued("2.00", berlin(5, 1, 0, 0))  # in UTC still April
        issued("4.00", berlin(5, 31, 23, 59))
        issued("8.00", berlin(6, 2), issue_date=berlin(5, 20))  # issued in June with a date in May

        assert months() == {"2026-04": ("1.00", "0.00"), "2026-05": ("14.00", "0.00")}

    def test_billed_includes_written_off_invoices_but_no_drafts_and_no_void_ones(self, issued, berlin):
        issued("1.00", berlin(5, 2), written_off=True)
        issued("2.00", berlin(5, 2), part_written_off="1.00")
        issued("4.00", berlin(5, 2), void=True)
        InvoiceFactory(items=[item("8.00")], at=berlin(5, 2))

        assert months() == {"2026-05": ("3.00", "0.00")}

    def test_billed_is_reduced_by_credit_notes_in_the_month_in_which_they_are_written(self, issued, berlin, supervisor):
        invoice = issued("100.00", berlin(5, 30))
        issue_credit_note(invoice=invoice, reason="Not rendered", by=supervisor, at=berlin(6, 1))

        assert months() == {"2026-05": ("100.00", "0.00"), "2026-06": ("-100.00", "0.00")}
        assert billed_and_collected(on=TODAY)[-1].credited == eur("100.00")

    def test_billed_counts_a_corrected_invoice_once(self, issued, berlin, supervisor):
        invoice = issued("100.00", berlin(5, 2), corrected=True)
        issue(invoice.corrected_by, by=supervisor, at=berlin(5, 3))

        assert months() == {"2026-05": ("100.00", "0.00")}


class TestCollected:
    def test_collected_is_by_the_day_of_receipt_in_the_clinics_time_zone(self, actor, berlin):
        PaymentFactory(amount="1.00", at=berlin(4, 30, 23, 59))
        PaymentFactory(amount="2.00", at=berlin(5, 1, 0, 0))
        PaymentFactory(amount="4.00", at=berlin(6, 3), received_at=berlin(5, 31, 23, 59))

        assert months() == {"2026-04": ("0.00", "1.00"), "2026-05": ("0.00", "6.00")}

    def test_collected_is_reduced_by_refunds_and_reversals_in_their_own_month(self, issued, berlin, supervisor):
        invoice = issued("100.00", berlin(5, 2), paid=True)
        bounced = PaymentFactory(amount="30.00", at=berlin(5, 2))
        in_june = {"by": supervisor, "at": berlin(6, 2)}
        refund(invoice, amount=eur("20.00"), method=PaymentMethod.CASH, reason="Complaint", **in_june)
        reverse_payment(payment=bounced, reason="Bounced", **in_june)

        assert months() == {"2026-05": ("100.00", "130.00"), "2026-06": ("0.00", "-50.00")}

    def test_collected_counts_a_deposit_before_its_invoice_is_billed(self, actor, berlin, supervisor):
        draft = InvoiceFactory(deposit="40.00", at=berlin(5, 31))
        issue(draft, by=supervisor, at=berlin(6, 1))

        assert months() == {"2026-05": ("0.00", "40.00"), "2026-06": ("100.00", "0.00")}


class TestQueries:
    @pytest.mark.parametrize("invoices", [1, 12])
    def test_figures_take_one_query_however_many_the_invoices(self, issued, berlin, queries, invoices):
        for day in range(1, invoices + 1):
            issued("10.00", berlin(5, day), paid=True)

        assert queries(lambda: billed_and_collected(on=TODAY)) == 1
