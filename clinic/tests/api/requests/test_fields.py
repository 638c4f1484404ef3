"""Fields of request bodies: accepted forms, and codes of errors."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from rest_framework.exceptions import ValidationError

from clinic.api.requests.fields import (
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


def error_code(field, value):
    """Return the code of a field's error for a value."""
    with pytest.raises(ValidationError) as raised:
        field.run_validation(value)
    return raised.value.detail[0].code


class TestUUID:
    @pytest.mark.parametrize("text", [str(NOBODY), str(NOBODY).upper(), NOBODY.hex])
    def test_uuid_is_accepted_with_and_without_dashes(self, text):
        assert StrictUUID().run_validation(text) == NOBODY

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
    def test_other_forms_of_a_uuid_are_refused(self, value):
        assert error_code(StrictUUID(), value) == "invalid"


class TestMoney:
    @pytest.mark.parametrize(
        ("sent", "expected"),
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
    def test_money_is_parsed_to_the_cent(self, sent, expected):
        read = Money().run_validation(sent)

        assert str(read) == expected

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
    def test_invalid_money_is_refused_with_a_code(self, sent, code):
        assert error_code(Money(), sent) == code

    def test_money_may_be_negative_with_a_minimum(self):
        assert Money(minimum=Decimal(-5)).run_validation(-5) == Decimal("-5.00")

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            (Decimal("1e999999"), "out_of_range"),
            (10**59, "out_of_range"),
            ("9" * 1_000_000, "not_a_number"),
        ],
    )
    def test_number_of_any_size_is_refused_without_writing_it_out(self, sent, code):
        assert error_code(Money(), sent) == code

    def test_tiny_number_is_zero(self):
        assert Money().run_validation(Decimal("1e-999999")) == 0

    def test_amounts_are_encoded_as_numbers_and_never_as_minus_zero(self):
        sent = to_json([Decimal("154.99"), Decimal("-0.00"), Decimal("9999999999.99"), Decimal("0.0001"), Decimal(3)])

        assert sent == b"[154.99,0.0,9999999999.99,0.0001,3.0]"


class TestOtherNumbers:
    @pytest.mark.parametrize(
        ("field", "sent", "expected"),
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
    def test_numbers_are_parsed_to_their_decimals(self, field, sent, expected):
        assert str(field.run_validation(sent)) == expected

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
    def test_numbers_are_bounded(self, field, sent, code):
        assert error_code(field, sent) == code


class TestDateTime:
    @pytest.fixture(autouse=True)
    def in_berlin(self, settings):
        settings.CLINIC_TIME_ZONE = "Europe/Berlin"

    @pytest.mark.parametrize(
        ("sent", "expected"),
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
    def test_datetime_is_local_to_the_clinic_unless_it_has_an_offset(self, sent, expected):
        assert DateTime().run_validation(sent) == expected

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
    def test_other_forms_of_a_datetime_are_refused(self, value):
        assert error_code(DateTime(), value) == "invalid"

    def test_datetime_is_encoded_with_the_offset_of_the_clinic(self):
        assert encode_datetime(datetime(2026, 6, 1, 3, 53, 48, 451968, UTC)) == "2026-06-01T05:53:48.451968+02:00"

    def test_datetime_before_time_zones_is_parsed_as_it_was_encoded(self, settings):
        settings.CLINIC_TIME_ZONE = "Asia/Kathmandu"  # 5:41:16 ahead until 1920
        value = DateTime().run_validation("1900-01-01")

        assert encode_datetime(value) == "1900-01-01T00:00:00.000000+05:41:16"
        assert DateTime().run_validation(encode_datetime(value)) == value

    @pytest.mark.parametrize(
        "value", [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]
    )
    def test_datetime_is_parsed_as_it_was_encoded_when_clocks_go_back(self, value):
        assert DateTime().run_validation(encode_datetime(value)) == value


class TestDate:
    def test_date_is_parsed(self):
        assert Date().run_validation("2026-06-01") == date(2026, 6, 1)

    @pytest.mark.parametrize(
        "value", ["2026-06-01T00:00:00", "01.06.2026", "2026-02-29", "1899-01-01", "2201-01-01", 20260601, True]
    )
    def test_other_forms_of_a_date_are_refused(self, value):
        assert error_code(Date(), value) == "invalid"


class TestText:
    def test_text_is_stripped(self):
        assert Text(10).run_validation("  Müller \n") == "Müller"

    def test_text_of_which_nothing_is_seen_is_blank(self):
        assert error_code(Text(3, blank=False), "\u200b\u2800") == "blank"
        assert Text(3).run_validation("\u200b") == ""

    def test_text_with_lines_keeps_its_line_breaks(self):
        assert Text(10, multiline=True).run_validation("a\nb\r\nc") == "a\nb\r\nc"

    def test_text_may_have_its_maximum_length(self):
        assert Text(3).run_validation(" abc ") == "abc"

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            ("abcd", "too_long"),
            ("a\0", "bad_text"),
            ("\ud800", "bad_text"),
            ("a\nb", "bad_text"),
            ("a\x1bb", "bad_text"),
            ("a\u202eb", "bad_text"),
            (1, "invalid"),
            (True, "invalid"),
            ([], "invalid"),
        ],
    )
    def test_invalid_text_is_refused_with_a_code(self, value, code):
        assert error_code(Text(3), value) == code

    def test_blank_text_is_refused_if_required(self):
        assert error_code(Text(3, blank=False), "   ") == "blank"

    @pytest.mark.parametrize("value", ["x", "a@b", "a b@example.org"])
    def test_invalid_email_address_is_refused(self, value):
        assert error_code(EmailAddress(), value) == "invalid"

    def test_email_address_with_a_line_break_is_refused(self):
        assert error_code(EmailAddress(), "a@example.org\nBcc: b@example.org") == "bad_text"

    def test_email_address_may_be_empty(self):
        assert EmailAddress().run_validation("") == ""


class TestChoice:
    status = Choice(["PARTIALY_PAID", "PAID"], synonyms={"PARTIALLY_PAID": "PARTIALY_PAID"})

    @pytest.mark.parametrize("text", ["PARTIALY_PAID", "PARTIALLY_PAID"])
    def test_choice_accepts_a_synonym(self, text):
        assert self.status.run_validation(text) == "PARTIALY_PAID"

    @pytest.mark.parametrize("value", ["paid", "", "NONE", 1, True, [], {}, "PAID\0", "\ud800"])
    def test_value_that_is_no_choice_is_refused(self, value):
        assert error_code(self.status, value) == "unknown_choice"

    def test_choice_ignores_the_case_if_declared(self):
        assert Choice(["cash"], any_case=True).run_validation("CASH") == "cash"


class TestFlag:
    @pytest.mark.parametrize("value", [1, 0, "true", "", "yes", []])
    def test_flag_is_a_boolean(self, value):
        assert error_code(Flag(), value) == "invalid"

    def test_flag_is_parsed(self):
        assert Flag().run_validation(data=False) is False
