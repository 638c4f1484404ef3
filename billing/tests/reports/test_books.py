"""The result of the books check for a page: what is broken, and what to open."""

import pytest

from billing.models import Invoice, Payment
from billing.reports import books_check_results
from billing.reports.books_check import INVARIANTS, Finding
from billing.reports.books_check_results import Offender, books_result
from billing.tests.factories import InvoiceFactory, PaymentFactory


@pytest.fixture
def findings(monkeypatch):
    """The check finds these, whatever the books are like."""

    def findings(*ids, count=None):
        found = Finding("sums", "What adds up, adds up.", list(ids), len(ids) if count is None else count)
        monkeypatch.setattr(books_check_results, "check_books", lambda *, keep: [found])

    return findings


class TestSoundBooks:
    def test_agree_with_themselves(self, desk, noon):
        InvoiceFactory(part_paid=True)

        found = books_result()

        assert (found.agree, found.broken, found.promises) == (True, (), len(INVARIANTS))
        assert found.checked_at == noon


class TestABrokenPromise:
    def test_is_told_with_its_sentence_and_how_often(self, desk, findings):
        findings("INV-2026-000007", count=30)

        (broken,) = books_result(keep=1).broken

        assert (broken.name, broken.sentence, broken.count, broken.more) == ("sums", "What adds up, adds up.", 30, 29)
        assert not books_result().agree

    def test_leads_to_the_records_behind_it(self, desk, findings):
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

        (broken,) = books_result().broken

        assert list(broken.offenders) == [Offender(str(told), to, str(key)) for told, (to, key) in rows.items()]

    def test_finds_the_row_in_a_sentence_about_a_column(self, desk, findings):
        invoice = InvoiceFactory()
        told = f"billing_invoice.total_amount of {invoice.pk}"
        findings(told)

        (broken,) = books_result().broken

        assert broken.offenders == (Offender(told, "billing.Invoice", str(invoice.pk)),)

    def test_says_what_cannot_be_opened(self, desk, findings):
        findings("invoice_amount_bounds", "INV-2026-000004 to INV-2026-000005", "00000000-0000-4000-8000-000000000000")

        (broken,) = books_result().broken

        assert [offender.label for offender in broken.offenders] == ["", "", ""]

    @pytest.mark.parametrize("payments", [1, 12])
    def test_takes_as_many_statements_however_many_rows_break_it(self, desk, findings, statements, payments):
        found = [str(PaymentFactory().pk) for _ in range(payments)]
        findings(*found, str(InvoiceFactory().reg_number))

        assert statements(books_result) == 11
        assert Invoice.objects.count() == 1
