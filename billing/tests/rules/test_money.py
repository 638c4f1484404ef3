"""Cents: rounding, percentages, and sums shared out without a cent lost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.money import CENT, percent_of, round_to_cents, split_proportionally
from clinic.domain.amounts import MAX_MONEY

amounts = st.integers(0, 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
weights = st.lists(st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2)), max_size=12)
numbers = st.decimals(-MAX_MONEY, MAX_MONEY, places=4)


class TestRoundToCents:
    @pytest.mark.parametrize(
        ("amount", "cents"),
        [("0.005", "0.01"), ("0.0049", "0.00"), ("1.115", "1.12"), ("-1.115", "-1.12"), ("7", "7.00")],
    )
    def test_amount_is_rounded_half_up(self, amount, cents):
        assert str(round_to_cents(Decimal(amount))) == cents

    @pytest.mark.parametrize("amount", ["-0", "-0.00", "-0.004"])
    def test_rounded_amount_is_never_negative_zero(self, amount):
        assert str(round_to_cents(Decimal(amount))) == "0.00"

    @given(numbers)
    def test_rounded_amount_is_not_changed_by_rounding_again(self, amount):
        once = round_to_cents(amount)

        assert round_to_cents(once) == once
        assert abs(once - amount) <= CENT / 2


class TestPercentOf:
    def test_percentage_of_zero_is_zero(self):
        assert percent_of(Decimal("0.00"), Decimal("12.5")) == 0

    @given(amounts, st.integers(0, 1_000_000).map(lambda parts: Decimal(parts).scaleb(-4)))
    def test_percentage_is_between_zero_and_the_amount(self, amount, percent):
        assert 0 <= percent_of(amount, percent) <= amount

    @given(amounts)
    def test_hundred_percent_is_the_amount(self, amount):
        assert percent_of(amount, Decimal(100)) == amount


class TestSplitProportionally:
    @given(amounts, weights.filter(any))
    def test_shares_add_up_to_the_total(self, total, weights):
        assert sum(split_proportionally(total, weights)) == total

    @given(amounts, weights.filter(any))
    def test_shares_are_within_a_cent_of_their_proportion(self, total, weights):
        shares = split_proportionally(total, weights)

        for share, weight in zip(shares, weights, strict=True):
            assert abs(share * sum(weights) - total * weight) < CENT * sum(weights)

    @given(weights.filter(any), st.integers(0, 100))
    def test_share_never_exceeds_its_weight(self, weights, percent):
        shares = split_proportionally(percent_of(sum(weights), Decimal(percent)), weights)

        assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))

    def test_tie_goes_to_the_earlier_share(self):
        shares = split_proportionally(Decimal("0.03"), [Decimal("1.00"), Decimal("1.00")])

        assert shares == [Decimal("0.02"), Decimal("0.01")]

    def test_odd_cent_goes_to_the_largest_remainder(self):
        shares = split_proportionally(Decimal("1.00"), [Decimal(1), Decimal(1), Decimal("1.5")])

        assert shares == [Decimal("0.29"), Decimal("0.28"), Decimal("0.43")]

    def test_shares_of_zero_weights_are_zero(self):
        assert split_proportionally(Decimal("5.00"), [Decimal(0), Decimal(0)]) == [0, 0]

    def test_no_weights_have_no_shares(self):
        assert split_proportionally(Decimal("5.00"), []) == []

    @pytest.mark.parametrize("total", ["-0.01", "0.001"])
    def test_total_with_fractions_of_a_cent_is_refused(self, total):
        with pytest.raises(ValueError):
            split_proportionally(Decimal(total), [Decimal(1)])

    def test_negative_weight_is_refused(self):
        with pytest.raises(ValueError):
            split_proportionally(Decimal("1.00"), [Decimal(2), Decimal(-1)])
