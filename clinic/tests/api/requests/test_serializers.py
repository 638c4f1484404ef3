"""StrictSerializer and ListOf: values of a body, and its errors with pointers."""

from decimal import Decimal
from typing import TypedDict

import pytest

from clinic.api.requests.fields import Money, Quantity, Text
from clinic.api.requests.serializers import ListOf, StrictSerializer
from clinic.domain.errors import FieldError, InvalidValue

pytestmark = pytest.mark.neutral


class PayerBody(StrictSerializer):
    name = Text(20, blank=False)


class LineShape(TypedDict):
    description: str
    line_total: int


class BillShape(TypedDict):
    id: str
    patient: str
    total: int


class LineBody(StrictSerializer):
    aliases = {"name": "description"}
    shape = LineShape

    description = Text(20, blank=False)
    quantity = Quantity(required=False)


class BillBody(StrictSerializer):
    null_is_absent = frozenset({"note"})
    required_on_update = frozenset({"patient"})
    shape = BillShape

    patient = Text(20)
    category = Text(20)
    note = Text(20, required=False)
    payer = PayerBody(required=False, allow_null=True)
    discount = Money(required=False)
    items = ListOf(LineBody(), max_length=500, required=False)

    def check(self, values, *, update):
        if values.get("note") == "contradiction":
            yield FieldError("/note", "contradiction", "That cannot be.")


def parse(body, **options):
    return BillBody.parse({"patient": "Kim", "category": "visit", **body}, **options)


def errors_of(body, **options):
    with pytest.raises(InvalidValue) as raised:
        BillBody.parse(body, **options)
    return [(error.pointer, error.code) for error in raised.value.errors]


def errors_of_optional(body):
    """Return the errors of a body that has the required values too."""
    return errors_of({"patient": "Kim", "category": "visit", **body})


def test_body_gives_the_values_that_were_sent():
    body = {"patient": "Kim", "category": "visit", "items": [{"description": "Visit", "quantity": "2"}]}

    values = BillBody.parse(body)

    assert values == {**body, "items": [{"description": "Visit", "quantity": Decimal(2)}]}


def test_update_needs_only_the_values_that_are_required_on_update():
    assert BillBody.parse({"patient": "Kim"}, update=True) == {"patient": "Kim"}
    assert errors_of({}, update=True) == [("/patient", "required")]


def test_members_of_the_answer_that_are_no_fields_are_ignored():
    values = parse({"id": [], "total": "anything", "items": [{"description": "Visit", "line_total": {}}]})

    assert "total" not in values
    assert values["items"] == [{"description": "Visit"}]


@pytest.mark.parametrize("line", [{"name": "Visit"}, {"name": "Visit", "description": "Visit"}])
def test_alias_stands_for_its_field(line):
    assert parse({"items": [line]})["items"] == [{"description": "Visit"}]


def test_alias_with_another_value_than_its_field_is_refused():
    body = {"items": [{"name": "a", "description": "b"}]}

    assert errors_of_optional(body) == [("/items/0/description", "repeated_key")]


def test_null_is_absent_or_a_value_or_refused_as_the_serializer_declares():
    assert "note" not in parse({"note": None})
    assert parse({"payer": None})["payer"] is None
    assert errors_of_optional({"discount": None, "items": None}) == [("/discount", "null"), ("/items", "null")]


def test_all_errors_are_reported_with_their_pointers():
    sent = {"patient": 1, "discount": -1, "payer": {"nam": "x"}, "items": [{}, {"description": "x", "quantity": 0}]}

    assert errors_of(sent) == [
        ("/patient", "invalid"),
        ("/category", "required"),
        ("/payer/nam", "unknown_key"),
        ("/payer/name", "required"),
        ("/discount", "out_of_range"),
        ("/items/0/description", "required"),
        ("/items/1/quantity", "out_of_range"),
    ]


def test_error_of_an_unknown_key_suggests_the_closest_one():
    with pytest.raises(InvalidValue) as raised:
        parse({"discuont": 1})

    assert raised.value.code == "unknown_key"
    assert "Did you mean “discount”?" in raised.value.detail


def test_pointer_has_the_name_that_was_sent():
    assert errors_of_optional({"items": [{"name": ""}]}) == [("/items/0/name", "blank")]


def test_pointer_escapes_slashes_and_tildes_of_a_key():
    assert errors_of_optional({"a/b~c": 1}) == [("/a~1b~0c", "unknown_key")]


@pytest.mark.parametrize("body", [[], "x", 1, None, True])
def test_body_that_is_no_object_is_refused(body):
    assert errors_of(body) == [("", "invalid")]


@pytest.mark.parametrize("entry", [[], "x", 1, None, True])
def test_entry_of_a_list_that_is_no_object_is_refused(entry):
    assert errors_of_optional({"items": [entry]}) == [("/items/0", "invalid")]


@pytest.mark.parametrize("items", [{}, "x", 1, True])
def test_list_that_is_no_list_is_refused(items):
    assert errors_of_optional({"items": items}) == [("/items", "invalid")]


def test_too_long_list_is_refused_without_a_look_at_its_entries():
    assert errors_of_optional({"items": [{}] * 100_000}) == [("/items", "too_many")]


def test_at_most_fifty_errors_are_reported():
    assert len(errors_of_optional({"items": [{}] * 500})) == 50
    assert len(errors_of({str(n): n for n in range(100_000)})) == 50


def test_errors_of_values_together_are_reported():
    assert errors_of_optional({"note": "contradiction"}) == [("/note", "contradiction")]
