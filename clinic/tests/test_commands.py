"""How every command of the desk behaves, whatever it does."""

import io
import json
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from clinic.commands import (
    ClinicCommand,
    DryRunCommand,
    Outcome,
    check_user_option,
    parse_amount_option,
    parse_count_option,
    parse_date_option,
    parse_user_option,
    plain,
    plain_table,
)
from clinic.domain.audit import current_audit_context
from clinic.domain.errors import RuleBroken

pytestmark = pytest.mark.neutral


class Counting(DryRunCommand):
    """A command of three steps."""

    def add_options(self, parser):
        parser.add_argument("--fail", action="store_true")
        parser.add_argument("--break-rule", action="store_true")

    def run(self, options):
        if options["break_rule"]:
            raise RuleBroken("The till is closed.")
        with self.progress("Counting", 3) as advance:
            for _ in range(3):
                advance()
        table = plain_table("Name", "Sum", right=("Sum",))
        table.add_row("Zoë", "12.50")
        facts = {"committed": options["commit"], "client": current_audit_context().client, "sum": Decimal("12.50")}
        return Outcome("Counted 3.", facts, (table,), failed=options["fail"])


class Silent(ClinicCommand):
    """A command with nothing to say."""

    def run(self, options):
        return None


def said(command=Counting, *arguments, **options):
    """What a command printed where no terminal is."""
    stdout = io.StringIO()
    call_command(command(), *arguments, stdout=stdout, **options)
    return stdout.getvalue()


def facts_of(*arguments):
    return json.loads(said(Counting, "--json", *arguments))


class TestCommand:
    def test_is_dry_until_told(self):
        assert facts_of()["committed"] is False
        assert facts_of("--commit")["committed"] is True

    def test_accepts_that_it_is_dry(self):
        assert facts_of("--dry-run")["committed"] is False

    def test_is_not_told_both(self):
        with pytest.raises(CommandError, match="not allowed with"):
            said(Counting, "--commit", "--dry-run")

    def test_stays_dry_when_a_program_tells_it_both(self):
        assert '"committed": false' in said(Counting, "--json", commit=True, dry_run=True)

    def test_signs_with_its_name(self):
        assert facts_of()["client"] == "manage.py test_commands"

    def test_signs_nothing_afterwards(self):
        said()

        assert current_audit_context().client == ""

    def test_ends_with_the_sentence_of_a_broken_rule(self):
        with pytest.raises(CommandError, match=r"The till is closed\.") as refusal:
            said(Counting, "--break-rule")

        assert refusal.value.returncode == 1

    def test_fails_after_it_has_shown_what_it_found(self):
        stdout = io.StringIO()

        with pytest.raises(CommandError, match="Counted 3"):
            call_command(Counting(), "--fail", stdout=stdout)

        assert "Zoë" in stdout.getvalue()

    def test_says_nothing_when_there_is_nothing_to_say(self):
        assert said(Silent) == ""


class TestOutput:
    def test_is_clean_in_a_pipe(self):
        lines = said().splitlines()

        assert lines[0] == "Counting: 3 of 3"
        assert lines[1].split() == ["Name", "Sum"]
        assert lines[2].split() == ["Zoë", "12.50"]
        assert lines[-1] == "Counted 3."
        assert not {"\x1b", "\r"} & set(said())

    def test_has_a_bar_on_a_terminal(self):
        printed = said(Counting, "--force-color")

        assert "━" in printed
        assert "3 of 3" not in printed

    def test_is_nothing_but_json_when_asked(self):
        assert facts_of()["sum"] == 12.5

    def test_fits_eighty_columns(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")

        assert max(map(len, said().splitlines())) <= 80


class TestPlainFacts:
    def test_are_what_json_knows(self):
        key = UUID("f6b8dbd0-5b0f-4f43-8a4a-9b3a1c7a2f11")

        assert [plain(Decimal("0.10")), plain(date(2026, 1, 31)), plain(key)] == [0.1, "2026-01-31", str(key)]

    def test_are_nothing_else(self):
        with pytest.raises(TypeError, match="cannot be told"):
            plain(object())


class TestWhatIsTold:
    def test_a_day(self):
        assert parse_date_option("2026-01-31", "--through") == parse_date_option(date(2026, 1, 31), "--through")

    @pytest.mark.parametrize(
        "wrong", ["31.01.2026", "2026-02-30", "", "0001-01-01", "9999-12-31", "today", datetime(2026, 1, 31)]
    )
    def test_no_day(self, wrong):
        with pytest.raises(CommandError, match="--through: "):
            parse_date_option(wrong, "--through")

    @pytest.mark.parametrize("amount", ["12.50", "12.5", Decimal("12.500")])
    def test_an_amount(self, amount):
        assert parse_amount_option(amount, "--max") == Decimal("12.50")

    @pytest.mark.parametrize("wrong", ["0", "-1", "12.345", "NaN", "Infinity", "1e400", "", "ten", "10000000000"])
    def test_no_amount(self, wrong):
        with pytest.raises(CommandError, match="--max: "):
            parse_amount_option(wrong, "--max")

    def test_a_number(self):
        assert parse_count_option("12", "--limit") == parse_count_option(12, "--limit") == 12

    @pytest.mark.parametrize("wrong", ["0", "-3", "1.5", "many", ""])
    def test_no_number(self, wrong):
        with pytest.raises(CommandError, match="--limit: "):
            parse_count_option(wrong, "--limit")


@pytest.mark.django_db
class TestSigner:
    def test_is_the_login_of_that_name(self, clerk):
        assert parse_user_option("clerk") == clerk

    def test_is_not_somebody_unknown(self):
        with pytest.raises(CommandError, match="no active login “nobody”"):
            parse_user_option("nobody")

    def test_is_not_somebody_who_left(self, clerk):
        User.objects.update(is_active=False)

        with pytest.raises(CommandError, match="no active login"):
            parse_user_option("clerk")

    def test_is_made_when_it_is_the_system(self):
        first, second = parse_user_option("system"), parse_user_option("system")

        assert first == second
        assert not first.has_usable_password()
        assert not first.is_staff

    def test_is_not_made_by_a_look(self):
        check_user_option("system")

        assert not User.objects.exists()
