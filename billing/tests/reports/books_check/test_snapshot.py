"""A check reads one snapshot of the books, no writer waits for it, and it records the versions that it saw."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from billing.models import CheckedInvoice, Invoice
from billing.operations.issuing import issue
from billing.reports.books_check import run_books_check
from billing.tests.factories import InvoiceFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def database_in_a_file(transactional_db, tmp_path, monkeypatch):
    """On SQLite, use a copy of the test database in a file: the one in memory locks whole tables."""
    if connection.vendor == "postgresql":
        yield
        return
    path = tmp_path / "books.sqlite3"
    in_memory = connection.connection
    copy = sqlite3.connect(path)
    in_memory.backup(copy)
    copy.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    connection.connection = None
    connection.connect()
    yield
    connection.connection.close()
    connection.connection = in_memory


def in_another_connection(function):
    """Run a function in a thread, which has a connection of its own, and return its result."""

    def run():
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(run).result()


class Interruption:
    """The progress of a check that calls a function once, when the check has begun to read."""

    def __init__(self, function):
        self.function = function

    def __call__(self, count):
        return self

    def __enter__(self):
        in_another_connection(self.function)
        return lambda count: None

    def __exit__(self, *exception):
        return None


def test_check_outside_of_a_transaction_ends_its_snapshot():
    InvoiceFactory(paid=True)

    assert run_books_check(full=True, record=True).recorded

    assert not connection.in_atomic_block
    InvoiceFactory(paid=True)


def test_a_writer_does_not_wait_and_what_it_commits_is_not_seen():
    InvoiceFactory(paid=True)

    def issue_another():
        InvoiceFactory(issued=True)

    result = run_books_check(full=True, progress=Interruption(issue_another))

    assert (result.invoices, result.violated) == (1, [])
    assert Invoice.objects.count() == 2


@pytest.mark.postgres
def test_a_change_that_commits_during_a_check_is_checked_by_the_next(actor):
    invoice, other = InvoiceFactory(), InvoiceFactory()

    def change():
        issue(Invoice.objects.get(pk=invoice.pk), **actor)

    result = run_books_check(full=True, record=True, progress=Interruption(change))

    assert result.recorded
    assert dict(CheckedInvoice.objects.values_list("pk", "version")) == {invoice.pk: 1, other.pk: 1}
    assert run_books_check(full=False, record=True).invoices == 1


@pytest.mark.postgres
def test_a_change_that_began_before_a_check_and_commits_after_it_is_checked_by_the_next(actor):
    invoice = InvoiceFactory()
    is_written, may_commit = Event(), Event()

    def change():
        with transaction.atomic():
            issue(Invoice.objects.get(pk=invoice.pk), **actor)
            is_written.set()
            assert may_commit.wait(30)

    with ThreadPoolExecutor(1) as threads:
        changed = threads.submit(in_another_connection, change)
        assert is_written.wait(30)
        assert run_books_check(full=False, record=True).recorded
        may_commit.set()
        changed.result()

    assert run_books_check(full=False, record=True).invoices == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL records what its snapshot saw")
def test_on_sqlite_a_change_during_a_check_keeps_it_from_recording(actor):
    InvoiceFactory()

    result = run_books_check(full=True, record=True, progress=Interruption(InvoiceFactory))

    assert not result.recorded
    assert run_books_check(full=False, record=True).invoices == 2


@pytest.mark.postgres
def test_another_check_that_records_meanwhile_keeps_this_one_from_recording(actor):
    InvoiceFactory()

    def check():
        assert run_books_check(full=True, record=True).recorded

    result = run_books_check(full=True, record=True, progress=Interruption(check))

    assert (result.violated, result.recorded) == ([], False)
    assert CheckedInvoice.objects.count() == 1
