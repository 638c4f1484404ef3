"""Dates at the clinic: its time zone, the date of a datetime, and the start of a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from clinic.domain.dates import clinic_time_zone, local_date, start_of_day, today


class TestClinicTimeZone:
    def test_time_zone_is_that_of_the_setting(self, settings):
        settings.CLINIC_TIME_ZONE = "Europe/Berlin"
        assert clinic_time_zone().key == "Europe/Berlin"

        settings.CLINIC_TIME_ZONE = "Asia/Kolkata"
        assert clinic_time_zone().key == "Asia/Kolkata"


class TestLocalDate:
    @pytest.mark.parametrize(
        ("where", "day"),
        [
            ("UTC", date(2025, 12, 31)),
            ("Europe/Berlin", date(2026, 1, 1)),
            ("America/New_York", date(2025, 12, 31)),
            ("Pacific/Kiritimati", date(2026, 1, 1)),
        ],
    )
    def test_date_is_that_of_the_clinics_time_zone(self, settings, where, day):
        settings.CLINIC_TIME_ZONE = where

        assert local_date(datetime(2025, 12, 31, 23, 30, tzinfo=UTC)) == day

    def test_date_does_not_depend_on_the_zone_of_the_datetime(self, settings):
        settings.CLINIC_TIME_ZONE = "Europe/Berlin"
        value = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)

        assert local_date(value) == local_date(value.astimezone(clinic_time_zone())) == date(2026, 7, 1)


class TestStartOfDay:
    @pytest.mark.parametrize(
        ("where", "midnight"),
        [
            ("UTC", datetime(2026, 7, 1, 0, tzinfo=UTC)),
            ("Europe/Berlin", datetime(2026, 6, 30, 22, tzinfo=UTC)),
            ("Asia/Kolkata", datetime(2026, 6, 30, 18, 30, tzinfo=UTC)),
        ],
    )
    def test_day_starts_at_midnight_at_the_clinic(self, settings, where, midnight):
        settings.CLINIC_TIME_ZONE = where

        start = start_of_day(date(2026, 7, 1))

        assert start == midnight
        assert start.tzinfo is UTC

    @pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)], ids=str)
    def test_day_on_which_clocks_change_is_longer_or_shorter(self, settings, day, hours):
        settings.CLINIC_TIME_ZONE = "Europe/Berlin"

        assert start_of_day(day + timedelta(days=1)) - start_of_day(day) == timedelta(hours=hours)

    @pytest.mark.parametrize(
        ("where", "day"), [("America/Sao_Paulo", date(2018, 11, 4)), ("Africa/Cairo", date(2026, 4, 24))]
    )
    def test_day_without_midnight_starts_with_its_first_hour(self, settings, where, day):
        settings.CLINIC_TIME_ZONE = where

        start = start_of_day(day)

        assert local_date(start) == day
        assert local_date(start - timedelta(microseconds=1)) == day - timedelta(days=1)


class TestToday:
    @pytest.mark.parametrize(("where", "day"), [("UTC", 15), ("Pacific/Auckland", 16)])
    def test_today_is_the_date_at_the_clinic(self, settings, where, day):
        settings.CLINIC_TIME_ZONE = where

        with time_machine.travel(datetime(2026, 6, 15, 12, tzinfo=UTC), tick=False):
            assert today() == date(2026, 6, day)
