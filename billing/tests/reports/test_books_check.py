"""The books' own audit: silent on sound books, and each invariant can fail, shown by breaking it behind every guard."""

from contextlib import contextmanager
from decimal import Decimal
from unittest import mock

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import CheckConstraint, Q
from django.test import override_settings

from billing.choices import PaymentMethod
from billing.models import Tag, triggers
from billing.operations.invoice_input import InvoiceInput
from billing.operations.refunds import refund
from billing.operations.requests import update_invoice
from billing.reports.books_check import INVARIANTS, check_books, examine, finding_of
from billing.tests.factories import InvoiceFactory
from billing.tests.models.attacks.books import build_books
from billing.tests.models.attacks.statements import allocate, copy, enter, event, update
from patients.tests.factories import PatientFactory

ALLOCATION_OF = "billing_paymentallocation WHERE invoice_id"

# For each invariant, ways to break it: statements with the names of `build_books` in braces.
BREAKS: dict[str, list[tuple[str, ...]]] = {
    "totals": [
        ("UPDATE billing_invoiceitem SET line_total = line_total + 1 WHERE id = '{issued_item}'",),
        ("UPDATE billing_invoiceitem SET unit_price = unit_price + 10000 WHERE id = '{draft_item}'",),
        (update("issued", subtotal="subtotal + 1", total_amount="total_amount + 1"),),
        (update("issued", tax_amount="1", discount_total="1"),),
        (update("issued", taxes="'[]'"),),
        (update("void", discount_percent="1000000"),),
        ("UPDATE billing_invoiceitem SET discount_amount = 99999999 WHERE id = '{issued_item}'",),
    ],
    "status": [(update("paid", status="'ISSUED'"),), (update("written_off", status="'PAID'"),)],
    "invoice_numbers": [
        (update("issued", reg_number="'INV-1999-000001'"),),
        (update("issued", reg_number="'INV-{year}-7'"),),
        (update("issued", reg_number="'DRAFT-AAAAAAAAAA'"),),
        (update("draft", reg_number="'{next_number}'"),),
        (update("issued", issue_date="NULL"),),
    ],
    "issued_whole": [
        (update("issued", particulars="'{{}}'"),),
        (update("paid", due_date="NULL"),),
        (update("void", bill_to_name="''"),),
        ("DELETE FROM billing_invoiceitem WHERE id = '{issued_item}'",),
    ],
    "item_positions": [
        ("UPDATE billing_invoiceitem SET position = 1 WHERE invoice_id = '{credited}'",),
        ("UPDATE billing_invoiceitem SET position = 0 WHERE id = '{issued_item}'",),
    ],
    "search_text": [
        (update("issued", search_text="''"),),
        ("UPDATE billing_invoiceitem SET description = 'Plaster' WHERE id = '{draft_item}'",),
    ],
    "wire_document": [
        ("UPDATE billing_invoice SET wire_document = replace(wire_document, '100.0', '1.0')",),
        ("UPDATE billing_invoice SET notes = 'Paid in full' WHERE id = '{paid}'",),
        ("UPDATE billing_invoiceitem SET description = 'Plaster' WHERE id = '{draft_item}'",),
        ("DELETE FROM billing_invoice_tags WHERE invoice_id = '{draft}'",),
        ("UPDATE billing_invoice SET corrects_id = '{issued}', wire_document = NULL WHERE id = '{empty}'",),
    ],
    "paid_amount": [
        (f"DELETE FROM {ALLOCATION_OF} = '{{paid}}'",),
        (update("issued", paid_amount="1", remaining_amount="remaining_amount - 1"),),
        (allocate("credit", "issued", 100),),
    ],
    "credited_amount": [
        ("UPDATE billing_creditnote SET total_amount = total_amount - 1",),
        (update("issued", credited_amount="1"),),
    ],
    "written_off_amount": [("DELETE FROM billing_writeoff WHERE id = '{write_off}'",)],
    "remaining_amount": [(update("issued", remaining_amount="0"),), (update("void", remaining_amount="1"),)],
    "void_without_money": [(update("part_paid", status="'VOID'", remaining_amount="0"),)],
    "draft_without_adjustments": [
        (copy("billing_writeoff", "{write_off}", invoice_id="'{draft}'"),),
        (update("credited", status="'DRAFT'"),),
    ],
    "payment_allocations": [
        (allocate("credit", "issued", 5001),),
        (allocate("credit", "issued", -1),),
        ("UPDATE billing_payment SET amount = amount - 1 WHERE id = '{payment}'",),
        (copy("billing_payment", "{payment}", amount="-10000", reverses_id="'{payment}'", receipt_number="'REC-X'"),),
    ],
    "reversals_unallocated": [(allocate("reversal", "issued", 1),)],
    "invoice_parts": [(allocate("payment", "issued", -1),)],
    "reversals": [
        ("UPDATE billing_payment SET amount = -1 WHERE id = '{reversal}'",),
        ("UPDATE billing_payment SET patient_id = '{other_patient}' WHERE id = '{reversal}'",),
        (copy("billing_payment", "{reversal}", amount="5000", reverses_id="'{reversal}'", receipt_number="'REC-X'"),),
    ],
    "payment_signs": [("UPDATE billing_payment SET amount = 0 WHERE id = '{credit}'",)],
    "received_in_time": [("UPDATE billing_payment SET received_at = '2199-01-01 00:00:00' WHERE id = '{credit}'",)],
    "credit_is_found": [("UPDATE billing_payment SET excess_amount = 0 WHERE id = '{credit}'",)],
    "refunds": [
        ("UPDATE billing_refund SET amount = amount + 1 WHERE id = '{refund}'",),
        ("UPDATE billing_refund SET invoice_id = NULL WHERE id = '{refund}'",),
        ("UPDATE billing_refund SET invoice_id = '{issued}' WHERE id = '{credit_refund}'",),
        ("DELETE FROM billing_paymentallocation WHERE refund_id = '{credit_refund}'",),
        (copy("billing_refund", "{credit_refund}"),),
    ],
    "one_account": [
        ("UPDATE billing_payment SET patient_id = '{other_patient}' WHERE id = '{payment}'",),
        ("UPDATE billing_refund SET patient_id = '{other_patient}' WHERE id = '{credit_refund}'",),
        (update("paid", patient_id="'{other_patient}'"),),
    ],
    "write_off_reversals": [
        ("UPDATE billing_writeoff SET amount = amount - 1 WHERE id = '{whole_reversed}'",),
        (copy("billing_writeoff", "{write_off}", amount="-1", reverses_id="'{whole_reversed}'"),),
        ("UPDATE billing_writeoff SET reverses_id = id WHERE id = '{write_off}'",),
    ],
    "credit_note_lines": [
        ("DELETE FROM billing_creditnoteline",),
        ("UPDATE billing_creditnote SET tax_amount = 1",),
        ("UPDATE billing_creditnoteline SET total_amount = total_amount + 1",),
    ],
    "credit_note_items": [("UPDATE billing_creditnoteline SET item_id = '{issued_item}'",)],
    "corrected_in_full": [(update("draft", corrects_id="'{issued}'"),)],
    "credited_items": [("UPDATE billing_creditnoteline SET total_amount = 10000 WHERE item_id = '{credited_item}'",)],
    "credit_note_numbers": [
        ("UPDATE billing_creditnote SET number = 'CN-1999-000001'",),
        ("UPDATE billing_creditnote SET number = 'CN-{year}-1'",),
    ],
    "invoice_series": [
        (update("issued", reg_number="'{far_number}'"),),
        ("UPDATE billing_numberseries SET last_number = last_number - 1 WHERE document = 'INV'",),
        ("UPDATE billing_numberseries SET last_number = last_number + 1 WHERE document = 'INV'",),
        ("UPDATE billing_numberseries SET year = 1999 WHERE document = 'INV'",),
        ("DELETE FROM billing_numberseries WHERE document = 'INV'",),
        ("DELETE FROM billing_invoice WHERE id = '{issued}'",),
        ("INSERT INTO billing_numberseries (document, year, last_number) VALUES ('INV', 1999, 3)",),
    ],
    "credit_note_series": [
        ("UPDATE billing_creditnote SET number = 'CN-{year}-000007'",),
        ("UPDATE billing_numberseries SET last_number = 0 WHERE document = 'CN'",),
    ],
    "receipt_numbers": [
        ("UPDATE billing_payment SET receipt_number = 'REC-1999-000001' WHERE id = '{credit}'",),
        ("UPDATE billing_payment SET receipt_number = 'paid' WHERE id = '{credit}'",),
    ],
    "events": [
        ("DELETE FROM billing_invoiceevent WHERE invoice_id = '{paid}' AND version = 2",),
        ("DELETE FROM billing_invoiceevent WHERE invoice_id = '{draft}'",),
        (update("issued", version="version + 1"),),
        (event("issued", "ISSUED"),),
    ],
    "last_event": [(update("issued", status="'PAID'"),), (event("issued", "PAID", "version"),)],
    "moves": [
        ("UPDATE billing_invoiceevent SET status = 'VOID' WHERE invoice_id = '{paid}' AND version = 2",),
        ("UPDATE billing_invoiceevent SET status = 'WRITTEN_OFF' WHERE invoice_id = '{draft}'",),
    ],
    "closed_periods": [
        (
            copy(
                "billing_payment",
                "{credit}",
                received_at="'{closed}'",
                created_at="'{later}'",
                receipt_number="'REC-X'",
            ),
        ),
        (
            update("issued", issue_date="'{closed}'"),
            "UPDATE billing_invoiceevent SET created_at = '{later}' WHERE invoice_id = '{issued}'",
        ),
        (
            update("void", issue_date="'{closed}'"),
            "UPDATE billing_invoiceevent SET created_at = '{later}' WHERE invoice_id = '{void}' AND kind = 'voided'",
        ),
    ],
    "closings": [
        (enter("billing_booksclosing", created_at="'{later}'", closed_through="'{long_ago}'", reason="'again'"),),
        (enter("billing_booksclosing", closed_through="'{today}'", reason="'early'"),),
    ],
    "orphans": [
        ("DELETE FROM billing_invoiceitem WHERE id = '{credited_item}'",),
        ("DELETE FROM billing_payment WHERE id = '{payment}'",),
        (update("issued", patient_id="'{new}'"),),
    ],
    "codes": [
        ("UPDATE billing_payment SET method = 'shells' WHERE id = '{credit}'",),
        ("UPDATE billing_invoiceevent SET kind = 'forged' WHERE invoice_id = '{draft}'",),
        ("UPDATE billing_numberseries SET document = 'XX' WHERE document = 'INV'",),
    ],
    "bounds": [
        ("UPDATE billing_payment SET amount = 1000000000000 WHERE id = '{credit}'",),
        (update("draft", discount_amount="-1"),),
        ("UPDATE billing_invoiceitem SET quantity = -1000 WHERE id = '{draft_item}'",),
    ],
    "currency": [
        (update("issued", currency="'XXX'"),),
        ("UPDATE billing_payment SET currency = 'XXX' WHERE id = '{credit}'",),
        ("UPDATE billing_creditnote SET currency = 'XXX'",),
        ("UPDATE billing_refund SET currency = 'XXX'",),
    ],
    "appointments": [(update("paid", patient_id="'{other_patient}'"),)],
    # These two are broken by the tests further down.
    "triggers": [],
    "constraints": [],
}


@contextmanager
def behind_every_guard():
    """Neither triggers nor references nor CHECK constraints hold inside; what is written is rolled back."""
    connection.check_constraints()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            triggers.drop(connection)
            cursor.execute("PRAGMA ignore_check_constraints=ON")
        else:
            for table, name in declared_checks():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            cursor.execute("SET LOCAL session_replication_role = replica")
        try:
            yield cursor
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints=OFF")
            transaction.set_rollback(True)


def declared_checks():
    for model in apps.get_app_config("billing").get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, CheckConstraint):
                yield model._meta.db_table, constraint.name


def broken_names():
    return {finding.name for finding in check_books()}


class TestSoundBooks:
    def test_empty_books_agree_with_themselves(self, db):
        assert check_books() == []

    def test_books_with_something_of_everything_agree_with_themselves(self, db, noon):
        build_books()

        assert check_books() == []

    def test_a_draft_that_gave_its_deposit_back_may_go_to_another_patient(self, db, supervisor, noon):
        draft = InvoiceFactory(deposit="40.00")
        act = {"by": supervisor, "at": noon}

        refund(draft, amount=Decimal(40), method=PaymentMethod.CASH, reason="Another patient's", **act)
        update_invoice(draft, InvoiceInput(fields={"patient": PatientFactory()}), **act)

        assert check_books() == []

    def test_every_invariant_is_answered_once(self, db):
        assert [finding.name for finding in examine()] == INVARIANTS

    def test_every_invariant_has_a_name_and_a_sentence_of_its_own(self, db):
        findings = list(examine())

        assert len({finding.name for finding in findings}) == len(findings)
        assert len({finding.sentence for finding in findings}) == len(findings)

    @pytest.mark.django_db(transaction=True)
    def test_are_read_outside_of_a_transaction(self):
        InvoiceFactory(paid=True)

        assert check_books() == []
        assert not connection.in_atomic_block
        InvoiceFactory(paid=True)


class TestBrokenBooks:
    def test_no_invariant_goes_untried(self):
        assert set(BREAKS) == set(INVARIANTS)

    def test_are_found_out(self, db, noon, subtests):
        books = build_books() | {"later": "2026-06-16 12:00:00+00:00"}

        for name, ways in BREAKS.items():
            for statements in ways:
                with subtests.test(name, statements=statements), behind_every_guard() as cursor:
                    for statement in statements:
                        cursor.execute(statement.format(**books))

                    assert finding_of(name).count

    def test_are_told_with_their_ids(self, db):
        invoices = [InvoiceFactory(issued=True) for _ in range(3)]
        with behind_every_guard() as cursor:
            cursor.execute("UPDATE billing_invoice SET paid_amount = 1")

            finding = next(finding for finding in check_books(keep=2) if finding.name == "paid_amount")

        assert finding.count == 3
        assert len(finding.ids) == 2
        assert set(finding.ids) <= {str(invoice.pk) for invoice in invoices}

    def test_are_those_in_another_currency_than_the_settings(self, db):
        InvoiceFactory()

        with override_settings(CLINIC_CURRENCY="CHF"):
            assert broken_names() == {"currency"}

    def test_are_those_without_a_trigger(self, db):
        triggers.drop(connection)

        (finding,) = check_books(keep=3)

        assert finding.name == "triggers"
        assert finding.count == len(triggers.expected(connection))

    def test_are_those_without_a_constraint(self, db):
        lost = CheckConstraint(condition=~Q(name=""), name="tag_lost")
        with mock.patch.object(Tag._meta, "constraints", [lost]):
            (finding,) = check_books()

        assert (finding.name, finding.ids) == ("constraints", ["tag_lost"])
