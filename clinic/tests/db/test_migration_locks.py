"""Locks of a migration on PostgreSQL: all of them before its first statement, or none."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, migrations

from clinic.db import migration_locks
from clinic.db.migration_locks import LockingExecutor

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class CommentTables(migrations.Migration):
    """Names two tables; the one that comes first in the order of locks is named last."""

    operations = [
        migrations.RunSQL(
            "COMMENT ON TABLE patients_patient IS 'changed'; COMMENT ON TABLE billing_tag IS 'changed'",
            "COMMENT ON TABLE patients_patient IS NULL; COMMENT ON TABLE billing_tag IS NULL",
        )
    ]


@pytest.fixture
def run():
    """`run()` applies the migration and returns the actions that were reported."""
    migration = CommentTables("9999_comment_tables", "billing")

    def apply():
        reported = []
        executor = LockingExecutor(connection, lambda action, *_: reported.append(action))
        executor.apply_migration(executor._create_project_state(with_applied_migrations=True), migration)
        return reported

    return apply


@pytest.fixture
def other():
    """A connection of somebody else."""
    parameters = connection.get_connection_params()
    with psycopg.connect(**{name: parameters[name] for name in parameters if name != "context"}) as other:
        yield other


@contextmanager
def later(seconds, act):
    """Call a function in another thread after some seconds."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: (time.sleep(seconds), act()))
        yield


def comment_of(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(%s::regclass)", [table])
        return cursor.fetchone()[0]


def test_migration_of_free_tables_runs_at_once(run):
    assert "waiting_for_locks" not in run()

    assert comment_of("billing_tag") == comment_of("patients_patient") == "changed"


def test_migration_waits_for_a_reader_and_gives_way_meanwhile(run, other, monkeypatch):
    monkeypatch.setattr(migration_locks, "PAUSE_SECONDS", 0.5)
    other.execute("SELECT count(*) FROM patients_patient")
    seen = []

    def read_the_other_table():
        """Deadlocks with a migration that holds its lock of `billing_tag` and waits for `patients_patient`."""
        other.execute("SELECT count(*) FROM billing_tag")
        seen.append("read")
        other.rollback()

    with later(0.3, read_the_other_table):
        reported = run()

    assert seen == ["read"]
    assert "waiting_for_locks" in reported
    assert comment_of("billing_tag") == "changed"


def test_migration_whose_tables_are_always_in_use_ends_with_an_error(run, other, monkeypatch):
    monkeypatch.setattr(migration_locks, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(migration_locks, "MAX_ATTEMPTS", 2)
    other.execute("SELECT count(*) FROM patients_patient")

    with pytest.raises(OperationalError, match=r"billing\.9999_comment_tables"):
        run()

    assert comment_of("billing_tag") is None


def test_command_takes_locks_first_and_prints_that_it_waits(other, monkeypatch):
    monkeypatch.setattr(migration_locks, "PAUSE_SECONDS", 0)
    other.execute("SELECT count(*) FROM billing_invoice")

    class Output(StringIO):
        def write(self, text):
            if "lets the requests go first" in text:
                other.rollback()
            return super().write(text)

    output = Output()
    call_command("migrate", "billing", "0003", stdout=output)

    assert (
        "billing.0004_particulars_of_money: its tables are in use; it lets the requests go first" in output.getvalue()
    )


def test_statement_timeout_is_as_before_afterwards(run):
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '7s'")
        run()
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("7s",)
        cursor.execute("RESET statement_timeout")
