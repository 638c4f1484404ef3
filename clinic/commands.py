"""How a command that works on the clinic's records behaves: signed, dry until told, readable, or JSON."""

import json
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

from clinic.domain.audit import audit_context
from clinic.domain.errors import RuleBroken
from clinic.domain.permissions import SYSTEM


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command has to say: a line that sums it up, what is shown above it, and the same as plain facts."""

    summary: str
    facts: dict[str, Any]
    shown: tuple[RenderableType, ...] = ()
    failed: bool = False


class ClinicCommand(RichCommand):
    """A command whose work is `run()`. What it writes is signed "manage.py <name>".

    `--json` prints the facts of its outcome and nothing else. A rule's no, and an outcome that failed, end it with
    exit code 1.
    """

    is_quiet = False

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return type(self).__module__.rpartition(".")[2]

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_options(parser)
        parser.add_argument("--json", action="store_true", dest="as_json", help="Answer with JSON alone.")

    def add_options(self, parser: ArgumentParser) -> None:
        """Declare what the command can be told, beside what all are told."""

    def run(self, options: Mapping[str, Any]) -> Outcome | None:
        """Do the work; None when there is nothing to say. RuleBroken and CommandError end it with their sentence."""
        raise NotImplementedError("A command says what it does.")

    def make_rich_console(self, **options: Any) -> Console:
        """A console that prints names as they are: nothing in them is markup or an emoji."""
        return super().make_rich_console(markup=False, highlight=False, emoji=False, **options)

    def handle(self, *_: Any, **options: Any) -> None:
        self.is_quiet = options["as_json"]
        try:
            with audit_context(client=f"manage.py {self.name}"):
                outcome = self.run(options)
        except RuleBroken as refusal:
            raise CommandError(refusal.detail) from refusal
        if outcome is not None:
            self._tell(outcome)

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
            SpinnerColumn("line"),  # a step may take long, and seem to stand still
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda steps=1: bar.advance(task, steps)

    def _tell(self, outcome: Outcome) -> None:
        if self.is_quiet:
            self.stdout.write(json.dumps(outcome.facts, default=plain, ensure_ascii=False, indent=2))
        else:
            for part in outcome.shown:
                self.console.print(part)
                self.console.print()
        if outcome.failed:
            raise CommandError(outcome.summary)
        if not self.is_quiet:
            self.console.print(outcome.summary, soft_wrap=True)


class DryRunCommand(ClinicCommand):
    """A command that says what it would do; with `--commit` it does it. `run()` reads `options["commit"]`."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        told = parser.add_mutually_exclusive_group()
        told.add_argument("--commit", action="store_true", help="Do it; without this, only say what would be done.")
        told.add_argument("--dry-run", action="store_true", help="Only say what would be done: the default.")

    def handle(self, *args: Any, **options: Any) -> None:
        options["commit"] = options["commit"] and not options["dry_run"]
        super().handle(*args, **options)


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """A table without a frame, its rows on one line each; the columns named in `right` hold figures."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        figures = column in right
        table.add_column(column, justify="right" if figures else "left", no_wrap=True, overflow="ellipsis")
    return table


def format_amount(amount: Decimal) -> str:
    """An amount as a table shows it.

    >>> format_amount(Decimal("1234567.50"))
    '1,234,567.50'
    """
    return f"{amount:,.2f}"


def parse_date_option(value: str | date, option: str) -> date:
    """The day that an option names; CommandError when it names none between 1900 and 2200."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        day = datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        raise CommandError(f"{option}: “{value}” is not a day; write it like 2026-01-31.") from None
    if not 1900 <= day.year <= 2200:
        raise CommandError(f"{option}: the year {day.year} is not between 1900 and 2200.")
    return day


def parse_amount_option(value: str | Decimal, option: str) -> Decimal:
    """The amount of money that an option names, from a cent up; CommandError when it names none."""
    try:
        amount = Decimal(value)
        exact = amount.quantize(Decimal("0.01"))
    except (InvalidOperation, ValueError):
        raise CommandError(f"{option}: “{value}” is not an amount; write it like 12.50.") from None
    if exact != amount or not 0 < exact < 10**10:
        raise CommandError(f"{option}: {value} is not an amount in cents above zero and below ten thousand million.")
    return exact


def parse_count_option(value: str | int, option: str, *, least: int = 1) -> int:
    """The whole number that an option names; CommandError when it is below `least`, or no number."""
    try:
        count = int(value)
    except ValueError:
        raise CommandError(f"{option}: “{value}” is not a whole number.") from None
    if count < least:
        raise CommandError(f"{option}: the least is {least}, not {count}.")
    return count


def parse_reason_option(value: str | None, *, max_length: int) -> str:
    """Return the reason of `--reason`, "" without one; CommandError if it is longer than `max_length`."""
    reason = str(value or "").strip()
    if len(reason) > max_length:
        raise CommandError(f"--reason: at most {max_length} characters.")
    return reason


def check_user_option(username: str) -> None:
    """CommandError unless `parse_user_option` would find, or make, the login."""
    if username != SYSTEM and not User.objects.filter(username=username, is_active=True).exists():
        raise CommandError(f"--by: there is no active login “{username}”.")


def parse_user_option(username: str) -> User:
    """The active login that signs; CommandError without one. `system` is made when it is first needed.

    Nobody can log in as `system`: it has no password.
    """
    check_user_option(username)
    if username == SYSTEM:
        return User.objects.get_or_create(username=SYSTEM, defaults={"password": make_password(None)})[0]
    return User.objects.get(username=username)


def plain(value: object) -> object:
    """A fact as JSON knows it: amounts as numbers, days and ids as text."""
    match value:
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
    raise TypeError(f"{value!r} cannot be told in JSON")
