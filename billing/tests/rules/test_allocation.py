"""One payment over several invoices: oldest due first, nothing lost, nothing above what remains."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.allocation import OpenInvoice, allocate_oldest_first

cents = st.integers(0, 100_000).map(lambda amount: Decimal(amount).scaleb(-2))
open_invoices = st.lists(
    st.builds(
        OpenInvoice,
        key=st.uuids(),
        due=st.dates(date(2025, 1, 1), date(2026, 12, 31)),
        issued=st.dates(date(2025, 1, 1), date(2026, 12, 31)),
        number=st.integers(1, 2_000_000).map(lambda number: f"INV-2026-{number:06d}"),
        remaining=cents,
    ),
    max_size=8,
    unique_by=lambda invoice: invoice.key,
)


def owed(key, due, remaining, issued=date(2026, 1, 1), number="INV-2026-000001"):
    return OpenInvoice(key, due, issued, number, Decimal(remaining))


class TestPropose:
    def test_oldest_due_invoice_is_paid_first(self):
        invoices = [owed("May", date(2026, 5, 1), "30.00"), owed("March", date(2026, 3, 1), "30.00")]

        allocations, rest = allocate_oldest_first(Decimal("40.00"), invoices)

        assert allocations == [("March", Decimal("30.00")), ("May", Decimal("10.00"))]
        assert rest == 0

    def test_of_invoices_due_on_the_same_day_the_one_issued_first_is_paid_first(self):
        day = date(2026, 3, 1)
        later = owed("later", day, "5.00", issued=date(2026, 2, 1), number="INV-2026-000001")
        earlier = owed("earlier", day, "5.00", issued=date(2026, 1, 1), number="INV-2026-000002")

        allocations, _ = allocate_oldest_first(Decimal("10.00"), [later, earlier])

        assert [key for key, _ in allocations] == ["earlier", "later"]

    def test_of_invoices_issued_and_due_on_the_same_day_the_lower_number_is_paid_first(self):
        day = date(2026, 3, 1)
        numbers = ["INV-2026-1000000", "INV-2026-000002", "INV-2026-999999"]

        allocations, _ = allocate_oldest_first(
            Decimal("15.00"), [owed(number, day, "5.00", number=number) for number in numbers]
        )

        assert [key for key, _ in allocations] == ["INV-2026-000002", "INV-2026-999999", "INV-2026-1000000"]

    def test_settled_invoices_and_those_beyond_the_money_are_left_out(self):
        invoices = [
            owed("settled", date(2026, 1, 1), "0.00"),
            owed("open", date(2026, 2, 1), "10.00"),
            owed("later", date(2026, 3, 1), "10.00"),
        ]

        allocations, _ = allocate_oldest_first(Decimal("10.00"), invoices)

        assert allocations == [("open", Decimal("10.00"))]

    def test_rest_that_no_invoice_takes_is_returned(self):
        allocations, rest = allocate_oldest_first(Decimal("10.00"), [])

        assert (allocations, rest) == ([], Decimal("10.00"))

    @given(cents, open_invoices)
    def test_proposal_adds_up_to_the_money_and_overpays_no_invoice(self, amount, invoices):
        allocations, rest = allocate_oldest_first(amount, invoices)

        remaining = {invoice.key: invoice.remaining for invoice in invoices}
        assert sum(part for _, part in allocations) + rest == amount
        assert all(0 < part <= remaining[key] for key, part in allocations)
        assert rest == max(0, amount - sum(remaining.values()))
