"""A full check finds nothing in consistent books, and every violation of every invariant."""

from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection
from django.db.models import CheckConstraint, Q
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from billing.choices import PaymentMethod
from billing.models import CheckedInvoice, Tag, triggers
from billing.operations.create_or_update import update_invoice
from billing.operations.invoice_input import InvoiceInput
from billing.operations.refunds import refund
from billing.reports.books_check import INVARIANTS, check_books, run_books_check
from billing.tests.books import unguarded_cursor, violated_names
from billing.tests.factories import InvoiceFactory
from billing.tests.models.attacks.books import build_books
from billing.tests.reports.books_check.breaks import BREAKS, names_in_breaks
from patients.tests.factories import PatientFactory


class TestConsistentBooks:
    def test_empty_books_have_no_violations(self, db):
        assert check_books() == []

    def test_books_with_something_of_everything_have_no_violations(self, db, noon):
        build_books()

        assert check_books() == []

    def test_a_draft_whose_deposit_was_refunded_may_change_its_patient(self, db, supervisor, noon):
        draft = InvoiceFactory(deposit="40.00")
        act = {"by": supervisor, "at": noon}

        refund(draft, amount=Decimal(40), method=PaymentMethod.CASH, reason="Another patient's", **act)
        update_invoice(draft, InvoiceInput(fields={"patient": PatientFactory()}), **act)

        assert check_books() == []

    def test_every_invariant_is_reported_once_with_a_sentence_of_its_own(self, db):
        findings = run_books_check(full=True).findings

        assert [finding.name for finding in findings] == INVARIANTS
        assert len(set(INVARIANTS)) == len(INVARIANTS)
        assert len({finding.sentence for finding in findings}) == len(findings)

    def test_check_takes_the_same_queries_however_many_invoices(self, actor):
        counts = []
        for more in (1, 9):
            for _ in range(more):
                InvoiceFactory(paid=True)
            with CaptureQueriesContext(connection) as captured:
                assert check_books() == []
            counts.append(len(captured))

        assert counts[0] == counts[1]


class TestViolations:
    def test_every_invariant_has_breaks(self):
        assert set(BREAKS) == set(INVARIANTS)

    @pytest.mark.slow
    def test_full_check_finds_every_break(self, db, noon, subtests):
        books = names_in_breaks()
        assert run_books_check(full=True, record=True).recorded

        for name, breaks in BREAKS.items():
            for statements in breaks:
                with subtests.test(name, statements=statements), unguarded_cursor() as cursor:
                    for statement in statements:
                        cursor.execute(statement.format(**books))

                    assert name in violated_names(full=True)

    def test_violations_are_counted_and_the_first_are_reported(self, db):
        invoices = [InvoiceFactory(issued=True) for _ in range(3)]
        with unguarded_cursor() as cursor:
            cursor.execute("UPDATE billing_invoice SET paid_amount = 1")

            finding = next(finding for finding in check_books(keep=2) if finding.name == "paid_amount")

        assert finding.count == 3
        assert len(finding.ids) == 2
        assert set(finding.ids) <= {str(invoice.pk) for invoice in invoices}

    def test_another_currency_than_the_clinics_is_a_violation(self, db):
        InvoiceFactory()

        with override_settings(CLINIC_CURRENCY="CHF"):
            assert violated_names(full=True) == {"currency"}

    def test_missing_triggers_are_violations(self, db):
        triggers.drop(connection)

        (finding,) = check_books(keep=3)

        assert finding.name == "triggers"
        assert finding.count == len(triggers.expected(connection))

    def test_a_missing_constraint_is_a_violation(self, db):
        lost = CheckConstraint(condition=~Q(name=""), name="tag_lost")
        with mock.patch.object(Tag._meta, "constraints", [lost]):
            (finding,) = check_books()

        assert (finding.name, finding.ids) == ("constraints", ["tag_lost"])

    def test_a_full_check_ignores_the_recorded_versions(self, db):
        invoice = InvoiceFactory(issued=True)
        CheckedInvoice.objects.create(invoice_id=invoice.pk, version=invoice.version)

        with unguarded_cursor() as cursor:
            cursor.execute("UPDATE billing_invoice SET search_text = ''")

            assert "search_text" in violated_names(full=True)
            assert "search_text" not in violated_names(full=False)
