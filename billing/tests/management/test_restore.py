"""`manage.py restore`: a backup becomes the content of an empty database, or is tried beside the clinic's."""

import json
import os
import stat
import tempfile
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from billing.models import Invoice, triggers
from billing.reports.books_check import check_books
from billing.tests.factories import InvoiceFactory
from clinic.db.backups import backups_of, postgresql
from clinic.tests.database import database_of_this_run, own_database
from patients.tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def clinic_database(transactional_db, tmp_path):
    """A database of its own, with two paid invoices."""
    with own_database(tmp_path):
        InvoiceFactory.create_batch(2, paid=True)
        yield


@pytest.fixture
def backup(tmp_path):
    """`backup()`: the path of a backup of the clinic's database."""

    def write():
        path = tmp_path / "books"
        call_command("backup", output=str(path), stdout=StringIO())
        return path

    return write


@pytest.fixture
def empty(tmp_path, clinic_database):
    """`with empty():` the connection uses a database without tables."""
    return lambda: own_database(tmp_path, empty=True)


def output(*arguments):
    out = StringIO()
    call_command("restore", *map(str, arguments), stdout=out)
    return out.getvalue()


def refusal(*arguments):
    with pytest.raises(CommandError) as refused:
        call_command("restore", *map(str, arguments), stdout=StringIO())
    return str(refused.value)


def tables():
    return connection.introspection.table_names()


@pytest.fixture(autouse=True)
def names_of_this_process(monkeypatch, tmp_path):
    """Keep temporary databases apart from those of tests that run at the same time."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(postgresql.secrets, "token_hex", lambda size: f"{os.getpid()}_{uuid4().hex[:size]}")


def temporary_databases():
    """Return the databases that a trial has left on the server, or in the folder of temporary files."""
    if connection.vendor == "postgresql":
        own = f"clinic_restore_{os.getpid()}_%"
        names = database_of_this_run().on_server(f"SELECT datname FROM pg_database WHERE datname LIKE '{own}'")
        return [name for (name,) in names]
    return list(Path(tempfile.gettempdir()).glob("clinic-restore-*"))


class TestRestore:
    def test_backup_becomes_the_content_of_an_empty_database(self, backup, empty):
        path = backup()

        with empty():
            printed = output(path)

            assert "2 invoices" in printed
            assert "check_books --full" in printed
            assert Invoice.objects.filter(status="PAID").count() == 2
            assert check_books() == []

    def test_restored_triggers_still_refuse(self, backup, empty):
        path = backup()

        with empty():
            output(path)

            assert triggers.missing(connection) == []

    def test_database_with_tables_but_without_records_takes_a_backup(self, backup, tmp_path):
        path = backup()

        with own_database(tmp_path):
            output(path)

            assert Invoice.objects.count() == 2

    def test_database_with_records_is_refused(self, backup, tmp_path):
        path = backup()

        with own_database(tmp_path):
            PatientFactory(family_name="Kept")

            assert "has records" in refusal(path)
            assert Invoice.objects.count() == 0

    def test_second_restoration_is_refused(self, backup, empty):
        path = backup()

        with empty():
            output(path)

            assert "has records" in refusal(path)

    def test_database_of_another_program_is_refused(self, backup, empty):
        path = backup()

        with empty():
            with connection.cursor() as cursor:
                cursor.execute("CREATE TABLE webshop_order (id integer)")

            assert "tables of another program: webshop_order" in refusal(path)
            assert tables() == ["webshop_order"]

    def test_restored_sqlite_file_is_readable_by_its_owner_only(self, backup, empty):
        path = backup()

        with empty():
            output(path)

            if connection.vendor == "sqlite":
                assert stat.S_IMODE(Path(connection.settings_dict["NAME"]).stat().st_mode) == 0o600


class TestFile:
    @pytest.mark.parametrize("share", [0.3, 0.9, 0.995])
    @pytest.mark.parametrize("verify", [False, True])
    def test_cut_off_backup_is_refused_and_leaves_nothing(self, backup, empty, share, verify):
        path = backup()
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])

        with empty():
            assert str(path) in refusal(path, *["--verify"] * verify)
            assert tables() == []
        assert temporary_databases() == []

    @pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"PGDMP", b"-- SQL\nCREATE TABLE t (i int);\n"])
    def test_other_files_are_refused(self, empty, tmp_path, content):
        path = tmp_path / "file"
        path.write_bytes(content)

        with empty():
            assert str(path) in refusal(path)
            assert tables() == []

    def test_missing_file_is_refused(self, empty, tmp_path):
        with empty():
            assert "No such file" in refusal(tmp_path / "nothing")

    def test_backup_of_another_program_is_refused(self, empty, tmp_path):
        path = tmp_path / "foreign"
        with empty():
            with connection.cursor() as cursor:
                cursor.execute("CREATE TABLE billing_invoice (id integer)")
            path.touch()
            backups_of(connection).write(path, count="billing_invoice")

        with empty():
            assert "not a backup of this product" in refusal(path)
            assert tables() == []

    def test_sqlite_database_in_use_is_no_backup(self, empty):
        if connection.vendor != "sqlite":
            pytest.skip("only a file of SQLite has a -wal file beside it")
        path = Path(connection.settings_dict["NAME"])
        Invoice.objects.first()

        with empty():
            assert "is a database in use" in refusal(path)


class TestVerify:
    def test_verify_restores_into_a_database_of_its_own_and_checks_the_books(self, backup):
        path = backup()
        PatientFactory()
        before = connection.settings_dict["NAME"]

        printed = output(path, "--verify")

        assert f"{path} can be restored" in printed
        assert "The books are consistent" in printed
        assert connection.settings_dict["NAME"] == before
        assert Invoice.objects.count() == 2
        assert temporary_databases() == []

    def test_inconsistent_books_fail(self, backup):
        triggers.drop(connection)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE billing_invoice SET search_text = 'nothing'")
        triggers.create(connection)
        path = backup()

        assert "The books are not consistent" in refusal(path, "--verify")
        assert temporary_databases() == []

    def test_json_has_the_outcome_of_the_check(self, backup):
        facts = json.loads(output(backup(), "--verify", "--json"))

        assert facts["check_books"]["agree"] is True
        assert facts["check_books"]["invoices_checked"] == 2
        assert facts["migrations_missing"] == []

    def test_missing_migrations_are_named_and_not_applied(self, backup):
        missing = remove_last_migration()
        path = backup()

        facts = json.loads(output(path, "--verify", "--json"))

        assert facts["migrations_missing"] == [missing]
        assert f"run `manage.py migrate` (missing: {missing})" in output(path, "--verify")

    def test_books_that_need_migrations_before_a_check_fail(self, backup):
        remove_last_migration()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE billing_checkedinvoice")
        path = backup()

        printed = refusal(path, "--verify")

        assert "run `manage.py migrate`" in printed
        assert "cannot be checked before that" in printed

    def test_backup_of_a_newer_version_is_reported(self, backup):
        MigrationRecorder.Migration.objects.create(app="billing", name="0999_later", applied=timezone.now())

        assert "newer version" in output(backup(), "--verify")

    @pytest.mark.postgres
    def test_missing_pg_restore_is_named(self, backup, monkeypatch, tmp_path):
        path = backup()
        monkeypatch.setattr(postgresql, "FOLDERS", ("no/such/folder/*",))
        monkeypatch.setenv("PATH", str(tmp_path))

        assert "pg_restore of PostgreSQL" in refusal(path, "--verify")
        assert temporary_databases() == []

    @pytest.mark.postgres
    def test_role_that_may_create_no_database_gets_a_hint(self, backup, monkeypatch):
        path = backup()
        database_of_this_run().on_server("DROP ROLE IF EXISTS clinic_without_createdb")
        database_of_this_run().on_server("CREATE ROLE clinic_without_createdb LOGIN")
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "USER", "clinic_without_createdb")
        try:
            assert "ALTER ROLE … CREATEDB" in refusal(path, "--verify")
        finally:
            connection.close()
            monkeypatch.undo()
            database_of_this_run().on_server("DROP ROLE clinic_without_createdb")


def remove_last_migration():
    """Let the database be without the last migration of billing; return its name."""
    last = MigrationRecorder.Migration.objects.filter(app="billing").order_by("name").last()
    last.delete()
    return f"billing.{last.name}"
