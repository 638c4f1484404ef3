"""How a body is read as a whole."""

from decimal import Decimal

import pytest

from clinic.api.requests.fields import Money, Quantity, Text
from clinic.api.requests.serializers import ListOf, StrictSerializer
from clinic.domain.errors import FieldError, InvalidValue


class PayerBody(StrictSerializer):
    name = Text(20, blank=False)


class LineBody(StrictSerializer):
    aliases = {"name": "description"}
    read_only_keys = frozenset({"line_total"})

    description = Text(20, blank=False)
    quantity = Quantity(default=Decimal(1))


class BillBody(StrictSerializer):
    null_is_absent = frozenset({"note"})
    required_on_update = frozenset({"patient"})
    read_only_keys = frozenset({"id", "total"})

    patient = Text(20)
    note = Text(20, required=False)
    payer = PayerBody(required=False, allow_null=True)
    discount = Money(default=Decimal(0))
    items = ListOf(LineBody(), max_length=500, required=False)

    def check(self, values, *, update):
        if values.get("note") == "contradiction":
            yield FieldError("/note", "contradiction", "That cannot be.")


def errors_of(body, **how):
    with pytest.raises(InvalidValue) as refusal:
        BillBody.read(body, **how)
    return [(error.pointer, error.code) for error in refusal.value.errors]


class TestReading:
    def test_gives_what_was_sent_and_the_defaults(self):
        read = BillBody.read({"patient": "Kim", "items": [{"description": "Visit"}]})

        assert read == {
            "patient": "Kim",
            "discount": Decimal(0),
            "items": [{"description": "Visit", "quantity": Decimal(1)}],
        }

    def test_of_an_update_gives_only_what_was_sent(self):
        assert BillBody.read({"patient": "Kim", "note": "x"}, update=True) == {"patient": "Kim", "note": "x"}

    def test_of_an_update_fills_in_new_items(self):
        read = BillBody.read({"patient": "Kim", "items": [{"description": "Visit"}]}, update=True)

        assert read["items"] == [{"description": "Visit", "quantity": Decimal(1)}]

    def test_ignores_what_is_read_only(self):
        sent = {"patient": "Kim", "id": [], "total": "anything", "items": [{"description": "Visit", "line_total": {}}]}

        assert "total" not in BillBody.read(sent)

    def test_takes_an_alias(self):
        read = BillBody.read({"patient": "Kim", "items": [{"name": "Visit"}]})

        assert read["items"][0]["description"] == "Visit"

    def test_takes_an_alias_beside_the_name_when_both_say_the_same(self):
        read = BillBody.read({"patient": "Kim", "items": [{"name": "Visit", "description": "Visit"}]})

        assert read["items"][0]["description"] == "Visit"

    def test_takes_null_for_absent_where_that_is_meant(self):
        assert "note" not in BillBody.read({"patient": "Kim", "note": None})

    def test_keeps_null_where_null_is_a_value(self):
        assert BillBody.read({"patient": "Kim", "payer": None})["payer"] is None


class TestRefusal:
    def test_names_every_error_with_its_place(self):
        sent = {"patient": 1, "discount": -1, "payer": {"nam": "x"}, "items": [{}, {"description": "x", "quantity": 0}]}

        assert errors_of(sent) == [
            ("/patient", "invalid"),
            ("/payer/nam", "unknown_key"),
            ("/payer/name", "required"),
            ("/discount", "out_of_range"),
            ("/items/0/description", "required"),
            ("/items/1/quantity", "out_of_range"),
        ]

    def test_of_an_unknown_key_names_the_closest_one(self):
        with pytest.raises(InvalidValue) as refusal:
            BillBody.read({"patient": "Kim", "discuont": 1})

        assert refusal.value.code == "unknown_key"
        assert "Did you mean “discount”?" in refusal.value.detail

    def test_points_at_the_name_that_was_sent(self):
        assert errors_of({"patient": "Kim", "items": [{"name": ""}]}) == [("/items/0/name", "blank")]

    def test_of_two_names_for_one_thing(self):
        sent = {"patient": "Kim", "items": [{"name": "a", "description": "b"}]}

        assert errors_of(sent) == [("/items/0/description", "repeated_key")]

    def test_of_what_is_missing(self):
        assert errors_of({}) == [("/patient", "required")]

    def test_of_what_an_update_must_send(self):
        assert errors_of({}, update=True) == [("/patient", "required")]

    def test_of_null(self):
        assert errors_of({"patient": None, "items": None}) == [("/patient", "null"), ("/items", "null")]

    @pytest.mark.parametrize("body", [[], "x", 1, None, True])
    def test_of_what_is_no_object(self, body):
        assert errors_of(body) == [("", "invalid")]

    @pytest.mark.parametrize("entry", [[], "x", 1, None, True])
    def test_of_an_item_that_is_no_object(self, entry):
        assert errors_of({"patient": "Kim", "items": [entry]}) == [("/items/0", "invalid")]

    @pytest.mark.parametrize("items", [{}, "x", 1, True])
    def test_of_items_that_are_no_list(self, items):
        assert errors_of({"patient": "Kim", "items": items}) == [("/items", "invalid")]

    def test_of_too_many_items_looks_at_none_of_them(self):
        assert errors_of({"patient": "Kim", "items": [{}] * 100_000}) == [("/items", "too_many")]

    def test_lists_at_most_fifty_errors(self):
        assert len(errors_of({"patient": "Kim", "items": [{}] * 500})) == 50
        assert len(errors_of({str(n): n for n in range(100_000)})) == 50

    def test_of_a_key_that_is_a_path_escapes_it(self):
        assert errors_of({"patient": "Kim", "a/b~c": 1}) == [("/a~1b~0c", "unknown_key")]

    def test_of_values_that_do_not_go_together(self):
        assert errors_of({"patient": "Kim", "note": "contradiction"}) == [("/note", "contradiction")]
