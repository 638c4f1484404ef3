"""Totals of a list, up to a number of rows."""

from decimal import Decimal

import pytest

from billing.models import Invoice, Payment
from billing.reports.list_totals import INVOICE_SUMS, PAYMENT_SUMS, list_totals
from billing.tests.factories import InvoiceFactory, PaymentFactory, item


def totals(count, left_out, *sums):
    return count, left_out, [Decimal(amount) for amount in sums]


def totals_of(rows, sums=INVOICE_SUMS, **limits):
    """The totals of a list, without the labels; None if there are none."""
    found = list_totals(rows, sums, **limits)
    return found and (found.count, found.left_out, [amount for _label, amount in found.sums])


class TestListTotals:
    def test_totals_add_up_total_paid_and_remaining(self, actor):
        InvoiceFactory(part_paid="30.00")
        InvoiceFactory(items=[item("50.00")])
        InvoiceFactory(written_off=True)

        assert totals_of(Invoice.objects.all()) == totals(3, 0, "250.00", "30.00", "120.00")

    def test_totals_count_void_invoices_and_leave_them_out_of_the_sums(self, actor):
        InvoiceFactory(issued=True)
        InvoiceFactory(void=True)

        assert totals_of(Invoice.objects.all()) == totals(2, 1, "100.00", "0.00", "100.00")

    def test_totals_are_of_the_filtered_list(self, actor):
        InvoiceFactory(part_paid="30.00", tags=["urgent", "dental"])
        InvoiceFactory(issued=True, tags=["dental"])
        InvoiceFactory(issued=True)

        rows = Invoice.objects.tagged(["urgent", "dental"]).matching("consultation").order_by("-due_date", "pk")

        assert totals_of(rows) == totals(2, 0, "200.00", "30.00", "170.00")

    def test_totals_of_a_distinct_list_add_up_equal_amounts(self, actor):
        InvoiceFactory(tags=["a", "b"])
        InvoiceFactory(tags=["a", "b"])

        rows = Invoice.objects.filter(tags__name__in=["a", "b"]).distinct()

        assert totals_of(rows) == totals(2, 0, "200.00", "0.00", "200.00")

    def test_totals_of_an_empty_list_are_zero(self, db):
        assert totals_of(Invoice.objects.all()) == totals(0, 0, "0.00", "0.00", "0.00")

    def test_totals_of_payments_separate_reversals_from_receipts(self, actor):
        PaymentFactory(amount="50.00")
        PaymentFactory(amount="30.00", reversed=True)

        assert totals_of(Payment.objects.all(), PAYMENT_SUMS) == totals(3, 0, "80.00", "-30.00", "50.00")


class TestTooManyRows:
    @pytest.fixture
    def three(self, actor):
        for _ in range(3):
            InvoiceFactory(issued=True)

    def test_too_many_rows_have_no_totals(self, three):
        assert totals_of(Invoice.objects.all(), max_rows=2) is None

    def test_as_many_rows_as_allowed_have_totals(self, three):
        assert totals_of(Invoice.objects.all(), max_rows=3) == totals(3, 0, "300.00", "0.00", "300.00")

    def test_too_many_rows_are_not_counted_to_the_end(self, three, django_assert_num_queries):
        with django_assert_num_queries(1) as queries:
            totals_of(Invoice.objects.all(), max_rows=2)

        assert "LIMIT 3" in queries[0]["sql"]
