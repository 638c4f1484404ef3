"""`manage.py check_books`: exit code 0 if the books are consistent, else 1 and a table of the violated invariants."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from billing.management.commands import check_books
from billing.models import CheckedInvoice, triggers
from billing.reports.books_check import INVARIANTS
from billing.tests.factories import InvoiceFactory


def output(*arguments):
    out = StringIO()
    call_command("check_books", *arguments, stdout=out)
    return out.getvalue()


def failed_output(*arguments):
    """Return the output of a check that fails, and its error."""
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("check_books", *arguments, stdout=out)
    return out.getvalue(), error.value


@pytest.fixture
def broken(db):
    """An issued invoice whose search text was changed past the triggers."""
    invoice = InvoiceFactory(issued=True)
    connection.check_constraints()
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_invoice SET search_text = 'nothing'")
    triggers.create(connection)
    return invoice


class TestOutput:
    def test_consistent_books_are_reported_in_one_line_after_the_progress(self, db):
        InvoiceFactory(paid=True)

        assert output().splitlines() == [
            "Invoices: 1 of 1",
            f"The books are consistent: all {len(INVARIANTS)} checks passed.",
        ]

    def test_all_shows_the_invariants_that_pass(self, db):
        found = output("--all")

        assert all(name in found for name in INVARIANTS)

    def test_output_and_help_fit_eighty_columns_and_have_no_colours_when_piped(self, db, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        texts = [output("--all"), check_books.Command().create_parser("manage.py", "check_books").format_help()]
        lines = [line for text in texts for line in text.splitlines()]

        assert max(map(len, lines)) <= 80
        assert "\x1b" not in "".join(lines)

    def test_violations_are_reported_with_their_ids_and_fail(self, broken):
        found, error = failed_output()

        assert f"1 of {len(INVARIANTS)} checks failed" in str(error)
        assert error.returncode == 1
        assert f"search_text: 1\n  {broken.pk}" in found

    def test_no_more_ids_are_shown_than_asked_for(self, broken):
        InvoiceFactory(issued=True)

        found, _ = failed_output("--ids", "0")

        assert "and 1 more" in found
        assert str(broken.pk) not in found

    def test_a_number_of_ids_that_is_no_number_is_refused(self, db):
        with pytest.raises(CommandError, match="--ids"):
            output("--ids", "many")


class TestFull:
    def test_a_check_skips_invoices_that_were_checked_and_a_full_one_does_not(self, db):
        InvoiceFactory(paid=True)
        output()

        assert "Invoices: 0 of 0" in output()
        assert "Invoices: 1 of 1" in output("--full")

    def test_only_a_full_check_finds_a_checked_invoice_that_was_changed_past_the_triggers(self, broken):
        CheckedInvoice.objects.create(invoice_id=broken.pk, version=broken.version)

        assert "The books are consistent" in output()
        assert "search_text: 1" in failed_output("--full")[0]

    def test_an_invoice_with_a_violation_is_reported_by_every_check_until_it_is_mended(self, broken):
        for _ in range(2):
            assert "search_text: 1" in failed_output()[0]


class TestJSON:
    def test_json_of_consistent_books(self, db):
        InvoiceFactory(paid=True)

        facts = json.loads(output("--json", "--full"))

        assert (facts["agree"], facts["full"], facts["invoices_checked"], facts["recorded"]) == (True, True, 1, True)
        assert [invariant["name"] for invariant in facts["invariants"]] == INVARIANTS
        assert set(facts["invariants"][0]) == {"name", "sentence", "count", "ids"}

    def test_json_of_violations(self, broken):
        facts = json.loads(failed_output("--json")[0])

        assert facts["agree"] is False
        assert facts["recorded"] is False
        assert [each["ids"] for each in facts["invariants"] if each["count"]] == [[str(broken.pk)]]
