"""Tests of the lines of a credit note, to the cent."""

from decimal import Decimal

import pytest

from billing.rules.crediting import CreditableItem, CreditRequest, InvalidCredit, credit_note_lines
from billing.rules.settlement import OverCredit
from billing.rules.totals import Share

NOTHING = Decimal("0.00")


def billed(key="visit", quantity="3", total="100.00", tax="0.00", credited="0.00", credited_quantity="0"):
    """An item of three, billed at 100.00."""
    return CreditableItem(
        key, Decimal(quantity), Share(Decimal(total), Decimal(tax)), Decimal(credited), Decimal(credited_quantity)
    )


def asked(key="visit", *, quantity=None, amount=None):
    return CreditRequest(
        key,
        quantity=None if quantity is None else Decimal(quantity),
        amount=None if amount is None else Decimal(amount),
    )


def refused(items, wanted, refusal=InvalidCredit):
    """The pointers and codes with which it is refused."""
    with pytest.raises(refusal) as raised:
        credit_note_lines(items, wanted)
    return [(error.pointer, error.code) for error in raised.value.errors]


class TestCreditNoteLines:
    def test_lines_cover_everything_by_default(self):
        lines = credit_note_lines([billed(), billed("goods", "1", "11.90", "1.90")])

        assert [(line.key, str(line.total), str(line.tax)) for line in lines] == [
            ("visit", "100.00", "0.00"),
            ("goods", "11.90", "1.90"),
        ]

    def test_lines_leave_out_items_that_are_fully_credited(self):
        lines = credit_note_lines([billed(credited="100.00"), billed("goods", total="11.90")])

        assert [line.key for line in lines] == ["goods"]

    def test_line_without_quantity_and_amount_covers_the_rest_of_its_item(self):
        (line,) = credit_note_lines([billed(credited="60.00")], [asked()])

        assert (line.total, line.quantity) == (Decimal("40.00"), None)

    def test_line_covers_an_amount(self):
        (line,) = credit_note_lines([billed()], [asked(amount="12.34")])

        assert line.total == Decimal("12.34")

    @pytest.mark.parametrize(
        ("before", "total"),
        [("0", "33.33"), ("1", "33.34"), ("2", "33.33")],
        ids=["the first", "the second", "the third"],
    )
    def test_three_thirds_of_a_quantity_add_up_to_the_whole_amount(self, before, total):
        given = {"0": "0.00", "1": "33.33", "2": "66.67"}[before]

        (line,) = credit_note_lines([billed(credited=given, credited_quantity=before)], [asked(quantity="1")])

        assert (str(line.total), line.quantity) == (total, Decimal(1))

    def test_last_quantity_is_credited_only_up_to_the_amount_left(self):
        wanted = [asked(quantity="3")]

        pointers = refused([billed(credited="0.01")], wanted, OverCredit)

        assert pointers == [("/items/0/quantity", "over_credit")]


class TestTaxOfLine:
    def test_tax_is_contained_in_the_amount(self):
        (line,) = credit_note_lines([billed(total="119.00", tax="19.00")], [asked(amount="59.50")])

        assert (line.total, line.tax) == (Decimal("59.50"), Decimal("9.50"))

    def test_tax_of_all_lines_adds_up_to_the_tax_of_the_item(self):
        taxes, credited = [], NOTHING
        for amount in ("0.33", "33.33", "0.01", "85.33"):
            item = billed(total="119.00", tax="19.00", credited=str(credited))
            (line,) = credit_note_lines([item], [asked(amount=amount)])
            taxes.append(line.tax)
            credited += line.total

        assert credited == Decimal("119.00")
        assert sum(taxes) == Decimal("19.00")
        assert min(taxes) >= 0

    def test_tax_of_an_item_without_price_is_zero(self):
        free = billed("sample", total="0.00")

        lines = credit_note_lines([free, billed()], [asked("sample"), asked()])

        assert [(line.total, line.tax) for line in lines] == [(NOTHING, NOTHING), (Decimal("100.00"), NOTHING)]


class TestRefusal:
    def test_unknown_item_is_refused(self):
        assert refused([billed()], [asked("other", amount="1")]) == [("/items/0/id", "unknown_id")]

    def test_repeated_item_is_refused(self):
        wanted = [asked(amount="1"), asked(amount="2")]

        assert refused([billed()], wanted) == [("/items/1/id", "repeated_id")]

    def test_amount_and_quantity_together_are_refused(self):
        assert refused([billed()], [asked(amount="1", quantity="1")]) == [("/items/0", "ambiguous")]

    @pytest.mark.parametrize("name", ["amount", "quantity"])
    @pytest.mark.parametrize("value", ["0", "-1"])
    def test_amount_or_quantity_of_zero_or_less_is_refused(self, name, value):
        assert refused([billed()], [asked(**{name: value})]) == [(f"/items/0/{name}", "not_positive")]

    def test_every_mistake_has_a_pointer(self):
        wanted = [asked("other", amount="1"), asked(amount="-1"), asked()]

        assert refused([billed()], wanted) == [
            ("/items/0/id", "unknown_id"),
            ("/items/1/amount", "not_positive"),
            ("/items/2/id", "repeated_id"),
        ]


class TestOverCredit:
    def test_over_credit_of_an_amount_names_the_amount_left(self):
        with pytest.raises(OverCredit, match=r"40\.00 remains") as raised:
            credit_note_lines([billed(credited="60.00")], [asked(amount="40.01")])

        assert raised.value.members["room"] == Decimal("40.00")
        assert [error.pointer for error in raised.value.errors] == ["/items/0/amount"]

    def test_over_credit_of_a_quantity_names_the_quantity_left(self):
        with pytest.raises(OverCredit, match="a quantity of 1 remains") as raised:
            credit_note_lines([billed(credited="66.67", credited_quantity="2")], [asked(quantity="1.001")])

        assert [error.pointer for error in raised.value.errors] == ["/items/0/quantity"]

    @pytest.mark.parametrize("wanted", [None, [], [asked()]], ids=["all", "no items", "the item"])
    def test_over_credit_if_nothing_is_left(self, wanted):
        with pytest.raises(OverCredit, match="Nothing is left to credit"):
            credit_note_lines([billed(credited="100.00")], wanted)

    def test_quantity_worth_less_than_a_cent_is_refused_as_such(self):
        with pytest.raises(InvalidCredit, match="worth less than a cent") as raised:
            credit_note_lines([billed(quantity="1000", total="0.40")], [asked(quantity="1")])

        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/items/0/quantity", "below_a_cent")]
        assert raised.value.members["room"] == Decimal("0.40")

    def test_quantity_worth_less_than_a_cent_is_refused_together_with_another_item(self):
        worthless, other = billed(quantity="1000", total="0.40"), billed("other")

        assert refused([worthless, other], [asked("other"), asked(quantity="1")]) == [
            ("/items/1/quantity", "below_a_cent")
        ]

    def test_free_item_is_credited_together_with_another_item(self):
        free, other = billed("free", total="0.00"), billed("other")

        lines = credit_note_lines([free, other], [asked("free", quantity="1"), asked("other")])

        assert [line.total for line in lines] == [Decimal("0.00"), Decimal("100.00")]

    def test_item_of_which_nothing_is_left_is_refused_though_another_has_something(self):
        with pytest.raises(OverCredit, match="Nothing is left to credit") as raised:
            credit_note_lines([billed("free", total="0.00"), billed()], [asked("free", quantity="1")])

        assert raised.value.members["room"] == 0

    def test_credit_of_exactly_what_is_left_is_accepted(self):
        (line,) = credit_note_lines([billed(credited="60.00")], [asked(amount="40.00")])

        assert line.total == Decimal("40.00")
