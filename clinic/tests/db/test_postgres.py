"""PostgreSQL connections: the loader of datetimes, and custom plans."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from psycopg.postgres import types
from psycopg.pq import Format

from billing.models import Service
from billing.tests.factories import ServiceFactory
from clinic.db.postgres import custom_plans


class TestDatetimeLoader:
    @pytest.mark.parametrize(
        "value",
        [
            datetime(2026, 11, 23, 3, 35, 17, tzinfo=UTC),
            datetime(2026, 11, 23, 3, 35, 17, 100_000, tzinfo=UTC),
            datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(9999, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
            datetime(2026, 7, 29, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        ],
    )
    def test_datetime_is_read_as_it_was_stored_and_in_utc(self, db, value):
        ServiceFactory(created_at=value)

        stored = Service.objects.get().created_at

        assert stored == value
        assert stored.tzinfo is UTC

    @pytest.mark.postgres
    def test_cursor_uses_the_loader_of_the_connection(self, db):
        with connection.cursor() as cursor:
            own = connection.connection.adapters.get_loader(types["timestamptz"].oid, Format.TEXT)
            assert cursor.adapters.get_loader(types["timestamptz"].oid, Format.TEXT) is own
        assert own.__name__ == "TimestamptzLoader"


class TestCustomPlans:
    def test_no_statement_is_prepared_inside(self, db):
        def threshold():
            return getattr(connection.connection, "prepare_threshold", None)

        connection.ensure_connection()
        before = threshold()

        with custom_plans():
            inside = threshold()

        assert inside is None
        assert threshold() == before
        assert (before is None) == (connection.vendor == "sqlite")
