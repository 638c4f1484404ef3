"""`manage.py backup`: a complete backup in one file, taken while others write."""

import json
import os
import stat
import threading
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from billing.models import Invoice
from billing.operations.drafts import create_draft
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.payments import pay
from billing.reports.books_check import check_books
from billing.tests.factories import InvoiceFactory, item
from clinic.db.backups import postgresql
from clinic.tests.database import own_database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def clinic_database(transactional_db, tmp_path):
    """A database of its own, with two paid invoices."""
    with own_database(tmp_path):
        InvoiceFactory.create_batch(2, paid=True)
        yield


@pytest.fixture
def folder(tmp_path):
    """An empty folder for backups."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


def output(command, *arguments, **options):
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def refusal(command, *arguments, **options):
    with pytest.raises(CommandError) as refused:
        call_command(command, *arguments, **options)
    return str(refused.value)


class TestFile:
    def test_backup_prints_a_summary(self, folder):
        path = folder / "books"

        printed = output("backup", output=str(path), verify=True)

        assert printed.startswith(f"{path}: 2 invoices, {path.stat().st_size:,} bytes, in ")
        assert "read back" in printed

    def test_json_has_the_same_facts(self, folder):
        facts = json.loads(output("backup", "--json", output=str(folder / "books")))

        assert facts["invoices"] == 2
        assert facts["bytes"] == (folder / "books").stat().st_size
        assert facts["verified"] is False

    def test_file_is_readable_by_its_owner_only(self, folder):
        output("backup", output=str(folder / "books"))

        assert stat.S_IMODE((folder / "books").stat().st_mode) == 0o600

    def test_file_in_a_folder_is_named_after_the_time(self, folder, noon):
        output("backup", output=str(folder))

        assert [path.stem for path in folder.iterdir()] == ["clinic-2026-06-15T120000Z"]

    def test_backup_never_replaces_a_file(self, folder):
        (folder / "books").write_text("last year")

        assert "exists already" in refusal("backup", output=str(folder / "books"))
        assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("books", "last year")]

    def test_backup_into_a_missing_folder_is_refused(self, folder):
        assert "cannot be written: No such file or directory" in refusal("backup", output=str(folder / "no" / "books"))

    def test_failed_backup_leaves_no_file(self, folder, monkeypatch):
        monkeypatch.setattr("clinic.db.backups.files._sync", fail)

        assert "cannot be written: No space left on device" in refusal("backup", output=str(folder / "books"))
        assert list(folder.iterdir()) == []


class TestDatabase:
    def test_database_without_tables_is_refused(self, folder, tmp_path):
        with own_database(tmp_path, empty=True):
            assert "no tables" in refusal("backup", output=str(folder / "books"))

        assert list(folder.iterdir()) == []

    def test_backup_during_writes_has_all_that_was_acknowledged_before_it(self, folder, tmp_path, clerk):
        acknowledged, stop, errors = [], threading.Event(), []
        writers = [threading.Thread(target=write_on, args=(clerk, acknowledged, stop, errors)) for _ in range(2)]
        for writer in writers:
            writer.start()
        wait_until(lambda: len(acknowledged) >= 10 or errors)
        before = list(acknowledged)
        facts = json.loads(output("backup", "--json", output=str(folder / "books")))
        wait_until(lambda: len(acknowledged) > len(before) or errors)
        stop.set()
        for writer in writers:
            writer.join()
        assert errors == []

        with own_database(tmp_path, empty=True):
            output("restore", str(folder / "books"))

            assert set(before) <= set(Invoice.objects.filter(status="PAID").values_list("pk", flat=True))
            assert Invoice.objects.count() == facts["invoices"]
            assert check_books() == []


@pytest.mark.postgres
def test_backup_takes_longer_than_a_request_may(folder, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '100ms'")

    assert "2 invoices" in output("backup", output=str(folder / "books"))


@pytest.mark.postgres
class TestPrograms:
    @pytest.fixture
    def programs(self, tmp_path, monkeypatch):
        """An empty folder, the only place where programs are looked for; `programs("pg_dump", lines)` adds one."""
        monkeypatch.setattr(postgresql, "FOLDERS", ("no/such/folder/*",))
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
        (tmp_path / "bin").mkdir()

        def add(name, *lines):
            path = tmp_path / "bin" / name
            path.write_text("\n".join(["#!/bin/sh", *lines]))
            path.chmod(0o755)

        return add

    def test_missing_pg_dump_is_named(self, folder, programs):
        assert "pg_dump of PostgreSQL" in refusal("backup", output=str(folder / "books"))
        assert list(folder.iterdir()) == []

    def test_pg_dump_older_than_the_server_is_not_used(self, folder, programs):
        programs("pg_dump", 'echo "pg_dump (PostgreSQL) 9.6.24"')

        assert "or later is not installed" in refusal("backup", output=str(folder / "books"))

    def test_password_is_no_argument(self, folder, programs, tmp_path, monkeypatch):
        real = next(path for path in ("/usr/bin/pg_dump", *map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))))
        seen = tmp_path / "seen"
        programs("pg_dump", f'[ "$1" = --version ] || echo "$@" "-- $PGPASSWORD" >{seen}', f'exec {real} "$@"')
        monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/bin:/bin")
        monkeypatch.setitem(connection.settings_dict, "PASSWORD", "open-sesame")

        output("backup", output=str(folder / "books"))

        arguments, _, password = seen.read_text().partition(" -- ")
        assert password.strip() == "open-sesame"
        assert "open-sesame" not in arguments


def fail(_path):
    raise OSError(28, "No space left on device")


def write_on(clerk, acknowledged, stop, errors):
    """Create, issue and pay invoices until `stop`; what was committed is acknowledged."""
    try:
        patient = Invoice.objects.first().patient
        while not stop.is_set():
            at = timezone.now()
            data = InvoiceInput(fields={"patient": patient}, items=[item("80.00")])
            invoice = create_draft(data, by=clerk, at=at)
            issue(invoice, by=clerk, at=at)
            pay(invoice, amount=invoice.remaining_amount, by=clerk, at=at)
            acknowledged.append(invoice.pk)
    except Exception as error:  # noqa: BLE001  # told to the test
        errors.append(error)
    finally:
        connection.close()


def wait_until(condition, *, seconds=60):
    done = threading.Event()
    for _ in range(seconds * 20):
        if condition() or done.wait(0.05):
            return
    raise AssertionError("nothing was written in time")
