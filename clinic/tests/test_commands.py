"""Base classes of management commands: dry run, output, errors, and options."""

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
    json_default,
    parse_amount_option,
    parse_count_option,
    parse_date_option,
    parse_user_option,
    plain_table,
)
from clinic.domain.audit_context import current_audit_context
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


class Naming(ClinicCommand):
    """A command that prints a name that a terminal would obey."""

    name_with_controls = "Eve\x1b[2J\x9b31mGone\u202e"

    def run(self, options):
        table = plain_table("Name")
        table.add_row(self.name_with_controls)
        return Outcome(f"Named {self.name_with_controls}.", {"name": self.name_with_controls}, (table,))


class Silent(ClinicCommand):
    """A command without an outcome."""

    def run(self, options):
        return None


def output_of(command=Counting, *arguments, **options):
    """Return the output of a command without a terminal."""
    stdout = io.StringIO()
    call_command(command(), *arguments, stdout=stdout, **options)
    return stdout.getvalue()


def facts_of(*arguments):
    return json.loads(output_of(Counting, "--json", *arguments))


class TestCommand:
    def test_command_is_a_dry_run_unless_commit_is_given(self):
        assert facts_of()["committed"] is False
        assert facts_of("--commit")["committed"] is True

    def test_dry_run_can_be_asked_for(self):
        assert facts_of("--dry-run")["committed"] is False

    def test_commit_and_dry_run_exclude_each_other(self):
        with pytest.raises(CommandError, match="not allowed with"):
            output_of(Counting, "--commit", "--dry-run")

    def test_call_with_commit_and_dry_run_is_a_dry_run(self):
        assert '"committed": false' in output_of(Counting, "--json", commit=True, dry_run=True)

    def test_command_is_the_client_of_its_changes(self):
        assert facts_of()["client"] == "manage.py test_commands"

    def test_audit_context_ends_with_the_command(self):
        output_of()

        assert current_audit_context().client == ""

    def test_broken_rule_ends_the_command_with_its_sentence(self):
        with pytest.raises(CommandError, match=r"The till is closed\.") as error:
            output_of(Counting, "--break-rule")

        assert error.value.returncode == 1

    def test_failed_outcome_is_printed_before_the_command_fails(self):
        stdout = io.StringIO()

        with pytest.raises(CommandError, match="Counted 3"):
            call_command(Counting(), "--fail", stdout=stdout)

        assert "Zoë" in stdout.getvalue()

    def test_command_without_outcome_prints_nothing(self):
        assert output_of(Silent) == ""


class TestOutput:
    def test_output_in_a_pipe_has_no_control_characters(self):
        lines = output_of().splitlines()

        assert lines[0] == "Counting: 3 of 3"
        assert lines[1].split() == ["Name", "Sum"]
        assert lines[2].split() == ["Zoë", "12.50"]
        assert lines[-1] == "Counted 3."
        assert not {"\x1b", "\r"} & set(output_of())

    @pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["table", "json"])
    def test_output_has_no_control_character_of_a_stored_name(self, arguments):
        printed = output_of(Naming, *arguments)

        assert "Eve" in printed
        assert not set(printed) & set("\x1b\x9b\u202e")

    def test_json_output_keeps_the_name_in_escapes(self):
        assert json.loads(output_of(Naming, "--json"))["name"] == Naming.name_with_controls

    def test_output_on_a_terminal_has_a_progress_bar(self):
        printed = output_of(Counting, "--force-color")

        assert "━" in printed
        assert "3 of 3" not in printed

    def test_output_with_json_is_only_json(self):
        assert facts_of()["sum"] == 12.5

    def test_output_fits_eighty_columns(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")

        assert max(map(len, output_of().splitlines())) <= 80


class TestJsonDefault:
    def test_amounts_dates_and_ids_become_json(self):
        key = UUID("f6b8dbd0-5b0f-4f43-8a4a-9b3a1c7a2f11")

        assert [json_default(value) for value in (Decimal("0.10"), date(2026, 1, 31), key)] == [
            0.1,
            "2026-01-31",
            str(key),
        ]

    def test_other_types_are_refused(self):
        with pytest.raises(TypeError, match="cannot be written as JSON"):
            json_default(object())


class TestOptions:
    def test_date_is_read_as_text_or_as_a_date(self):
        assert parse_date_option("2026-01-31", "--through") == parse_date_option(date(2026, 1, 31), "--through")

    @pytest.mark.parametrize(
        "wrong", ["31.01.2026", "2026-02-30", "", "0001-01-01", "9999-12-31", "today", datetime(2026, 1, 31)]
    )
    def test_invalid_date_is_refused(self, wrong):
        with pytest.raises(CommandError, match="--through: "):
            parse_date_option(wrong, "--through")

    @pytest.mark.parametrize("amount", ["12.50", "12.5", Decimal("12.500")])
    def test_amount_is_read(self, amount):
        assert parse_amount_option(amount, "--max") == Decimal("12.50")

    @pytest.mark.parametrize("wrong", ["0", "-1", "12.345", "NaN", "Infinity", "1e400", "", "ten", "10000000000"])
    def test_invalid_amount_is_refused(self, wrong):
        with pytest.raises(CommandError, match="--max: "):
            parse_amount_option(wrong, "--max")

    def test_count_is_read_as_text_or_as_a_number(self):
        assert parse_count_option("12", "--limit") == parse_count_option(12, "--limit") == 12

    @pytest.mark.parametrize("wrong", ["0", "-3", "1.5", "many", ""])
    def test_invalid_count_is_refused(self, wrong):
        with pytest.raises(CommandError, match="--limit: "):
            parse_count_option(wrong, "--limit")


@pytest.mark.django_db
class TestUserOption:
    def test_user_is_the_login_of_that_name(self, clerk):
        assert parse_user_option("clerk") == clerk

    def test_unknown_user_is_refused(self):
        with pytest.raises(CommandError, match="no active user “nobody”"):
            parse_user_option("nobody")

    def test_inactive_user_is_refused(self, clerk):
        User.objects.update(is_active=False)

        with pytest.raises(CommandError, match="no active user"):
            parse_user_option("clerk")

    def test_system_user_is_created_once_without_a_password(self):
        first, second = parse_user_option("system"), parse_user_option("system")

        assert first == second
        assert not first.has_usable_password()
        assert not first.is_staff

    def test_check_does_not_create_the_system_user(self):
        check_user_option("system")

        assert not User.objects.exists()
