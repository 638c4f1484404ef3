"""Hypothesis strategies for operations: record, amount, deviation, requested status."""

from decimal import Decimal

from hypothesis import strategies as st

from billing.tests.stateful.arithmetic import Line

which = st.integers(0, 399)  # of those that there are
# An amount is told as a mark, how much of it, and how far off that the desk is, in cents.
marks = st.sampled_from(["remaining", "remaining", "paid", "total"])
percents = st.sampled_from([100, 50, 33, 10])
offs = st.sampled_from([0, 0, 0, 0, -1, 1, -50, 2500]) | st.integers(-20_000, 20_000)
statuses = st.sampled_from([None] * 4 + ["ISSUED"] * 4 + ["DRAFT", "PARTIALY_PAID", "PAID", "VOID", "WRITTEN_OFF"])
excesses = st.sampled_from(["reject", "credit"])
due_days = st.none() | st.integers(-10, 40)
items = st.lists(
    st.builds(
        Line,
        quantity=st.sampled_from(["1", "1", "2", "0.333", "1.5"]).map(Decimal),
        unit_price=st.sampled_from(["199.99", "33.3333", "19.99", "1000", "0.995", "0.01", "0"]).map(Decimal),
        discount=st.sampled_from([0] * 9 + [1, 500]),
        discount_percent=st.sampled_from([0] * 6 + [10, 100]),
        tax_rate=st.sampled_from([0, 0, 7, 19]),
    ),
    max_size=3,
)
