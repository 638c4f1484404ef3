"""An invoice that is held: read once, under its lock, by whatever its transaction does to it."""

from uuid import uuid4

import pytest
from django.db import connection, transaction

from billing.choices import PaymentMethod
from billing.models import Invoice
from billing.operations.payments import pay
from billing.tests.factories import InvoiceFactory
from clinic.db.transactions import request_transaction
from clinic.testing import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    """The statements that are run, as they come."""
    seen = []

    def watch(execute, sql, *rest):
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield seen


@pytest.fixture
def key():
    return InvoiceFactory(issued=True).pk


def pay_ten(invoice, by):
    pay(invoice, amount=10, method=PaymentMethod.CASH, by=by, at=NOON)


def reads(run):
    """How often an invoice was read."""
    return len([sql for sql in run if sql.startswith('SELECT "billing_invoice"."id"')])


class TestHold:
    def test_reads_nothing_twice_as_long_as_the_transaction_runs(self, supervisor, key, run):
        run.clear()

        with request_transaction():
            invoice = Invoice.objects.get_locked(key)
            pay_ten(invoice, supervisor)
            pay_ten(invoice, supervisor)

        assert reads(run) == 1
        assert invoice.paid_amount == 20
        stored = Invoice.objects.get(pk=key)
        assert (stored.version, stored.wire_document) == (invoice.version, stored.render_representation())

    def test_ends_with_the_transaction(self, supervisor, key, run):
        with request_transaction():
            invoice = Invoice.objects.get_locked(key)
        run.clear()

        pay_ten(invoice, supervisor)

        assert reads(run) == 1

    def test_is_of_what_is_done_as_a_whole_only(self, supervisor, key, run):
        with transaction.atomic():
            invoice = Invoice.objects.get_locked(key)
            run.clear()
            pay_ten(invoice, supervisor)

        assert reads(run) == 1

    def test_of_an_id_that_nothing_has_is_none(self):
        with request_transaction():
            assert Invoice.objects.get_locked(uuid4()) is None


class TestAWhole:
    def test_takes_no_savepoint_for_the_verbs_in_it(self, supervisor, key, run):
        with request_transaction():
            run.clear()
            pay_ten(Invoice.objects.get(pk=key), supervisor)
            taken = [sql for sql in run if "SAVEPOINT" in sql]

        assert not taken

    def test_keeps_nothing_of_a_verb_when_what_follows_fails(self, supervisor, key):
        def fail_after_payment():
            with request_transaction():
                pay_ten(Invoice.objects.get_locked(key), supervisor)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail_after_payment()

        assert Invoice.objects.get(pk=key).paid_amount == 0
