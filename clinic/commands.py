"""Base classes of management commands: text or JSON output, dry run unless `--commit`; and readers of their options."""

import json
import re
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django_rich.management import RichCommand
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from clinic.domain.amounts import MAX_MONEY, MONEY_DECIMALS
from clinic.domain.audit_context import audit_context
from clinic.domain.dates import YEARS
from clinic.domain.errors import RuleBroken
from clinic.domain.permissions import SYSTEM
from clinic.domain.text import clean, strip, text_error

_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")  # what json.dumps leaves as it is


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command: a line that sums it up, the parts shown above it, and the same as facts for JSON."""

    summary: str
    facts: dict[str, Any]
    shown: tuple[RenderableType, ...] = ()
    failed: bool = False


class _CleanConsole(Console):
    """Console that prints no control character of a stored text: a terminal would obey it."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(clean(text, multiline=True), **options)


class ClinicCommand(RichCommand):
    """A command whose work is `run()`. The client of what it writes is "manage.py <name>".

    `--json` prints only the facts of its outcome. RuleBroken and an outcome that failed end it with exit code 1.
    """

    is_quiet = False

    @property
    def name(self) -> str:
        """The command's name on the command line."""
        return type(self).__module__.rpartition(".")[2]

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_options(parser)
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print only JSON.")

    def add_options(self, parser: ArgumentParser) -> None:
        """Declare the options of this command, in addition to those of every command."""

    def run(self, options: Mapping[str, Any]) -> Outcome | None:
        """Do the work and return its outcome, None for no output. RuleBroken and CommandError are printed as errors."""
        raise NotImplementedError("A command implements run().")

    def make_rich_console(self, **options: Any) -> Console:
        """Return a console that prints names as they are, not as markup or emoji."""
        return _CleanConsole(markup=False, highlight=False, emoji=False, **options)

    def handle(self, *_: Any, **options: Any) -> None:
        self.is_quiet = options["as_json"]
        try:
            with audit_context(client=f"manage.py {self.name}"):
                outcome = self.run(options)
        except RuleBroken as refusal:
            raise CommandError(clean(refusal.detail, multiline=True)) from refusal
        if outcome is not None:
            self._print(outcome)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[..., None]]:
        """Yield a function to call after each step, or with the number of steps: a bar on a terminal, else one line."""
        if not self.console.is_terminal or self.is_quiet:
            done = [0]
            yield lambda steps=1: done.append(steps)
            if not self.is_quiet:
                self.console.print(f"{what}: {sum(done):,} of {total:,}")
            return
        columns = (
            SpinnerColumn("line"),  # shows during a long step that the command still runs
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda steps=1: bar.advance(task, steps)

    def _print(self, outcome: Outcome) -> None:
        if self.is_quiet:
            text = json.dumps(outcome.facts, default=json_default, ensure_ascii=False, indent=2)
            self.stdout.write(_UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
        else:
            for part in outcome.shown:
                self.console.print(part)
                self.console.print()
        if outcome.failed:
            raise CommandError(outcome.summary)
        if not self.is_quiet:
            self.console.print(outcome.summary, soft_wrap=True)


class DryRunCommand(ClinicCommand):
    """A command that only reports what it would do, unless `--commit` is given. `run()` reads `options["commit"]`."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument(
            "--commit", action="store_true", help="Make the changes; without this option, only report them."
        )
        mode.add_argument("--dry-run", action="store_true", help="Only report what would be done (the default).")

    def handle(self, *args: Any, **options: Any) -> None:
        options["commit"] = options["commit"] and not options["dry_run"]
        super().handle(*args, **options)


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """Return a table without a frame, one line for each row; the columns named in `right` are aligned to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", no_wrap=True, overflow="ellipsis")
    return table


def format_amount(amount: Decimal) -> str:
    """Return an amount as a table shows it.

    >>> format_amount(Decimal("1234567.50"))
    '1,234,567.50'
    """
    return f"{amount:,.2f}"


def parse_date_option(value: str | date, option: str) -> date:
    """Return the date that an option names; CommandError if it is no date of YEARS."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        day = datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        raise CommandError(f"{option}: “{value}” is not a date such as 2026-01-31.") from None
    if day.year not in YEARS:
        raise CommandError(f"{option}: the year {day.year} is not between {YEARS[0]} and {YEARS[-1]}.")
    return day


def parse_amount_option(value: str | Decimal, option: str) -> Decimal:
    """Return the amount of money that an option names, at least one cent; CommandError if it is none."""
    try:
        amount = Decimal(value)
        exact = amount.quantize(Decimal(1).scaleb(-MONEY_DECIMALS))
    except (InvalidOperation, ValueError):
        raise CommandError(f"{option}: “{value}” is not an amount such as 12.50.") from None
    if exact != amount or not 0 < exact <= MAX_MONEY:
        raise CommandError(f"{option}: {value} must be in whole cents, above 0 and at most {format_amount(MAX_MONEY)}.")
    return exact


def parse_count_option(value: str | int, option: str, *, least: int = 1) -> int:
    """Return the whole number that an option names; CommandError if it is below `least`, or no number."""
    try:
        count = int(value)
    except ValueError:
        raise CommandError(f"{option}: “{value}” is not a whole number.") from None
    if count < least:
        raise CommandError(f"{option}: must be at least {least}, not {count}.")
    return count


def parse_reason_option(value: str | None, *, max_length: int) -> str:
    """Return the reason of `--reason`, "" without one; CommandError if it is too long or cannot be stored."""
    reason = strip(value or "")
    if error := text_error(reason):
        raise CommandError(f"--reason: {error}")
    if len(reason) > max_length:
        raise CommandError(f"--reason: at most {max_length} characters.")
    return reason


def check_user_option(username: str) -> None:
    """Raise CommandError unless `parse_user_option` would find, or create, the user."""
    if username != SYSTEM and not User.objects.filter(username=username, is_active=True).exists():
        raise CommandError(f"--by: there is no active user “{username}”.")


def parse_user_option(username: str) -> User:
    """Return the active user that is recorded as the author; CommandError without one.

    `system`, as whom nobody can log in, is created when it is first needed.
    """
    check_user_option(username)
    if username == SYSTEM:
        return User.objects.get_or_create(username=SYSTEM, defaults={"password": make_password(None)})[0]
    return User.objects.get(username=username)


def json_default(value: object) -> object:
    """Return a value in a type that JSON has: amounts as numbers, dates and ids as text."""
    match value:
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
    raise TypeError(f"{value!r} cannot be written as JSON")
