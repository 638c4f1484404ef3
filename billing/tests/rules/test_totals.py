"""Tests of the totals calculator: worked cases, errors, invariants."""

from decimal import Decimal
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.totals import InvalidTotals, Line, calculate_totals, line_total, payable_shares
from clinic.domain.amounts import MAX_MONEY

ZERO = Decimal("0.00")


def line(price, *, quantity="1", off="0", percent="0", tax="0"):
    return Line(Decimal(quantity), Decimal(price), Decimal(off), Decimal(percent), Decimal(tax))


def totals(*lines, off="0", percent="0"):
    return calculate_totals(lines, discount_amount=Decimal(off), discount_percent=Decimal(percent))


def scaled(highest, places):
    return st.integers(0, highest * 10**places).map(lambda units: Decimal(units).scaleb(-places))


lines = st.builds(
    Line,
    quantity=scaled(50, 3),
    unit_price=scaled(500, 4),
    discount_percent=scaled(100, 4),
    tax_rate=st.sampled_from([Decimal(0), Decimal(7), Decimal("8.1"), Decimal(19)]),
)
invoices = st.tuples(st.lists(lines, max_size=8), scaled(100, 4))


class TestWorkedCases:
    def test_199_99_at_12_5_percent_and_20_00_off_is_154_99(self):
        invoice = totals(line("199.99"), off="20.00", percent="12.5")

        assert invoice.subtotal == Decimal("199.99")
        assert invoice.discount_total == Decimal("45.00")
        assert invoice.total_amount == Decimal("154.99")

    def test_invoice_without_items_has_a_total_of_zero(self):
        invoice = totals()

        assert (invoice.total_amount, invoice.taxes, invoice.line_totals) == (0, (), ())

    def test_line_is_rounded_for_its_gross_and_for_its_discount(self):
        # 3 x 0.335 = 1.005 -> 1.01; 50 % of it = 0.505 -> 0.51; 1.01 - 0.51
        assert line_total(line("0.335", quantity="3", percent="50")) == Decimal("0.50")

    def test_tax_is_rounded_once_for_its_rate_not_for_each_line(self):
        # three lines of 0.03 at 19 %: 0.09 x 0.19 = 0.0171 -> 0.02, where each line alone would give 0.01
        invoice = totals(*[line("0.03", tax="19")] * 3)

        assert invoice.tax_amount == Decimal("0.02")

    def test_document_discount_lowers_the_tax(self):
        invoice = totals(line("100.00", tax="19"), percent="10")

        assert invoice.tax_amount == Decimal("17.10")
        assert invoice.total_amount == Decimal("107.10")

    def test_tie_of_the_document_discount_goes_to_the_lower_rate(self):
        invoice = totals(line("10.00", tax="19"), line("10.00", tax="7"), off="0.01")

        assert [(each.rate, each.net) for each in invoice.taxes] == [
            (Decimal(7), Decimal("9.99")),
            (Decimal(19), Decimal("10.00")),
        ]

    def test_rates_written_differently_are_one_rate(self):
        assert len(totals(line("1.00", tax="19"), line("1.00", tax="19.0000")).taxes) == 1

    def test_discount_of_the_whole_invoice_leaves_no_tax(self):
        invoice = totals(line("80.00", tax="19"), percent="100")

        assert (invoice.total_amount, invoice.tax_amount) == (0, 0)


class TestRefusals:
    def test_line_below_zero_is_refused_with_its_pointer(self):
        with pytest.raises(InvalidTotals) as refused:
            totals(line("10.00"), line("10.00", off="10.01"), line("1.00", percent="100", off="0.01"))

        assert refused.value.code == "line_below_zero"
        assert [error.pointer for error in refused.value.errors] == [
            "/items/1/discount_amount",
            "/items/2/discount_amount",
        ]

    def test_line_of_exactly_zero_is_accepted(self):
        assert totals(line("10.00", off="10.00")).total_amount == 0

    def test_discount_above_the_subtotal_is_refused(self):
        with pytest.raises(InvalidTotals) as refused:
            totals(line("10.00"), off="5.01", percent="50")

        assert refused.value.code == "discount_above_subtotal"
        assert [error.pointer for error in refused.value.errors] == ["/discount_amount"]

    def test_discount_of_exactly_the_subtotal_is_accepted(self):
        assert totals(line("10.00"), off="5.00", percent="50").total_amount == 0

    @pytest.mark.parametrize(
        ("too_large", "pointer"),
        [
            ([line("9999999999.99", quantity="999999.999")], "/items/0/unit_price"),
            ([line("9999999999.99"), line("0.01")], "/items"),
            ([line("9999999999.99", tax="19")], "/items"),
        ],
        ids=["line", "subtotal", "total"],
    )
    def test_computed_amount_above_the_largest_is_refused(self, too_large, pointer):
        with pytest.raises(InvalidTotals) as refused:
            totals(*too_large)

        assert refused.value.code == "amount_too_large"
        assert [error.pointer for error in refused.value.errors] == [pointer]

    def test_largest_amount_is_accepted(self):
        assert totals(line(str(MAX_MONEY))).total_amount == MAX_MONEY


class TestEveryInvoice:
    @given(invoices)
    def test_totals_add_up(self, invoice):
        items, percent = invoice

        found = calculate_totals(items, discount_amount=ZERO, discount_percent=percent)

        assert found.subtotal == sum(found.line_totals)
        assert found.subtotal - found.discount_total + found.tax_amount == found.total_amount
        assert found.tax_amount == sum(each.tax for each in found.taxes)
        assert found.subtotal - found.discount_total == sum(each.net for each in found.taxes)

    @given(invoices)
    def test_totals_are_within_their_bounds(self, invoice):
        items, percent = invoice

        found = calculate_totals(items, discount_amount=ZERO, discount_percent=percent)

        assert 0 <= found.discount_total <= found.subtotal
        assert all(each.net >= 0 and 0 <= each.tax <= each.net for each in found.taxes)
        assert all(amount.as_tuple().exponent == -2 for amount in (*found.line_totals, found.total_amount))

    @given(invoices, st.randoms())
    def test_totals_are_the_same_in_any_order_of_the_lines(self, invoice, random):
        items, percent = invoice
        shuffled = random.sample(items, len(items))

        found = calculate_totals(items, discount_amount=ZERO, discount_percent=percent)
        again = calculate_totals(shuffled, discount_amount=ZERO, discount_percent=percent)

        assert sorted(again.line_totals) == sorted(found.line_totals)
        assert (again.total_amount, again.taxes) == (found.total_amount, found.taxes)

    @given(invoices)
    def test_totals_are_the_same_when_lines_are_billed_at_their_line_totals(self, invoice):
        items, percent = invoice
        found = calculate_totals(items, discount_amount=ZERO, discount_percent=percent)

        plain = [
            Line(Decimal(1), amount, tax_rate=item.tax_rate)
            for item, amount in zip(items, found.line_totals, strict=True)
        ]

        assert calculate_totals(plain, discount_amount=ZERO, discount_percent=percent) == found


class TestPayableShares:
    @given(invoices)
    def test_payable_shares_add_up_to_the_total_and_its_tax(self, invoice):
        items, percent = invoice
        found = calculate_totals(items, discount_amount=ZERO, discount_percent=percent)

        shares = payable_shares(items, found)

        assert len(shares) == len(items)
        assert sum(share.total for share in shares) == found.total_amount
        assert sum(share.tax for share in shares) == found.tax_amount
        assert all(0 <= share.tax <= share.total for share in shares)

    @given(invoices)
    def test_payable_shares_add_up_within_each_rate(self, invoice):
        items, percent = invoice
        found = calculate_totals(items, discount_amount=ZERO, discount_percent=percent)

        shares = payable_shares(items, found)

        pairs = sorted(zip((item.tax_rate for item in items), shares, strict=True), key=lambda pair: pair[0])
        by_rate = {rate: sum(share.total for _, share in group) for rate, group in groupby(pairs, lambda pair: pair[0])}
        assert by_rate == {each.rate: each.net + each.tax for each in found.taxes}

    def test_payable_share_of_a_single_line_is_the_whole_invoice(self):
        only = line("199.99", tax="19")
        found = totals(only, off="20.00", percent="12.5")

        (share,) = payable_shares([only], found)

        assert (share.total, share.tax) == (found.total_amount, found.tax_amount)
