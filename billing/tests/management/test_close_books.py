"""The books closed through a day: what is said before, what is asked, and that it never goes back."""

import io
import json
from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command

from billing.models import BooksClosing
from billing.tests.factories import InvoiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
MARCH = datetime(2026, 3, 10, 10, tzinfo=UTC)


def run(*arguments, through="2026-03-31"):
    stdout = io.StringIO()
    call_command("close_books", f"--through={through}", *arguments, stdout=stdout)
    return stdout.getvalue()


def close(*arguments, through="2026-03-31"):
    return run("--commit", "--reason=Q1 handed over", "--by=supervisor", *arguments, through=through)


class TestDryRun:
    def test_dry_run_shows_the_effect(self):
        InvoiceFactory(issued=True, at=MARCH)
        InvoiceFactory(paid=True, at=MARCH)
        InvoiceFactory(at=MARCH, issue_date=MARCH)
        InvoiceFactory(void=True, issued=False, at=MARCH, issue_date=MARCH)
        InvoiceFactory(issued=True)

        output = json.loads(run("--json"))

        assert output == {
            "committed": False,
            "closed_through": None,
            "through": "2026-03-31",
            "invoices": 2,
            "still_open": 1,
            "drafts": 1,
        }

    def test_dry_run_prints_sentences(self):
        lines = [" ".join(line.split()) for line in run().splitlines()]

        assert lines[0] == "Closed through not closed yet"
        assert lines[-1] == "Would close the books through 2026-03-31. Nothing was changed; add --commit to do it."

    @pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
    def test_dry_run_closes_nothing(self, arguments):
        run(*arguments)

        assert BooksClosing.objects.closed_through() is None


class TestCommit:
    def test_commit_closes_the_books_with_the_reason(self, supervisor):
        printed = close()

        closing = BooksClosing.objects.get()
        assert closing.closed_through == date(2026, 3, 31)
        assert (closing.reason, closing.created_by, closing.client) == (
            "Q1 handed over",
            supervisor,
            "manage.py close_books",
        )
        assert printed == "The books are closed through 2026-03-31.\n"

    def test_commit_may_close_yesterday(self, supervisor):
        close(through="2026-06-14")

        assert BooksClosing.objects.closed_through() == date(2026, 6, 14)

    def test_commit_counts_from_the_last_closing_on(self, supervisor):
        InvoiceFactory(issued=True, at=MARCH)
        close()

        assert json.loads(run("--json", through="2026-04-30"))["invoices"] == 0


class TestRefusal:
    @pytest.mark.parametrize("commit", [("--commit", "--reason=Again", "--by=supervisor"), ()])
    @pytest.mark.parametrize("through", ["2026-03-31", "2026-03-30"])
    def test_closing_date_never_moves_back(self, supervisor, through, commit):
        close()

        with pytest.raises(CommandError, match="cannot be moved back"):
            run(*commit, through=through)

        assert BooksClosing.objects.count() == 1

    @pytest.mark.parametrize("through", ["2026-06-15", "2026-06-16"])
    def test_day_that_is_not_over_is_not_closed(self, supervisor, through):
        with pytest.raises(CommandError, match="not over yet"):
            close(through=through)

    @pytest.mark.parametrize("missing", ["--reason=Q1", "--by=supervisor"])
    def test_user_and_reason_are_required(self, supervisor, missing):
        with pytest.raises(CommandError, match="needs --reason and --by"):
            run("--commit", missing)

        assert not BooksClosing.objects.exists()

    def test_unknown_user_is_refused(self):
        with pytest.raises(CommandError, match="no active user “supervisor”"):
            close()

    def test_too_long_reason_is_refused(self, supervisor):
        with pytest.raises(CommandError, match="at most 500"):
            run("--commit", f"--reason={'x' * 501}", "--by=supervisor")

    def test_date_is_required(self):
        with pytest.raises(CommandError, match="--through"):
            run(through="soon")
