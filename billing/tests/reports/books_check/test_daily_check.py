"""A daily check verifies the invoices that changed since their last check, and all rows by SQL."""

import pytest

from billing.models import CheckedInvoice, Invoice
from billing.operations.issuing import issue
from billing.reports.books_check import PER_INVOICE, run_books_check
from billing.tests.books import unguarded_cursor, violated_names
from billing.tests.factories import InvoiceFactory
from billing.tests.reports.books_check.breaks import BREAKS, names_in_breaks


def recorded_versions():
    return dict(CheckedInvoice.objects.values_list("invoice_id", "version"))


def current_versions():
    return dict(Invoice.objects.values_list("pk", "version"))


def check(*, full=False):
    """Run a check that records the versions, as the command does, and return the number of invoices."""
    result = run_books_check(full=full, record=True)
    assert result.violated == []
    return result.invoices


class TestInvoicesToCheck:
    def test_first_check_verifies_every_invoice(self, actor):
        InvoiceFactory(paid=True)
        InvoiceFactory()

        assert check() == 2

    def test_next_check_verifies_the_invoices_that_changed_since(self, actor):
        draft = InvoiceFactory()
        InvoiceFactory(paid=True)
        check()

        issue(draft, **actor)
        InvoiceFactory()

        assert check() == 2
        assert check() == 0

    def test_full_check_verifies_every_invoice_again(self, actor):
        InvoiceFactory(paid=True)
        check()

        assert check(full=True) == 1

    def test_check_without_violations_records_the_versions(self, actor):
        draft = InvoiceFactory()
        InvoiceFactory(paid=True)
        check()
        issue(draft, **actor)
        check()

        assert recorded_versions() == current_versions()

    def test_check_with_violations_records_nothing(self, actor):
        invoice = InvoiceFactory()
        check()
        issue(invoice, **actor)
        before = recorded_versions()

        with unguarded_cursor() as cursor:
            cursor.execute("UPDATE billing_invoice SET paid_amount = 1")
            result = run_books_check(full=False, record=True)

            assert result.violated
            assert not result.recorded
            assert recorded_versions() == before

    def test_check_records_nothing_unless_asked(self, actor):
        InvoiceFactory()

        assert not run_books_check(full=True).recorded
        assert recorded_versions() == {}

    def test_an_earlier_or_later_recorded_version_is_checked_again(self, actor):
        invoices = [InvoiceFactory(paid=True) for _ in range(3)]
        check()
        versions = CheckedInvoice.objects.filter
        versions(pk=invoices[0].pk).update(version=1)
        versions(pk=invoices[1].pk).update(version=1000)

        result = run_books_check(full=False)

        assert result.invoices == 2
        assert [(finding.name, finding.ids) for finding in result.violated] == [
            ("checked_versions", [str(invoices[1].pk)])
        ]


class TestViolations:
    @pytest.mark.slow
    def test_daily_check_finds_every_break_of_what_changed_and_all_that_sql_finds(self, db, noon, subtests):
        books = names_in_breaks()
        check()

        for name, breaks in BREAKS.items():
            for statements in breaks:
                with subtests.test(name, statements=statements), unguarded_cursor() as cursor:
                    for statement in statements:
                        cursor.execute(statement.format(**books))

                    assert (name in violated_names(full=False)) == (name not in PER_INVOICE)

                    cursor.execute("UPDATE billing_checkedinvoice SET version = version - 1")

                    assert name in violated_names(full=False)

    def test_an_invoice_that_was_checked_and_is_gone_is_found(self, db):
        draft = InvoiceFactory(items=[])
        check()

        with unguarded_cursor() as cursor:
            cursor.execute(f"DELETE FROM billing_invoiceevent WHERE invoice_id = '{draft.pk.hex}'")
            cursor.execute(f"DELETE FROM billing_invoice WHERE id = '{draft.pk.hex}'")

            assert violated_names(full=False) - {"triggers", "constraints"} == {"checked_versions"}
