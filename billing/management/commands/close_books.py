"""Command that closes the books through a day, permanently, after a preview of the records concerned."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from rich.table import Table

from billing.models import BooksClosing
from billing.operations.closing import close_books
from billing.reports.closing_effect import closing_effect
from billing.rules.limits import REASON_LENGTH
from clinic.commands import (
    DryRunCommand,
    Outcome,
    check_user_option,
    parse_date_option,
    parse_reason_option,
    parse_user_option,
    plain_table,
)


class Command(DryRunCommand):
    help = (
        "Close the books through a date. After that, no document, payment or reversal can be dated on or before it. "
        "The date can only move forward. Only reports what it would do, unless --commit is given."
    )

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--through", required=True, metavar="DATE", help="The last day of the period to close.")
        parser.add_argument(
            "--reason", default="", help="The reason, such as “Q1 handed over”. Required with --commit."
        )
        parser.add_argument(
            "--by", default="", metavar="LOGIN", help="The username of the supervisor. Required with --commit."
        )

    def run(self, options: Mapping[str, Any]) -> Outcome:
        through = parse_date_option(options["through"], "--through")
        reason, at = parse_reason_option(options["reason"], max_length=REASON_LENGTH), timezone.now()
        if options["commit"] and not (reason and options["by"]):
            raise CommandError("--commit needs --reason and --by: both are recorded.")
        if options["by"]:
            check_user_option(options["by"])
        effect = {"committed": False, **asdict(closing_effect(through))}
        BooksClosing.objects.check_closing(through, at=at)
        if options["commit"]:
            close_books(through=through, reason=reason, by=parse_user_option(options["by"]), at=at)
            return Outcome(f"The books are closed through {through}.", effect | {"committed": True})
        summary = f"Would close the books through {through}. Nothing was changed; add --commit to do it."
        return Outcome(summary, effect, (table_of(effect),))


def table_of(effect: Mapping[str, Any]) -> Table:
    """Return the facts as a table."""
    table = plain_table("", "")
    table.show_header = False
    for name, value in (
        ("Closed through", effect["closed_through"] or "not closed yet"),
        ("Invoices in the period to close", effect["invoices"]),
        ("  of which still open", effect["still_open"]),
        ("Drafts in the period, which will need another date", effect["drafts"]),
    ):
        table.add_row(name, str(value))
    return table
