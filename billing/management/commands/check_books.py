"""Asks the whole database whether every promise of the books is kept; ends with exit code 1 when one is not."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from billing.reports.books_check import INVARIANTS, Finding, examine
from clinic.commands import ClinicCommand, Outcome, parse_count_option, plain_table


class Command(ClinicCommand):
    """`manage.py check_books [--all] [--ids N] [--json]`."""

    help = __doc__ or ""

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="Show the invariants that hold, too.")
        parser.add_argument("--ids", default=10, help="How many ids to show of what breaks an invariant (10).")

    def run(self, options: Mapping[str, Any]) -> Outcome:
        keep = parse_count_option(options["ids"], "--ids", least=0)
        findings = []
        with self.progress("Invariants", len(INVARIANTS)) as step:
            for finding in examine(keep=keep):
                findings.append(finding)
                step()
        broken = [finding for finding in findings if finding.count]
        return Outcome(
            summary=_summary(len(broken), len(findings)),
            facts={"agree": not broken, "invariants": [_facts(finding) for finding in findings]},
            shown=(*_tables(findings if options["all"] else broken), *map(_ids, broken)),
            failed=bool(broken),
        )


def _summary(broken: int, asked: int) -> str:
    if broken:
        return f"The books do not agree with themselves: {broken} of {asked} invariants are broken."
    return f"The books agree with themselves: {asked} invariants hold."


def _facts(finding: Finding) -> dict[str, Any]:
    return {"name": finding.name, "sentence": finding.sentence, "count": finding.count, "ids": finding.ids}


def _tables(findings: list[Finding]) -> list[Table]:
    """The findings as a table; none where there is nothing to show."""
    if not findings:
        return []
    table = plain_table("Breaks", "Invariant", "What holds", right=("Breaks",))
    table.columns[2].no_wrap = False
    for finding in findings:
        answer = Text(f"{finding.count:,}", "bold red") if finding.count else Text("ok", "green")
        table.add_row(answer, finding.name, finding.sentence)
    return [table]


def _ids(finding: Finding) -> RenderableType:
    lines = [f"{finding.name}: {finding.count:,}", *(f"  {offender}" for offender in finding.ids)]
    if finding.count > len(finding.ids):
        lines.append(f"  and {finding.count - len(finding.ids):,} more")
    return Text("\n".join(lines))
