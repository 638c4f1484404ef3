"""`manage.py check_books`: a table and exit code 0 when the books agree with themselves, 1 when they do not."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from billing.models import triggers
from billing.reports.books_check import INVARIANTS
from billing.tests.factories import InvoiceFactory


def told(*arguments, **options):
    out = StringIO()
    call_command("check_books", *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def broken(db):
    """Books with an issued invoice whose trigger-less table was written to by hand."""
    invoice = InvoiceFactory(issued=True)
    connection.check_constraints()
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_invoice SET search_text = 'nothing'")
    triggers.create(connection)
    return invoice


class TestCheckBooks:
    def test_tells_that_sound_books_agree_with_themselves(self, db):
        InvoiceFactory(paid=True)

        answer = told()

        assert f"The books agree with themselves: {len(INVARIANTS)} invariants hold." in answer
        assert not any(name in answer for name in INVARIANTS)

    def test_shows_what_holds_when_asked(self, db):
        answer = told("--all")

        assert all(name in answer for name in INVARIANTS)

    def test_fits_eighty_columns_and_is_plain_when_piped(self, db):
        lines = told().splitlines()

        assert max(map(len, lines)) <= 80
        assert "\x1b" not in "".join(lines)

    def test_names_what_is_broken_and_fails(self, broken):
        out = StringIO()

        with pytest.raises(CommandError, match=f"1 of {len(INVARIANTS)} invariants are broken") as error:
            call_command("check_books", stdout=out)

        assert error.value.returncode == 1
        assert f"search_text: 1\n  {broken.pk}" in out.getvalue()

    def test_shows_no_more_ids_than_asked_for(self, broken):
        InvoiceFactory(issued=True)
        out = StringIO()

        with pytest.raises(CommandError):
            call_command("check_books", "--ids", "0", stdout=out)

        assert "and 1 more" in out.getvalue()
        assert str(broken.pk) not in out.getvalue()

    def test_answers_in_json(self, db):
        facts = json.loads(told("--json"))

        assert facts["agree"] is True
        assert [invariant["name"] for invariant in facts["invariants"]] == INVARIANTS

    def test_answers_in_json_of_broken_books_too(self, broken):
        out = StringIO()

        with pytest.raises(CommandError):
            call_command("check_books", "--json", stdout=out)

        facts = json.loads(out.getvalue())
        assert facts["agree"] is False
        assert [each["ids"] for each in facts["invariants"] if each["count"]] == [[str(broken.pk)]]

    def test_refuses_a_number_of_ids_that_is_none(self, db):
        with pytest.raises(CommandError, match="--ids"):
            told("--ids", "many")
