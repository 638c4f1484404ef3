"""The tables of statuses, verbs and fields, cell by cell."""

from decimal import Decimal
from itertools import product

import pytest

from billing.choices import InvoiceStatus
from billing.rules.lifecycle import (
    EDITABLE,
    MOVES,
    VERBS,
    InvoiceHasAdjustments,
    InvoiceHasPayments,
    InvoiceImmutable,
    MoveNotAllowed,
    Verb,
    check_editable,
    check_move,
    check_verb,
    check_void,
    frozen_columns,
)

DRAFT, ISSUED, PARTIALY_PAID, PAID, VOID, WRITTEN_OFF = InvoiceStatus

# A row for each status, a column for each that might follow: x a move, = the same, - none.
TABLE = {
    DRAFT: "=xxxx-",
    ISSUED: "-=xxxx",
    PARTIALY_PAID: "-x=xxx",
    PAID: "-xx=x-",
    VOID: "----=-",
    WRITTEN_OFF: "-xxxx=",
}
CELLS = [(frm, to, cell) for frm, row in TABLE.items() for to, cell in zip(InvoiceStatus, row, strict=True)]
NOT_DRAFT = [ISSUED, PARTIALY_PAID, PAID, VOID, WRITTEN_OFF]
FROM_ISSUE_ON = ["patient_id", "bill_to", "items", "discount_amount", "discount_percent", "issue_date"]


class TestMoves:
    @pytest.mark.parametrize(("frm", "to", "cell"), CELLS)
    def test_moves_are_those_of_the_table(self, frm, to, cell):
        if cell == "-":
            with pytest.raises(MoveNotAllowed) as refused:
                check_move(frm, to)
            assert refused.value.code == "invalid_transition"
            assert refused.value.members["allowed"] == [each for each in InvoiceStatus.values if each in MOVES[frm]]
        else:
            check_move(frm, to)

    def test_allowed_statuses_are_strings_in_the_order_of_the_contract(self):
        with pytest.raises(MoveNotAllowed) as refused:
            check_move(ISSUED, DRAFT)

        allowed = refused.value.members["allowed"]
        assert allowed == ["PARTIALY_PAID", "PAID", "VOID", "WRITTEN_OFF"]
        assert {type(each) for each in allowed} == {str}


class TestVerbs:
    @pytest.mark.parametrize(("verb", "status"), list(product(Verb, InvoiceStatus)))
    def test_verbs_start_only_from_the_statuses_of_the_table(self, verb, status):
        if status in VERBS[verb]:
            check_verb(verb, status)
        else:
            with pytest.raises(MoveNotAllowed):
                check_verb(verb, status)

    @pytest.mark.parametrize("verb", Verb)
    def test_no_verb_starts_from_void(self, verb):
        assert VOID not in VERBS[verb]


def void(status, *, total="100.00", paid="0.00", credited="0.00", written_off="0.00", handles_payments=False):
    check_void(
        status=status,
        total=Decimal(total),
        paid=Decimal(paid),
        credited=Decimal(credited),
        written_off=Decimal(written_off),
        handles_payments=handles_payments,
    )


class TestVoid:
    @pytest.mark.parametrize("status", [DRAFT, ISSUED])
    def test_unpaid_invoice_is_voided(self, status):
        void(status)

    def test_fully_written_off_invoice_is_voided(self):
        void(WRITTEN_OFF, written_off="100.00")

    def test_paid_invoice_with_a_total_of_zero_is_voided(self):
        void(PAID, total="0.00")

    @pytest.mark.parametrize("handles_payments", [True, False])
    def test_paid_invoice_is_not_voided_but_credited(self, handles_payments):
        with pytest.raises(MoveNotAllowed, match="credit note") as refused:
            void(PAID, paid="100.00", handles_payments=handles_payments)

        assert refused.value.members["allowed"] == ["ISSUED", "PARTIALY_PAID"]

    def test_void_is_final(self):
        with pytest.raises(MoveNotAllowed) as refused:
            void(VOID)

        assert refused.value.members["allowed"] == []

    @pytest.mark.parametrize("status", [DRAFT, PARTIALY_PAID])
    def test_void_of_an_invoice_with_money_needs_a_choice(self, status):
        with pytest.raises(InvoiceHasPayments) as refused:
            void(status, paid="40.00")

        assert refused.value.code == "invoice_has_payments"

    @pytest.mark.parametrize("status", [DRAFT, PARTIALY_PAID])
    def test_void_is_allowed_if_the_call_handles_the_money(self, status):
        void(status, paid="40.00", handles_payments=True)

    @pytest.mark.parametrize(
        ("status", "sums"),
        [
            (ISSUED, {"credited": "30.00"}),
            (PARTIALY_PAID, {"paid": "10.00", "credited": "30.00"}),
            (PAID, {"credited": "100.00"}),
            (ISSUED, {"written_off": "30.00"}),
            (WRITTEN_OFF, {"written_off": "70.00", "paid": "30.00"}),
            (WRITTEN_OFF, {"written_off": "70.00", "credited": "30.00"}),
        ],
    )
    @pytest.mark.parametrize("handles_payments", [True, False])
    def test_invoice_with_a_credit_note_or_part_write_off_is_not_voided(self, status, sums, handles_payments):
        with pytest.raises(InvoiceHasAdjustments) as refused:
            void(status, **sums, handles_payments=handles_payments)

        assert refused.value.code == "invoice_has_adjustments"


class TestEditable:
    @pytest.mark.parametrize("status", InvoiceStatus)
    def test_tags_and_notes_are_editable_in_every_status(self, status):
        check_editable(status, {"tags", "notes"})

    @pytest.mark.parametrize("field", sorted(EDITABLE[DRAFT]))
    def test_every_field_of_a_draft_is_editable(self, field):
        check_editable(DRAFT, {field})

    @pytest.mark.parametrize(("status", "field"), list(product(NOT_DRAFT, FROM_ISSUE_ON)))
    def test_issued_fields_are_not_editable(self, status, field):
        with pytest.raises(InvoiceImmutable) as refused:
            check_editable(status, {field, "tags"})

        assert refused.value.code == "invoice_immutable"
        assert [error.pointer for error in refused.value.errors] == [f"/{field}"]

    @pytest.mark.parametrize(
        ("status", "field"), list(product([ISSUED, PARTIALY_PAID], ["due_date", "appointment_id"]))
    )
    def test_due_date_and_appointment_of_an_open_invoice_are_editable(self, status, field):
        check_editable(status, {field})

    @pytest.mark.parametrize(
        ("status", "field"), list(product([PAID, VOID, WRITTEN_OFF], ["due_date", "appointment_id"]))
    )
    def test_due_date_and_appointment_of_a_closed_invoice_are_not_editable(self, status, field):
        with pytest.raises(InvoiceImmutable):
            check_editable(status, {field})

    @pytest.mark.parametrize(
        ("status", "changed", "sentence"),
        [
            (VOID, {"due_date"}, "The due date cannot change once the invoice is void."),
            (
                PAID,
                {"due_date", "items"},
                "The items and the due date cannot change once the invoice is paid.",
            ),
            (PAID, {"issue_date"}, "The issue date cannot change once the invoice is issued."),
            (
                ISSUED,
                {"patient_id", "bill_to", "items"},
                "The patient, the payer and the items cannot change once the invoice is issued.",
            ),
        ],
    )
    def test_error_is_a_sentence_for_clerks(self, status, changed, sentence):
        with pytest.raises(InvoiceImmutable) as refused:
            check_editable(status, changed)

        assert refused.value.detail == sentence
        assert len(refused.value.errors) == len(changed)

    def test_unknown_field_is_an_error(self):
        with pytest.raises(ValueError):
            check_editable(DRAFT, {"discounts"})


class TestFrozenColumns:
    def test_draft_has_no_frozen_columns(self):
        assert frozen_columns(DRAFT) == ()

    @pytest.mark.parametrize("status", NOT_DRAFT)
    def test_frozen_columns_contain_the_issued_figures_and_the_number(self, status):
        issued = {"patient_id", "bill_to_name", "bill_to_address", "total_amount", "taxes", "issue_date"}

        assert issued | {"reg_number", "currency", "created_at"} <= set(frozen_columns(status))

    @pytest.mark.parametrize(
        ("status", "frozen"),
        [(ISSUED, False), (PARTIALY_PAID, False), (PAID, True), (VOID, True), (WRITTEN_OFF, True)],
    )
    def test_frozen_columns_contain_the_due_date_once_the_invoice_is_closed(self, status, frozen):
        assert ("due_date" in frozen_columns(status)) is frozen
        assert ("appointment_id" in frozen_columns(status)) is frozen

    @pytest.mark.parametrize("status", InvoiceStatus)
    def test_frozen_columns_leave_out_what_operations_write(self, status):
        verbs_write = {
            "status",
            "paid_amount",
            "credited_amount",
            "written_off_amount",
            "notes",
            "updated_at",
        }

        assert verbs_write.isdisjoint(frozen_columns(status))
