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


class TestCreditLines:
    def test_give_everything_back_when_nothing_is_asked_for(self):
        lines = credit_note_lines([billed(), billed("goods", "1", "11.90", "1.90")])

        assert [(line.key, str(line.total), str(line.tax)) for line in lines] == [
            ("visit", "100.00", "0.00"),
            ("goods", "11.90", "1.90"),
        ]

    def test_leave_out_what_was_given_back_already(self):
        lines = credit_note_lines([billed(credited="100.00"), billed("goods", total="11.90")])

        assert [line.key for line in lines] == ["goods"]

    def test_give_the_rest_of_an_item_when_neither_quantity_nor_amount_is_named(self):
        (line,) = credit_note_lines([billed(credited="60.00")], [asked()])

        assert (line.total, line.quantity) == (Decimal("40.00"), None)

    def test_give_an_amount_back(self):
        (line,) = credit_note_lines([billed()], [asked(amount="12.34")])

        assert line.total == Decimal("12.34")

    @pytest.mark.parametrize(
        ("before", "total"),
        [("0", "33.33"), ("1", "33.34"), ("2", "33.33")],
        ids=["the first", "the second", "the third"],
    )
    def test_give_a_third_of_a_hundred_so_that_three_thirds_are_the_hundred(self, before, total):
        given = {"0": "0.00", "1": "33.33", "2": "66.67"}[before]

        (line,) = credit_note_lines([billed(credited=given, credited_quantity=before)], [asked(quantity="1")])

        assert (str(line.total), line.quantity) == (total, Decimal(1))

    def test_give_the_last_quantity_only_as_far_as_an_amount_left_it(self):
        wanted = [asked(quantity="3")]

        pointers = refused([billed(credited="0.01")], wanted, OverCredit)

        assert pointers == [("/items/0/quantity", "over_credit")]


class TestTaxOfALine:
    def test_is_contained_in_its_amount(self):
        (line,) = credit_note_lines([billed(total="119.00", tax="19.00")], [asked(amount="59.50")])

        assert (line.total, line.tax) == (Decimal("59.50"), Decimal("9.50"))

    def test_adds_up_to_the_items_tax_however_it_is_cut(self):
        taxes, credited = [], NOTHING
        for amount in ("0.33", "33.33", "0.01", "85.33"):
            item = billed(total="119.00", tax="19.00", credited=str(credited))
            (line,) = credit_note_lines([item], [asked(amount=amount)])
            taxes.append(line.tax)
            credited += line.total

        assert credited == Decimal("119.00")
        assert sum(taxes) == Decimal("19.00")
        assert min(taxes) >= 0

    def test_is_nothing_of_an_item_that_cost_nothing(self):
        free = billed("sample", total="0.00")

        lines = credit_note_lines([free, billed()], [asked("sample"), asked()])

        assert [(line.total, line.tax) for line in lines] == [(NOTHING, NOTHING), (Decimal("100.00"), NOTHING)]


class TestRefusal:
    def test_of_an_item_that_the_invoice_does_not_have(self):
        assert refused([billed()], [asked("other", amount="1")]) == [("/items/0/id", "unknown_id")]

    def test_of_an_item_named_twice(self):
        wanted = [asked(amount="1"), asked(amount="2")]

        assert refused([billed()], wanted) == [("/items/1/id", "repeated_id")]

    def test_of_an_amount_and_a_quantity_together(self):
        assert refused([billed()], [asked(amount="1", quantity="1")]) == [("/items/0", "ambiguous")]

    @pytest.mark.parametrize("name", ["amount", "quantity"])
    @pytest.mark.parametrize("value", ["0", "-1"])
    def test_of_nothing_or_less(self, name, value):
        assert refused([billed()], [asked(**{name: value})]) == [(f"/items/0/{name}", "not_positive")]

    def test_points_at_every_mistake(self):
        wanted = [asked("other", amount="1"), asked(amount="-1"), asked()]

        assert refused([billed()], wanted) == [
            ("/items/0/id", "unknown_id"),
            ("/items/1/amount", "not_positive"),
            ("/items/2/id", "repeated_id"),
        ]


class TestOverCredit:
    def test_of_an_amount_names_what_is_left(self):
        with pytest.raises(OverCredit, match=r"40\.00 is left") as raised:
            credit_note_lines([billed(credited="60.00")], [asked(amount="40.01")])

        assert raised.value.members["room"] == Decimal("40.00")
        assert [error.pointer for error in raised.value.errors] == ["/items/0/amount"]

    def test_of_a_quantity_names_the_quantity_that_is_left(self):
        with pytest.raises(OverCredit, match="a quantity of 1 is left") as raised:
            credit_note_lines([billed(credited="66.67", credited_quantity="2")], [asked(quantity="1.001")])

        assert [error.pointer for error in raised.value.errors] == ["/items/0/quantity"]

    @pytest.mark.parametrize("wanted", [None, [], [asked()]], ids=["all", "no items", "the item"])
    def test_when_nothing_is_left(self, wanted):
        with pytest.raises(OverCredit, match="Nothing is left to credit"):
            credit_note_lines([billed(credited="100.00")], wanted)

    def test_not_of_exactly_what_is_left(self):
        (line,) = credit_note_lines([billed(credited="60.00")], [asked(amount="40.00")])

        assert line.total == Decimal("40.00")
