"""Check the books for consistency. Exit code 1 and a table if they are not.

Daily, without --full, it verifies
- over all rows: the sums of payments, allocations, refunds, credit notes and
  write-offs; number series; closed periods; events; references; triggers and
  constraints; codes, bounds and currencies;
- of the invoices that changed since their last check: totals, status, number,
  items, search text, credited items and stored representation.
It takes seconds. If nothing is found, these invoices count as checked, at the
version that they have.

With --full, it verifies all of that for every invoice. It takes minutes for a
million of them. Run it after an upgrade or a restore, and once a month: only a
full check finds an invoice that was checked before, and was changed by SQL past
the triggers and without a new version, where no sum shows it.

A check reads one snapshot of the database, and nobody waits for it.
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
        parser.add_argument("--full", action="store_true", help="Check every invoice, also those checked before.")
        parser.add_argument("--all", action="store_true", help="Show the invariants that hold, too.")
        parser.add_argument("--ids", default=10, help="How many ids to show of what breaks an invariant (10).")

    def run(self, options: Mapping[str, Any]) -> Outcome:
        keep = parse_count_option(options["ids"], "--ids", least=0)
        progress = partial(self.progress, "Invoices")
        result = run_books_check(full=options["full"], record=True, keep=keep, progress=progress)
        return Outcome(
            summary=_summary(result),
            facts={
                "agree": not result.violated,
                "full": options["full"],
                "invoices_checked": result.invoices,
                "recorded": result.recorded,
                "invariants": [_facts(finding) for finding in result.findings],
            },
            shown=(*_tables(result.findings if options["all"] else result.violated), *map(_ids, result.violated)),
            failed=bool(result.violated),
        )


def _summary(result: BooksCheck) -> str:
    if result.violated:
        count = len(result.violated)
        return f"The books do not agree with themselves: {count} of {len(result.findings)} invariants are broken."
    agree = f"The books agree with themselves: {len(result.findings)} invariants hold."
    if result.recorded:
        return agree
    return f"{agree}\nSomebody wrote meanwhile: the next check verifies the same invoices again."


def _facts(finding: Finding) -> dict[str, Any]:
    return {"name": finding.name, "sentence": finding.sentence, "count": finding.count, "ids": finding.ids}


def _tables(findings: list[Finding]) -> list[Table]:
    """Return a table of the findings, or nothing if there are none."""
    if not findings:
        return []
    table = plain_table("Breaks", "Invariant", "What holds", right=("Breaks",))
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
