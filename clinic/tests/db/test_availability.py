"""Errors of the database that are answered with 503, and databases to which a write would fail."""

import shutil
import sqlite3
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import psycopg
import pytest
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connections,
)

from clinic.db import availability
from clinic.db.availability import reason_not_writable, unavailability
from clinic.db.backends.sqlite3.base import DatabaseWrapper

pytestmark = pytest.mark.neutral


def with_state(kind, sqlstate):
    """Django's exception for an error of PostgreSQL."""
    error = kind()
    error.__cause__ = psycopg.errors.lookup(sqlstate)()
    return error


class TestUnavailability:
    @pytest.mark.parametrize(
        ("kind", "sqlstate"),
        [
            (InternalError, "25006"),
            (InternalError, "25P03"),
            (InternalError, "25P04"),
            (OperationalError, "53100"),
            (OperationalError, "53300"),
            (OperationalError, "57P01"),
            (OperationalError, "57P02"),
            (OperationalError, "57P03"),
            (OperationalError, "08006"),
        ],
    )
    def test_state_of_a_server_in_trouble_is_unavailable(self, kind, sqlstate):
        assert unavailability(with_state(kind, sqlstate)) == "unavailable"

    def test_statement_that_was_ended_has_a_code_of_its_own(self):
        assert unavailability(with_state(OperationalError, "57014")) == "statement_timeout"

    @pytest.mark.parametrize("error", [OperationalError("database or disk is full"), InterfaceError("closed")])
    def test_error_without_a_state_is_unavailable(self, error):
        assert unavailability(error) == "unavailable"

    @pytest.mark.parametrize(
        "error",
        [
            with_state(ProgrammingError, "42601"),
            with_state(IntegrityError, "23505"),
            with_state(DataError, "22003"),
            with_state(InternalError, "25P02"),
            ValueError(),
            None,
        ],
    )
    def test_error_with_another_cause_is_none(self, error):
        assert unavailability(error) is None


@pytest.fixture
def database(db, tmp_path):
    """A connection to a file of SQLite with an empty table of migrations, and the file's path."""
    path = tmp_path / "books.sqlite3"
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("CREATE TABLE django_migrations (id)")
    file.close()
    options = {"timeout": 20, "transaction_mode": "IMMEDIATE"}
    connection = DatabaseWrapper(
        {
            "ENGINE": "clinic.db.backends.sqlite3",
            "NAME": str(path),
            "OPTIONS": options,
            "AUTOCOMMIT": True,
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "TIME_ZONE": None,
        },
        alias="books",
    )
    connections["books"] = connection
    yield connection
    connection.close()
    del connections["books"]


class TestWritableSQLite:
    def test_file_that_can_be_written_to_is_writable(self, database):
        assert reason_not_writable(database) == ""

    def test_database_of_a_long_writer_is_writable_without_waiting(self, database):
        other = sqlite3.connect(database.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        assert reason_not_writable(database) == ""  # after 20 seconds, if it waited

        other.close()

    def test_waiting_time_is_as_before_afterwards(self, database):
        reason_not_writable(database)

        with database.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            assert cursor.fetchone() == (20_000,)

    def test_file_that_was_opened_for_reading_only_is_not_writable(self, database):
        database.settings_dict["OPTIONS"]["uri"] = True
        database.settings_dict["NAME"] = f"file:{database.settings_dict['NAME']}?mode=ro"

        assert reason_not_writable(database) == "The database is read-only."

    def test_disk_that_is_almost_full_is_not_writable(self, database, monkeypatch):
        usage = SimpleNamespace(free=availability.DISK_HEADROOM - 1)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

        assert reason_not_writable(database) == "The disk of the database is almost full."


@contextmanager
def in_transaction(database):
    """A transaction that SQLite lets begin although it will refuse to write."""
    with database.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
    try:
        yield
    except OperationalError:
        database.rollback()
        raise


class TestReopenedSQLite:
    @pytest.mark.parametrize("is_in_transaction", [lambda database: nullcontext(), in_transaction])
    def test_connection_is_opened_again_after_an_error(self, database, is_in_transaction):
        with database.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
        with (
            pytest.raises(OperationalError, match="readonly"),
            is_in_transaction(database),
            database.cursor() as cursor,
        ):
            cursor.execute("INSERT INTO django_migrations VALUES (1)")

        database.close_if_unusable_or_obsolete()

        with database.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations VALUES (1)")

    def test_connection_without_an_error_is_kept(self, database):
        database.ensure_connection()
        before = database.connection

        database.close_if_unusable_or_obsolete()

        assert database.connection is before
