"""Render the stored representations of invoices that are missing or outdated.

Run it after an upgrade or a change of the clinic's time zone. Until then, such invoices are served more slowly.
"""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from billing.models import Invoice
from billing.operations.stored_representations import render_again
from clinic.commands import ClinicCommand, Outcome


class Command(ClinicCommand):
    """`manage.py write_documents [--all] [--json]`."""

    help = (
        "Render the stored documents of invoices that are missing or outdated. Run it after an upgrade or a change of "
        "the clinic's time zone; until then, such invoices are served more slowly."
    )

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="Check every invoice, and write the documents that differ."
        )

    def run(self, options: Mapping[str, Any]) -> Outcome:
        invoices = Invoice.objects.all() if options["all"] else Invoice.objects.with_old_representations()
        written = 0
        with self.progress("Invoices", invoices.count()) as step:
            for seen, changed in render_again(invoices):
                written += changed
                step(seen)
        return Outcome(summary=f"{written:,} documents were written.", facts={"written": written})
