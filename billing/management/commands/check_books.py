"""Check the books for consistency. Exit code 1 and a table if they are not.

Daily, without --full, it verifies
- for all rows: the sums of payments, allocations, refunds, credit notes and
  write-offs; number series; closed periods; events; references; triggers and
  constraints; codes, limits and currencies;
- for invoices changed since their last check: totals, status, number, items,
  search text, credited items and stored representation.
This takes seconds. If no check fails, these invoices are recorded as checked,
at their current version.

With --full, it verifies all of this for every invoice, which takes minutes for
a million invoices. Run it after an upgrade or a restore, and once a month: only
a full check finds an invoice that was checked before and then changed by SQL
that bypassed the triggers, kept the version and changed no sum.

The check reads one snapshot of the database and blocks nobody.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core.management.base import CommandParser, DjangoHelpFormatter
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from billing.reports.books_check import BooksCheck, Finding, run_books_check
from clinic.commands import ClinicCommand, Outcome, parse_count_option, plain_table

HELP = __doc__ or ""


class HelpFormatter(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Django's order of the options, and the lines of the description as they are."""


class Command(ClinicCommand):
    """`manage.py check_books [--full] [--all] [--ids N] [--json]`."""

    help = HELP

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(*args, formatter_class=HelpFormatter, **kwargs)

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--full", action="store_true", help="Check every invoice, including those checked before.")
        parser.add_argument("--all", action="store_true", help="Also list the checks that passed.")
        parser.add_argument("--ids", default=10, help="Number of ids to show for each failed check (default: 10).")

    def run(self, options: Mapping[str, Any]) -> Outcome:
        keep = parse_count_option(options["ids"], "--ids", least=0)
        progress = partial(self.progress, "Invoices")
        result = run_books_check(full=options["full"], record=True, keep=keep, progress=progress)
        return books_outcome(result, full=options["full"], show_passed=options["all"])


def books_outcome(result: BooksCheck, *, full: bool, show_passed: bool = False) -> Outcome:
    """Return what a command prints of a check: a table of the violated invariants, with `show_passed` of all."""
    return Outcome(
        summary=_summary(result),
        facts={
            "agree": not result.violated,
            "full": full,
            "invoices_checked": result.invoices,
            "recorded": result.recorded,
            "invariants": [_facts(finding) for finding in result.findings],
        },
        shown=(*_tables(result.findings if show_passed else result.violated), *map(_ids, result.violated)),
        failed=bool(result.violated),
    )


def _summary(result: BooksCheck) -> str:
    if result.violated:
        count = len(result.violated)
        return f"The books are not consistent: {count} of {len(result.findings)} checks failed."
    agree = f"The books are consistent: all {len(result.findings)} checks passed."
    if result.recorded:
        return agree
    return f"{agree}\nRecords changed during the check, so the next one covers the same invoices again."


def _facts(finding: Finding) -> dict[str, Any]:
    return {"name": finding.name, "sentence": finding.sentence, "count": finding.count, "ids": finding.ids}


def _tables(findings: list[Finding]) -> list[Table]:
    """Return a table of the findings, or nothing if there are none."""
    if not findings:
        return []
    table = plain_table("Failed", "Check", "Rule", right=("Failed",))
    table.columns[2].no_wrap = False
    for finding in findings:
        answer = Text(f"{finding.count:,}", "bold red") if finding.count else Text("ok", "green")
        table.add_row(answer, finding.name, finding.sentence)
    return [table]


def _ids(finding: Finding) -> RenderableType:
    lines = [f"{finding.name}: {finding.count:,}", *(f"  {reported}" for reported in finding.ids)]
    if finding.count > len(finding.ids):
        lines.append(f"  and {finding.count - len(finding.ids):,} more")
    return Text("\n".join(lines))
