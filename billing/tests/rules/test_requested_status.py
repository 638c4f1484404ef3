"""Tests of a requested `status`, cell by cell."""

from decimal import Decimal
from itertools import product

import pytest

from billing.choices import InvoiceStatus
from billing.rules.lifecycle import MOVES, MoveNotAllowed
from billing.rules.requested_status import REQUESTABLE_STATUSES, Steps, check_outcome, steps_to_status

DRAFT, ISSUED, PARTIALY_PAID, PAID, VOID, WRITTEN_OFF = InvoiceStatus
NEW = None

WITH_PAID_AMOUNT = {
    (NEW, DRAFT): Steps(expected_status=DRAFT),
    (NEW, ISSUED): Steps(issue=True),
    (NEW, PARTIALY_PAID): Steps(issue=True, expected_status=PARTIALY_PAID),
    (NEW, PAID): Steps(issue=True, expected_status=PAID),
    (DRAFT, ISSUED): Steps(issue=True),
    (DRAFT, PARTIALY_PAID): Steps(issue=True, expected_status=PARTIALY_PAID),
    (DRAFT, PAID): Steps(issue=True, expected_status=PAID),
    (DRAFT, VOID): Steps(void=True, expected_status=VOID),
    (ISSUED, PARTIALY_PAID): Steps(expected_status=PARTIALY_PAID),
    (ISSUED, PAID): Steps(expected_status=PAID),
    (ISSUED, VOID): Steps(void=True, expected_status=VOID),
    (ISSUED, WRITTEN_OFF): Steps(write_off=True, expected_status=WRITTEN_OFF),
    (PARTIALY_PAID, PAID): Steps(expected_status=PAID),
    (PARTIALY_PAID, VOID): Steps(void=True, expected_status=VOID),
    (PARTIALY_PAID, WRITTEN_OFF): Steps(write_off=True, expected_status=WRITTEN_OFF),
    (PAID, VOID): Steps(void=True, expected_status=VOID),
}
CELLS = [pair for pair in product([NEW, *InvoiceStatus], InvoiceStatus) if pair[0] != pair[1]]


class TestSteps:
    @pytest.mark.parametrize(("current", "requested"), CELLS)
    def test_steps_are_those_of_the_table(self, current, requested):
        if (current, requested) in WITH_PAID_AMOUNT:
            assert steps_to_status(current, requested, has_paid_amount=True) == WITH_PAID_AMOUNT[current, requested]
        else:
            with pytest.raises(MoveNotAllowed) as refused:
                steps_to_status(current, requested, has_paid_amount=True)
            assert refused.value.members["allowed"] == [
                each for each in InvoiceStatus.values if each in REQUESTABLE_STATUSES[current]
            ]

    @pytest.mark.parametrize("current", [NEW, DRAFT, ISSUED, PARTIALY_PAID])
    def test_rest_is_recorded_if_paid_is_requested_without_an_amount(self, current):
        steps = steps_to_status(current, PAID, has_paid_amount=False)

        assert steps == Steps(issue=current in (NEW, DRAFT), pay_rest=True, expected_status=PAID)

    @pytest.mark.parametrize("requested", [ISSUED, PARTIALY_PAID])
    def test_nothing_is_recorded_for_any_other_requested_status(self, requested):
        assert not steps_to_status(NEW, requested, has_paid_amount=False).pay_rest

    @pytest.mark.parametrize("has_paid_amount", [True, False])
    @pytest.mark.parametrize("current", [NEW, *InvoiceStatus])
    def test_no_steps_without_a_requested_status(self, current, has_paid_amount):
        assert steps_to_status(current, None, has_paid_amount=has_paid_amount) == Steps()
        assert current is NEW or steps_to_status(current, current, has_paid_amount=has_paid_amount) == Steps()

    @pytest.mark.parametrize("current", InvoiceStatus)
    def test_steps_follow_the_allowed_moves(self, current):
        assert REQUESTABLE_STATUSES[current] <= MOVES[current]

    @pytest.mark.parametrize("current", [VOID, WRITTEN_OFF])
    def test_no_steps_leave_a_final_status(self, current):
        assert REQUESTABLE_STATUSES[current] == frozenset()


class TestOutcome:
    @pytest.mark.parametrize("status", InvoiceStatus)
    def test_requested_outcome_is_accepted(self, status):
        check_outcome(status, status, total=Decimal("100.00"), paid=Decimal("0.00"))

    @pytest.mark.parametrize("outcome", [ISSUED, PARTIALY_PAID, PAID])
    def test_any_status_after_issuing_is_accepted_if_issued_is_requested(self, outcome):
        expected = steps_to_status(DRAFT, ISSUED, has_paid_amount=True).expected_status

        check_outcome(expected, outcome, total=Decimal("100.00"), paid=Decimal("0.00"))

    def test_too_small_paid_amount_is_refused_with_the_amount_to_send(self):
        with pytest.raises(MoveNotAllowed, match=r"154\.99") as refused:
            check_outcome(PAID, PARTIALY_PAID, total=Decimal("154.99"), paid=Decimal("100.00"))

        assert refused.value.code == "invalid_transition"
        assert refused.value.members["allowed"] == ["PARTIALY_PAID"]

    def test_amount_to_send_leaves_out_what_was_credited(self):
        with pytest.raises(MoveNotAllowed, match=r"paid_amount of 124\.99"):
            check_outcome(
                PAID,
                PARTIALY_PAID,
                total=Decimal("154.99"),
                paid=Decimal("100.00"),
                credited=Decimal("30.00"),
            )

    def test_partially_paid_is_refused_if_nothing_was_paid(self):
        with pytest.raises(MoveNotAllowed, match="would be issued, not partially paid"):
            check_outcome(PARTIALY_PAID, ISSUED, total=Decimal("100.00"), paid=Decimal("0.00"))
