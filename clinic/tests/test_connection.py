"""What is done with a connection: moments, whether anything was stored, and plans."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections, transaction
from psycopg.postgres import types
from psycopg.pq import Format

from billing.models import Service
from billing.tests.factories import ServiceFactory
from clinic.db.postgres import custom_plans
from clinic.db.transactions import change_token


class TestMoment:
    @pytest.mark.parametrize(
        "moment",
        [
            datetime(2026, 11, 23, 3, 35, 17, tzinfo=UTC),
            datetime(2026, 11, 23, 3, 35, 17, 100_000, tzinfo=UTC),
            datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(9999, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
            datetime(2026, 7, 29, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        ],
    )
    def test_is_read_as_it_was_written_and_in_utc(self, db, moment):
        ServiceFactory(created_at=moment)

        kept = Service.objects.get().created_at

        assert kept == moment
        assert kept.tzinfo is UTC

    @pytest.mark.postgres
    def test_is_read_by_one_reader_for_the_whole_connection(self, db):
        with connection.cursor() as cursor:
            own = connection.connection.adapters.get_loader(types["timestamptz"].oid, Format.TEXT)
            assert cursor.adapters.get_loader(types["timestamptz"].oid, Format.TEXT) is own
        assert own.__name__ == "TimestamptzLoader"


@pytest.mark.django_db(transaction=True)
class TestTheMarkOfADatabase:
    @pytest.fixture
    def another(self):
        """A second connection to the same database."""
        another = connections.create_connection("default")
        yield another
        another.close()

    def test_stays_while_nothing_is_stored(self, another):
        def stays():
            mark = change_token(connection)
            with another.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM billing_service")
            return mark == change_token(connection)

        assert any(stays() for _ in range(500))  # other tests store something in the same cluster

    def test_is_another_one_once_this_connection_has_stored_something(self):
        mark = change_token(connection)
        ServiceFactory()

        assert mark != change_token(connection)

    def test_is_another_one_once_another_connection_has_stored_something(self, another):
        ServiceFactory(active=True)
        mark = change_token(connection)
        with another.cursor() as cursor:
            cursor.execute("UPDATE billing_service SET active = %s", [False])

        assert mark != change_token(connection)

    @pytest.mark.postgres
    def test_is_another_one_once_what_had_begun_before_is_stored(self, another):
        service = ServiceFactory(active=True)
        with transaction.atomic(), another.cursor() as cursor:
            Service.objects.update(active=False)
            mark = change_token(another)
            cursor.execute("SELECT active FROM billing_service WHERE id = %s", [service.pk])
            assert cursor.fetchone() == (True,)

        assert mark != change_token(another)

    def test_is_another_one_on_another_connection_of_sqlite(self, another):
        if connection.vendor == "postgresql":
            assert any(change_token(connection) == change_token(another) for _ in range(500))
        else:
            assert change_token(connection) != change_token(another)

    def test_is_none_inside_of_a_transaction(self):
        with transaction.atomic():
            assert change_token(connection) is None


class TestPlannedAnew:
    def test_prepares_no_statement_inside(self, db):
        def threshold():
            return getattr(connection.connection, "prepare_threshold", None)

        connection.ensure_connection()
        before = threshold()

        with custom_plans():
            inside = threshold()

        assert inside is None
        assert threshold() == before
        assert (before is None) == (connection.vendor == "sqlite")
