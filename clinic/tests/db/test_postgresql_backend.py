"""Limited waits for PostgreSQL, and connections that are left."""

import time

import pytest
from django.db import OperationalError, connection, connections

from clinic.web import server

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SLEEP = "SELECT pg_sleep(3)"


def execute(sql, *, many=False):
    with connection.cursor() as cursor:
        if many:
            cursor.executemany(sql, [[], []])
        else:
            cursor.execute(sql)


@pytest.fixture
def of_the_server(settings, monkeypatch):
    """The connections of a server, which wait for half a second."""
    monkeypatch.setattr(type(connections["default"]), "max_wait", 0.5)


class TestLimitedWait:
    @pytest.mark.parametrize("many", [False, True])
    def test_statement_that_is_not_answered_in_time_closes_the_connection(self, many):
        connection.ensure_connection()
        began = time.monotonic()

        with pytest.raises(OperationalError), connections["default"].waiting_at_most(0.5):
            execute(SLEEP, many=many)

        assert time.monotonic() - began < 2
        assert connection.connection.closed
        connection.close()

    def test_command_has_no_limit_and_connects_again(self):
        execute("SELECT pg_sleep(0.7)")
        with pytest.raises(OperationalError), connections["default"].waiting_at_most(0.1):
            execute(SLEEP)
        connection.close()

        execute("SELECT 1")

    def test_request_waits_once(self, of_the_server):
        with pytest.raises(OperationalError):
            execute(SLEEP)
        connection.close()
        with pytest.raises(OperationalError, match="earlier in this request"):
            execute("SELECT 1")

        connection.close_if_unusable_or_obsolete()  # the request ends

        execute("SELECT 1")

    def test_server_waits_two_seconds_longer_than_postgresql(self, settings, monkeypatch):
        monkeypatch.setattr(type(connections["default"]), "max_wait", None)
        settings.STATEMENT_TIMEOUT = 5

        server.limit_waits()

        assert type(connections["default"]).max_wait == 7

    def test_server_without_a_statement_timeout_has_no_limit(self, settings, monkeypatch):
        monkeypatch.setattr(type(connections["default"]), "max_wait", None)
        settings.STATEMENT_TIMEOUT = 0

        server.limit_waits()

        assert type(connections["default"]).max_wait is None


class TestUsableConnection:
    def test_connection_that_can_be_written_to_is_usable(self):
        connection.ensure_connection()

        assert connection.is_usable()

    def test_read_only_connection_is_left_at_the_end_of_the_request(self):
        execute("SET default_transaction_read_only = on")
        with pytest.raises(Exception, match="read-only"):
            execute("CREATE TABLE clinic_nothing ()")

        connection.close_if_unusable_or_obsolete()

        assert connection.connection is None

    def test_read_only_connection_of_a_replica_is_usable(self, monkeypatch):
        execute("SET default_transaction_read_only = on")
        monkeypatch.setattr(connections["default"], "alias", "replica")

        assert connection.is_usable()

        monkeypatch.undo()
        connection.close()
