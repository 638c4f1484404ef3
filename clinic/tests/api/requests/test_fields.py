"""What a value must look like, and what comes of it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from rest_framework.exceptions import ValidationError

from clinic.api.requests.serializers import (
    Choice,
    Date,
    DateTime,
    EmailAddress,
    Flag,
    Money,
    Percent,
    Quantity,
    StrictUUID,
    Text,
    UnitPrice,
)
from clinic.json_values import encode_datetime, to_json

pytestmark = pytest.mark.neutral

NOBODY = UUID("8c4f3a52-8a0b-4a3e-9d57-0d9e7b1f6a11")


def refusal_of(field, value):
    """The code with which a field refuses a value."""
    with pytest.raises(ValidationError) as refusal:
        field.run_validation(value)
    return refusal.value.detail[0].code


class TestUUID:
    @pytest.mark.parametrize("spelling", [str(NOBODY), str(NOBODY).upper(), NOBODY.hex])
    def test_is_taken_with_and_without_dashes(self, spelling):
        assert StrictUUID().run_validation(spelling) == NOBODY

    @pytest.mark.parametrize(
        "value",
        [
            True,
            1,
            0,
            1.5,
            [],
            {},
            "",
            "x",
            f"{{{NOBODY}}}",
            f"urn:uuid:{NOBODY}",
            f"{NOBODY}\n",
            f" {NOBODY}",
            f"{NOBODY}0",
            NOBODY.hex[:-1],
            "8c4f3a528a0b-4a3e-9d57-0d9e7b1f6a11",
            "８" * 32,
            "8c4f3a52_8a0b_4a3e_9d57_0d9e7b1f6a11",
            10**38,
        ],
    )
    def test_is_refused_in_any_other_spelling(self, value):
        assert refusal_of(StrictUUID(), value) == "invalid"


class TestMoney:
    @pytest.mark.parametrize(
        ("sent", "meant"),
        [
            (12, "12.00"),
            ("12", "12.00"),
            ("12.5", "12.50"),
            (Decimal("12.34"), "12.34"),
            (Decimal("12.340000"), "12.34"),
            (Decimal("0.30000000000000004"), "0.30"),
            (Decimal("0.299999999"), "0.30"),
            (Decimal("12.340001"), "12.34"),
            (Decimal("1e2"), "100.00"),
            (Decimal("1e-400"), "0.00"),
            (Decimal("9999999999.99"), "9999999999.99"),
            (Decimal("-0.0"), "0.00"),
            ("-0", "0.00"),
            ("-0.00", "0.00"),
        ],
    )
    def test_is_read_to_the_cent(self, sent, meant):
        read = Money().run_validation(sent)

        assert str(read) == meant

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            (Decimal("12.345"), "too_many_decimals"),
            ("0.001", "too_many_decimals"),
            (Decimal("12.340002"), "too_many_decimals"),
            (Decimal(10000000000), "out_of_range"),
            (Decimal("-0.01"), "out_of_range"),
            (-5, "out_of_range"),
            (Decimal("1e400"), "out_of_range"),
            (Decimal("1e999999"), "out_of_range"),
            (10**59, "out_of_range"),
            (Decimal("NaN"), "not_a_number"),
            (Decimal("Infinity"), "not_a_number"),
            (True, "not_a_number"),
            (False, "not_a_number"),
            ("", "not_a_number"),
            (" 5", "not_a_number"),
            ("5 ", "not_a_number"),
            ("1_000", "not_a_number"),
            ("1,5", "not_a_number"),
            ("1.", "not_a_number"),
            (".5", "not_a_number"),
            ("+5", "not_a_number"),
            ("1e5", "not_a_number"),
            ("0x10", "not_a_number"),
            ("１２", "not_a_number"),
            ("١٢", "not_a_number"),
            ("NaN", "not_a_number"),
            ("5\n", "not_a_number"),
            ("9" * 1000, "not_a_number"),
            ([], "not_a_number"),
            ({}, "not_a_number"),
            (b"5", "not_a_number"),
        ],
    )
    def test_is_refused_by_name(self, sent, code):
        assert refusal_of(Money(), sent) == code

    def test_may_be_negative_where_that_is_meant(self):
        assert Money(minimum=Decimal(-5)).run_validation(-5) == Decimal("-5.00")

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            (Decimal("1e999999"), "out_of_range"),
            (10**59, "out_of_range"),
            ("9" * 1_000_000, "not_a_number"),
        ],
    )
    def test_of_any_size_is_looked_at_without_being_written_out(self, sent, code):
        assert refusal_of(Money(), sent) == code

    def test_of_next_to_nothing_is_nothing(self):
        assert Money().run_validation(Decimal("1e-999999")) == 0

    def test_leaves_as_a_number_and_never_as_minus_zero(self):
        sent = to_json([Decimal("154.99"), Decimal("-0.00"), Decimal("9999999999.99"), Decimal("0.0001"), Decimal(3)])

        assert sent == b"[154.99,0.0,9999999999.99,0.0001,3.0]"


class TestOtherNumbers:
    @pytest.mark.parametrize(
        ("field", "sent", "meant"),
        [
            (Percent(), Decimal("12.5"), "12.5000"),
            (Percent(), 100, "100.0000"),
            (Percent(), Decimal("0.00009999999999"), "0.0001"),
            (Quantity(), 1, "1.000"),
            (Quantity(), Decimal("999999.999"), "999999.999"),
            (UnitPrice(), Decimal("0.0001"), "0.0001"),
            (UnitPrice(), 0, "0.0000"),
        ],
    )
    def test_are_read_to_their_decimals(self, field, sent, meant):
        assert str(field.run_validation(sent)) == meant

    @pytest.mark.parametrize(
        ("field", "sent", "code"),
        [
            (Percent(), Decimal("100.0001"), "out_of_range"),
            (Percent(), -1, "out_of_range"),
            (Percent(), Decimal("0.00005"), "too_many_decimals"),
            (Quantity(), 0, "out_of_range"),
            (Quantity(), Decimal("0.0005"), "too_many_decimals"),
            (Quantity(), 1_000_000, "out_of_range"),
            (UnitPrice(), Decimal("-0.0001"), "out_of_range"),
            (UnitPrice(), Decimal("0.00011"), "too_many_decimals"),
        ],
    )
    def test_are_bounded(self, field, sent, code):
        assert refusal_of(field, sent) == code


class TestMoment:
    @pytest.fixture(autouse=True)
    def in_berlin(self, settings):
        settings.CLINIC_TIME_ZONE = "Europe/Berlin"

    @pytest.mark.parametrize(
        ("sent", "meant"),
        [
            ("2026-06-01T05:53:48.451968", datetime(2026, 6, 1, 3, 53, 48, 451968, UTC)),
            ("2019-08-24T14:15:22Z", datetime(2019, 8, 24, 14, 15, 22, 0, UTC)),
            ("2019-08-24t14:15:22z", datetime(2019, 8, 24, 14, 15, 22, 0, UTC)),
            ("2026-06-01T05:53", datetime(2026, 6, 1, 3, 53, 0, 0, UTC)),
            ("2026-06-01 05:53:48", datetime(2026, 6, 1, 3, 53, 48, 0, UTC)),
            ("2026-06-01T05:53:48+05:30", datetime(2026, 6, 1, 0, 23, 48, 0, UTC)),
            ("2026-06-01T05:53:48-0300", datetime(2026, 6, 1, 8, 53, 48, 0, UTC)),
            ("2026-06-01T05:53:48.123456789+02", datetime(2026, 6, 1, 3, 53, 48, 123456, UTC)),
            ("2026-06-01", datetime(2026, 5, 31, 22, 0, 0, 0, UTC)),
            ("2026-01-01", datetime(2025, 12, 31, 23, 0, 0, 0, UTC)),
            ("1900-01-01", datetime(1899, 12, 31, 23, 0, 0, 0, UTC)),
            ("1920-01-01T00:00:00+05:41:16", datetime(1919, 12, 31, 18, 18, 44, 0, UTC)),
        ],
    )
    def test_is_read_in_the_zone_of_the_clinic_unless_it_names_one(self, sent, meant):
        assert DateTime().run_validation(sent) == meant

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "now",
            "2026",
            "2026-6-1",
            "20260601",
            "2026-W23-1",
            "2026-02-30",
            "2026-13-01",
            "2026-06-01T24:00:00",
            "2026-06-01T05:53:60",
            "2026-06-01T05",
            "2026-06-01T00:00:00Z\x00; DROP",
            "2026-06-01\n",
            "2026-06-01T05:53:48Z ",
            "0000-01-01",
            "0001-01-01",
            "1899-12-31",
            "2201-01-01",
            "9999-12-31T23:59:59",
            "99999-01-01",
            "1900-01-01T00:00:00+14:00",
            "2200-12-31T23:30:00Z",
            "-2026-01-01",
            "２０２６-06-01",
            "2026-06-01T05:53:48+25:00",
            "2026-06-01T05:53:48+02:60",
            "2026-06-01T05:53:48 Europe/Berlin",
            True,
            0,
            1780000000,
            Decimal("1.5"),
            [],
            {},
        ],
    )
    def test_is_refused_in_any_other_spelling(self, value):
        assert refusal_of(DateTime(), value) == "invalid"

    def test_leaves_in_the_zone_of_the_clinic_with_its_offset(self):
        assert encode_datetime(datetime(2026, 6, 1, 3, 53, 48, 451968, UTC)) == "2026-06-01T05:53:48.451968+02:00"

    def test_of_a_time_before_zones_comes_back_as_it_left(self, settings):
        settings.CLINIC_TIME_ZONE = "Asia/Kathmandu"  # 5:41:16 ahead until 1920
        moment = DateTime().run_validation("1900-01-01")

        assert encode_datetime(moment) == "1900-01-01T00:00:00+05:41:16"
        assert DateTime().run_validation(encode_datetime(moment)) == moment

    @pytest.mark.parametrize(
        "moment", [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]
    )
    def test_comes_back_as_it_left_when_the_clocks_go_back(self, moment):
        assert DateTime().run_validation(encode_datetime(moment)) == moment


class TestDay:
    def test_is_a_date_alone(self):
        assert Date().run_validation("2026-06-01") == date(2026, 6, 1)

    @pytest.mark.parametrize(
        "value", ["2026-06-01T00:00:00", "01.06.2026", "2026-02-29", "1899-01-01", "2201-01-01", 20260601, True]
    )
    def test_is_refused_in_any_other_spelling(self, value):
        assert refusal_of(Date(), value) == "invalid"


class TestText:
    def test_loses_the_spaces_around_it(self):
        assert Text(10).run_validation("  Müller \n") == "Müller"

    def test_may_be_as_long_as_it_may_be(self):
        assert Text(3).run_validation(" abc ") == "abc"

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            ("abcd", "too_long"),
            ("a\0", "bad_text"),
            ("\ud800", "bad_text"),
            (1, "invalid"),
            (True, "invalid"),
            ([], "invalid"),
        ],
    )
    def test_is_refused_by_name(self, value, code):
        assert refusal_of(Text(3), value) == code

    def test_is_refused_empty_where_something_must_be_said(self):
        assert refusal_of(Text(3, blank=False), "   ") == "blank"

    @pytest.mark.parametrize("value", ["x", "a@b", "a b@example.org", "a@example.org\nBcc: b@example.org"])
    def test_of_an_address_is_an_address(self, value):
        assert refusal_of(EmailAddress(), value) == "invalid"

    def test_of_an_address_may_be_empty(self):
        assert EmailAddress().run_validation("") == ""


class TestChoice:
    status = Choice(["PARTIALY_PAID", "PAID"], synonyms={"PARTIALLY_PAID": "PARTIALY_PAID"})

    @pytest.mark.parametrize("spelling", ["PARTIALY_PAID", "PARTIALLY_PAID"])
    def test_takes_a_synonym(self, spelling):
        assert self.status.run_validation(spelling) == "PARTIALY_PAID"

    @pytest.mark.parametrize("value", ["paid", "", "NONE", 1, True, [], {}, "PAID\0", "\ud800"])
    def test_refuses_whatever_is_not_in_the_list(self, value):
        assert refusal_of(self.status, value) == "unknown_choice"

    def test_ignores_the_case_where_that_is_meant(self):
        assert Choice(["cash"], any_case=True).run_validation("CASH") == "cash"


class TestFlag:
    @pytest.mark.parametrize("value", [1, 0, "true", "", "yes", []])
    def test_is_a_boolean(self, value):
        assert refusal_of(Flag(), value) == "invalid"

    def test_is_read(self):
        assert Flag().run_validation(data=False) is False
