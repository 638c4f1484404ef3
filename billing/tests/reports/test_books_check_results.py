"""check_books results for the admin: the violated invariants, and the records to open."""

import pytest

from billing.models import Invoice, Payment
from billing.reports import books_check_results
from billing.reports.books_check import INVARIANTS, Finding
from billing.reports.books_check_results import Violation, books_result
from billing.tests.factories import InvoiceFactory, PaymentFactory


@pytest.fixture
def findings(monkeypatch):
    """`findings(*ids)`: the check reports these, whatever the books are like."""

    def findings(*ids, count=None):
        found = Finding("sums", "What adds up, adds up.", list(ids), len(ids) if count is None else count)
        monkeypatch.setattr(books_check_results, "check_books", lambda **_: [found])

    return findings


class TestSoundBooks:
    def test_consistent_books_have_no_violated_invariant(self, actor, noon):
        InvoiceFactory(part_paid=True)

        found = books_result()

        assert (found.is_consistent, found.violated, found.invariant_count) == (True, (), len(INVARIANTS))
        assert found.checked_at == noon


class TestViolatedInvariant:
    def test_violated_invariant_has_its_sentence_and_count(self, actor, findings):
        findings("INV-2026-000007", count=30)

        (violated,) = books_result(keep=1).violated

        assert (violated.name, violated.sentence, violated.count, violated.more) == (
            "sums",
            "What adds up, adds up.",
            30,
            29,
        )
        assert not books_result().is_consistent

    def test_violations_have_the_records_to_open(self, actor, findings):
        invoice = InvoiceFactory(written_off=True)
        paid = InvoiceFactory(paid=True, credited=True)
        payment = Payment.objects.get()
        rows = {
            invoice.pk: ("billing.Invoice", invoice.pk),
            invoice.reg_number: ("billing.Invoice", invoice.pk),
            invoice.items.get().pk: ("billing.Invoice", invoice.pk),
            invoice.write_offs.get().pk: ("billing.WriteOff", invoice.write_offs.get().pk),
            payment.pk: ("billing.Payment", payment.pk),
            payment.receipt_number: ("billing.Payment", payment.pk),
            payment.allocations.first().pk: ("billing.Payment", payment.pk),
            paid.credit_notes.get().number: ("billing.CreditNote", paid.credit_notes.get().pk),
        }
        findings(*map(str, rows))

        (violated,) = books_result().violated

        assert list(violated.violations) == [
            Violation(str(reported), to, str(key)) for reported, (to, key) in rows.items()
        ]

    def test_violation_reported_with_its_column_has_its_record(self, actor, findings):
        invoice = InvoiceFactory()
        reported = f"billing_invoice.total_amount of {invoice.pk}"
        findings(reported)

        (violated,) = books_result().violated

        assert violated.violations == (Violation(reported, "billing.Invoice", str(invoice.pk)),)

    def test_violation_without_a_record_has_no_model(self, actor, findings):
        findings("invoice_amount_bounds", "INV-2026-000004 to INV-2026-000005", "00000000-0000-4000-8000-000000000000")

        (violated,) = books_result().violated

        assert [violation.model for violation in violated.violations] == ["", "", ""]

    @pytest.mark.parametrize("payments", [1, 12])
    def test_result_takes_the_same_queries_however_many_violations(self, actor, findings, queries, payments):
        found = [str(PaymentFactory().pk) for _ in range(payments)]
        findings(*found, str(InvoiceFactory().reg_number))

        assert queries(books_result) == 11
        assert Invoice.objects.count() == 1
