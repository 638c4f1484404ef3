"""Write a backup of the database into one file, while the clinic works."""

from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import CommandError
from django.db import connection

from billing.models import Invoice
from clinic.commands import ClinicCommand, Outcome
from clinic.db.backups import backups_of
from clinic.db.backups.files import BackupError, cleaned_up, new_file


class Command(ClinicCommand):
    """`manage.py backup --output FILE_OR_FOLDER [--verify] [--json]`."""

    help = (
        "Write a backup of the database into one file, while the clinic works. It holds all that was stored before "
        "the command began. The file gets its name once it is complete, is readable by its owner only, and never "
        "replaces another."
    )

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--output",
            required=True,
            metavar="PATH",
            help="The file to write, or a folder in which it gets a name with the date and the time (UTC).",
        )
        parser.add_argument("--verify", action="store_true", help="Read the whole backup after it was written.")

    def run(self, options: Mapping[str, Any]) -> Outcome:
        backups, start = backups_of(connection), monotonic()
        table = Invoice._meta.db_table
        if table not in connection.introspection.table_names():
            raise CommandError("The database has no tables of the product: there is nothing to back up.")
        path = output_path(options["output"], backups.suffix)
        try:
            with cleaned_up(), new_file(path) as unfinished:
                invoices = backups.write(unfinished, count=table)
                if options["verify"]:
                    backups.check(unfinished)
        except BackupError as error:
            raise CommandError(str(error)) from error
        size, seconds = path.stat().st_size, monotonic() - start
        read = ", and read back" if options["verify"] else ""
        return Outcome(
            summary=f"{path}: {invoices:,} invoices, {size:,} bytes, in {seconds:.1f} seconds{read}.",
            facts={
                "file": str(path),
                "invoices": invoices,
                "bytes": size,
                "seconds": round(seconds, 3),
                "verified": options["verify"],
            },
        )


def output_path(value: str, suffix: str) -> Path:
    """Return the path of the file to write: with a name of its own in a folder."""
    path = Path(value)
    return path / f"clinic-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}{suffix}" if path.is_dir() else path
