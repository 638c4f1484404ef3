"""What a `status` in a POST or PUT asks for, cell by cell."""

from decimal import Decimal
from itertools import product

import pytest

from billing.choices import InvoiceStatus
from billing.rules.lifecycle import MOVES, MoveNotAllowed
from billing.rules.requested_status import WISHES, Steps, check_met, steps_for

DRAFT, ISSUED, PARTIALY_PAID, PAID, VOID, WRITTEN_OFF = InvoiceStatus
NEW = None

WITH_PAID_AMOUNT = {
    (NEW, DRAFT): Steps(expects=DRAFT),
    (NEW, ISSUED): Steps(issue=True),
    (NEW, PARTIALY_PAID): Steps(issue=True, expects=PARTIALY_PAID),
    (NEW, PAID): Steps(issue=True, expects=PAID),
    (DRAFT, ISSUED): Steps(issue=True),
    (DRAFT, PARTIALY_PAID): Steps(issue=True, expects=PARTIALY_PAID),
    (DRAFT, PAID): Steps(issue=True, expects=PAID),
    (DRAFT, VOID): Steps(void=True, expects=VOID),
    (ISSUED, PARTIALY_PAID): Steps(expects=PARTIALY_PAID),
    (ISSUED, PAID): Steps(expects=PAID),
    (ISSUED, VOID): Steps(void=True, expects=VOID),
    (ISSUED, WRITTEN_OFF): Steps(write_off=True, expects=WRITTEN_OFF),
    (PARTIALY_PAID, PAID): Steps(expects=PAID),
    (PARTIALY_PAID, VOID): Steps(void=True, expects=VOID),
    (PARTIALY_PAID, WRITTEN_OFF): Steps(write_off=True, expects=WRITTEN_OFF),
    (PAID, VOID): Steps(void=True, expects=VOID),
}
CELLS = [pair for pair in product([NEW, *InvoiceStatus], InvoiceStatus) if pair[0] != pair[1]]


class TestSteps:
    @pytest.mark.parametrize(("current", "wish"), CELLS)
    def test_are_those_of_the_table(self, current, wish):
        if (current, wish) in WITH_PAID_AMOUNT:
            assert steps_for(current, wish, paid_given=True) == WITH_PAID_AMOUNT[current, wish]
        else:
            with pytest.raises(MoveNotAllowed) as refused:
                steps_for(current, wish, paid_given=True)
            assert refused.value.members["allowed"] == [
                each for each in InvoiceStatus.values if each in WISHES[current]
            ]

    @pytest.mark.parametrize("current", [NEW, DRAFT, ISSUED, PARTIALY_PAID])
    def test_record_the_rest_when_paid_is_wished_without_an_amount(self, current):
        steps = steps_for(current, PAID, paid_given=False)

        assert steps == Steps(issue=current in (NEW, DRAFT), pay_rest=True, expects=PAID)

    @pytest.mark.parametrize("wish", [ISSUED, PARTIALY_PAID])
    def test_record_nothing_for_any_other_wish(self, wish):
        assert not steps_for(NEW, wish, paid_given=False).pay_rest

    @pytest.mark.parametrize("paid_given", [True, False])
    @pytest.mark.parametrize("current", [NEW, *InvoiceStatus])
    def test_are_none_when_nothing_is_wished(self, current, paid_given):
        assert steps_for(current, None, paid_given=paid_given) == Steps()
        assert current is NEW or steps_for(current, current, paid_given=paid_given) == Steps()

    @pytest.mark.parametrize("current", InvoiceStatus)
    def test_never_lead_where_no_move_leads(self, current):
        assert WISHES[current] <= MOVES[current]

    @pytest.mark.parametrize("current", [VOID, WRITTEN_OFF])
    def test_never_leave_an_end(self, current):
        assert WISHES[current] == frozenset()


class TestMet:
    @pytest.mark.parametrize("status", InvoiceStatus)
    def test_is_what_came_out_as_wished(self, status):
        check_met(status, status, total=Decimal("100.00"), paid=Decimal("0.00"))

    @pytest.mark.parametrize("outcome", [ISSUED, PARTIALY_PAID, PAID])
    def test_is_whatever_issuing_leads_to(self, outcome):
        expected = steps_for(DRAFT, ISSUED, paid_given=True).expects

        check_met(expected, outcome, total=Decimal("100.00"), paid=Decimal("0.00"))

    def test_names_the_sum_to_send_when_too_little_was_paid(self):
        with pytest.raises(MoveNotAllowed, match=r"154\.99") as refused:
            check_met(PAID, PARTIALY_PAID, total=Decimal("154.99"), paid=Decimal("100.00"))

        assert refused.value.code == "invalid_transition"
        assert refused.value.members["allowed"] == ["PARTIALY_PAID"]

    def test_names_the_sum_without_what_was_credited(self):
        with pytest.raises(MoveNotAllowed, match=r"paid_amount of 124\.99"):
            check_met(
                PAID,
                PARTIALY_PAID,
                total=Decimal("154.99"),
                paid=Decimal("100.00"),
                credited=Decimal("30.00"),
            )

    def test_is_not_partly_paid_when_nothing_was_paid(self):
        with pytest.raises(MoveNotAllowed, match="not be partially paid but issued"):
            check_met(PARTIALY_PAID, ISSUED, total=Decimal("100.00"), paid=Decimal("0.00"))
