"""A locked invoice is read once in its transaction, whatever operations follow."""

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
    """Return the list of the SQL statements that are run, which grows."""
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
    """Return how often an invoice was read."""
    return len([sql for sql in run if sql.startswith('SELECT "billing_invoice"."id"')])


class TestGetLocked:
    def test_locked_invoice_is_read_once_in_a_transaction(self, supervisor, key, run):
        run.clear()

        with request_transaction():
            invoice = Invoice.objects.get_locked(key)
            pay_ten(invoice, supervisor)
            pay_ten(invoice, supervisor)

        assert reads(run) == 1
        assert invoice.paid_amount == 20
        stored = Invoice.objects.get(pk=key)
        assert (stored.version, stored.wire_document) == (invoice.version, stored.render_representation())

    def test_locked_invoice_is_read_again_in_the_next_transaction(self, supervisor, key, run):
        with request_transaction():
            invoice = Invoice.objects.get_locked(key)
        run.clear()

        pay_ten(invoice, supervisor)

        assert reads(run) == 1

    def test_locked_invoice_is_read_again_outside_of_a_request_transaction(self, supervisor, key, run):
        with transaction.atomic():
            invoice = Invoice.objects.get_locked(key)
            run.clear()
            pay_ten(invoice, supervisor)

        assert reads(run) == 1

    def test_unknown_id_has_no_locked_invoice(self):
        with request_transaction():
            assert Invoice.objects.get_locked(uuid4()) is None


class TestRequestTransaction:
    def test_request_transaction_takes_no_savepoint_for_its_operations(self, supervisor, key, run):
        with request_transaction():
            run.clear()
            pay_ten(Invoice.objects.get(pk=key), supervisor)
            taken = [sql for sql in run if "SAVEPOINT" in sql]

        assert not taken

    def test_request_transaction_rolls_its_operations_back_when_a_later_step_fails(self, supervisor, key):
        def fail_after_payment():
            with request_transaction():
                pay_ten(Invoice.objects.get_locked(key), supervisor)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail_after_payment()

        assert Invoice.objects.get(pk=key).paid_amount == 0
