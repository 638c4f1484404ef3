"""One payment over several invoices: oldest due first, nothing lost, nothing above what remains."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.allocation import OpenInvoice, allocate_oldest_first

cents = st.integers(0, 100_000).map(lambda amount: Decimal(amount).scaleb(-2))
open_invoices = st.lists(
    st.builds(OpenInvoice, key=st.uuids(), due=st.dates(date(2025, 1, 1), date(2026, 12, 31)), remaining=cents),
    max_size=8,
    unique_by=lambda invoice: invoice.key,
)


def owed(key, due, remaining):
    return OpenInvoice(key, due, Decimal(remaining))


class TestPropose:
    def test_pays_the_oldest_due_first(self):
        invoices = [owed("May", date(2026, 5, 1), "30.00"), owed("March", date(2026, 3, 1), "30.00")]

        allocations, rest = allocate_oldest_first(Decimal("40.00"), invoices)

        assert allocations == [("March", Decimal("30.00")), ("May", Decimal("10.00"))]
        assert rest == 0

    def test_keeps_the_order_given_among_those_due_on_one_day(self):
        day = date(2026, 3, 1)

        allocations, _ = allocate_oldest_first(Decimal("10.00"), [owed("b", day, "5.00"), owed("a", day, "5.00")])

        assert [key for key, _ in allocations] == ["b", "a"]

    def test_leaves_out_what_is_settled_and_what_the_money_does_not_reach(self):
        invoices = [
            owed("settled", date(2026, 1, 1), "0.00"),
            owed("open", date(2026, 2, 1), "10.00"),
            owed("later", date(2026, 3, 1), "10.00"),
        ]

        allocations, _ = allocate_oldest_first(Decimal("10.00"), invoices)

        assert allocations == [("open", Decimal("10.00"))]

    def test_gives_back_what_no_invoice_takes(self):
        allocations, rest = allocate_oldest_first(Decimal("10.00"), [])

        assert (allocations, rest) == ([], Decimal("10.00"))

    @given(cents, open_invoices)
    def test_loses_nothing_and_overpays_nothing(self, amount, invoices):
        allocations, rest = allocate_oldest_first(amount, invoices)

        remaining = {invoice.key: invoice.remaining for invoice in invoices}
        assert sum(part for _, part in allocations) + rest == amount
        assert all(0 < part <= remaining[key] for key, part in allocations)
        assert rest == max(0, amount - sum(remaining.values()))
