"""Command that writes off old debts in one batch: options, preview table, confirmation by --commit."""

import uuid
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from rich.table import Table

from billing.models import Invoice
from billing.operations.write_off_batch import Batch, OldDebts, write_off_batch
from billing.rules.ageing import days_overdue
from billing.rules.limits import REASON_LENGTH
from clinic.commands import (
    DryRunCommand,
    Outcome,
    check_user_option,
    format_amount,
    parse_amount_option,
    parse_count_option,
    parse_date_option,
    parse_reason_option,
    parse_user_option,
    plain_table,
)
from clinic.domain.dates import today
from clinic.domain.permissions import SYSTEM
from patients.models import Patient

# The columns of the table and the facts; only these are loaded, as there may be a hundred thousand invoices.
COLUMNS = ("reg_number", "issue_date", "due_date", "remaining_amount", "patient__given_name", "patient__family_name")


class Command(DryRunCommand):
    help = "Write off open invoices that are long overdue. Only reports what it would do, unless --commit is given."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--overdue-since",
            required=True,
            metavar="DATE",
            help="Only overdue invoices that were due on or before this date.",
        )
        parser.add_argument("--max-remaining", metavar="AMOUNT", help="Only invoices with at most this amount due.")
        parser.add_argument("--patient", metavar="ID", help="Only invoices of this patient: an id or a record number.")
        parser.add_argument(
            "--tag",
            action="append",
            metavar="WORD",
            help="Only invoices with this tag; can be repeated to match any of several.",
        )
        parser.add_argument("--limit", metavar="N", help="At most this number of invoices, the oldest first.")
        parser.add_argument(
            "--include-reinstated", action="store_true", help="Include invoices that were reinstated before."
        )
        parser.add_argument(
            "--reason", default="", help="The reason, recorded in each invoice's history. Required with --commit."
        )
        parser.add_argument("--by", default=SYSTEM, metavar="LOGIN", help="The username to record (default: system).")

    def run(self, options: Mapping[str, Any]) -> Outcome:
        debts, reason = parse_debts(options), parse_reason_option(options["reason"], max_length=REASON_LENGTH)
        check_user_option(options["by"])
        if options["commit"] and not reason:
            raise CommandError("--commit needs a --reason: it is recorded in each invoice's history.")
        found = debts.invoices().select_related("patient").only(*COLUMNS)
        if options["limit"] is not None:
            found = found[: parse_count_option(options["limit"], "--limit")]
        invoices = list(found)
        if not options["commit"]:
            return dry_run_outcome(invoices)
        return self._write_off(invoices, debts, reason=reason, username=options["by"])

    def _write_off(self, invoices: Sequence[Invoice], debts: OldDebts, *, reason: str, username: str) -> Outcome:
        if not invoices:
            return Outcome("Nothing to write off.", facts([], committed=True))
        batch_id = uuid.uuid4()
        with self.progress("Writing off", len(invoices)) as advance:
            batch = write_off_batch(
                [invoice.pk for invoice in invoices],
                debts=debts,
                reason=reason,
                batch_id=batch_id,
                by=parse_user_option(username),
                clock=timezone.now,
                on_each=advance,
            )
        return batch_outcome(invoices, batch, batch_id)


def parse_debts(options: Mapping[str, Any]) -> OldDebts:
    """Return the debts that the options select. CommandError for a day in the future or an unknown patient."""
    since = parse_date_option(options["overdue_since"], "--overdue-since")
    if since > today():
        raise CommandError(f"--overdue-since: {since} is in the future.")
    max_remaining, tags = options["max_remaining"], options["tag"] or []
    return OldDebts(
        overdue_since=since,
        max_remaining=None if max_remaining is None else parse_amount_option(max_remaining, "--max-remaining"),
        patient=None if options["patient"] is None else parse_patient(str(options["patient"])),
        tags=(tags,) if isinstance(tags, str) else tuple(tags),
        include_reinstated=options["include_reinstated"],
    )


def parse_patient(name: str) -> Patient:
    """Return the patient with that id or record number. CommandError if there is none."""
    patient = Patient.objects.numbered(name.strip()).first()
    if patient is None:
        try:
            patient = Patient.objects.filter(pk=UUID(name.strip())).first()
        except ValueError:
            patient = None
    if patient is None:
        raise CommandError(f"--patient: there is no patient with the id or record number “{name}”.")
    return patient


def dry_run_outcome(invoices: Sequence[Invoice]) -> Outcome:
    """Return the outcome of a dry run."""
    selected = facts(invoices, committed=False)
    if not invoices:
        return Outcome("Nothing to write off.", selected)
    summary = f"Would write off {count_and_total(len(invoices), selected['total_amount'])}. Add --commit to do it."
    return Outcome(summary, selected, (table_of(invoices),))


def batch_outcome(invoices: Sequence[Invoice], batch: Batch, batch_id: UUID) -> Outcome:
    """Return the outcome of a batch, with the amounts that the ledger recorded."""
    written = [invoice for invoice in invoices if invoice.pk in batch.written]
    for invoice in written:
        invoice.remaining_amount = batch.written[invoice.pk]
    result = facts(written, committed=True) | {"batch_id": batch_id, "skipped": batch.skipped}
    lines = [f"Wrote off {count_and_total(len(written), batch.total)}.", f"Batch {batch_id}."]
    if batch.skipped:
        lines.insert(1, f"Skipped {len(batch.skipped)}: in use, or paid in the meantime. Run the command again.")
    return Outcome("\n".join(lines), result, (table_of(written),) if written else ())


def facts(invoices: Sequence[Invoice], *, committed: bool) -> dict[str, Any]:
    """Return the facts for `--json`: the invoices with the amount written off of each, and the total."""
    rows = [
        {
            "id": invoice.pk,
            "reg_number": invoice.reg_number,
            "patient_id": invoice.patient_id,
            "patient": invoice.patient.full_name,
            "due_date": due,
            "days_overdue": days_overdue(due, today()),
            "amount": invoice.remaining_amount,
        }
        for invoice in invoices
        for due in [invoice.due_day]
    ]
    total = sum((invoice.remaining_amount for invoice in invoices), Decimal("0.00"))
    return {
        "committed": committed,
        "batch_id": None,
        "count": len(rows),
        "total_amount": total,
        "currency": settings.CLINIC_CURRENCY,
        "skipped": [],
        "invoices": rows,
    }


def table_of(invoices: Sequence[Invoice]) -> Table:
    """Return the invoices with their amounts as a table."""
    table = plain_table("Number", "Patient", "Due", "Days", "Remaining", right=("Days", "Remaining"))
    table.columns[1].max_width = 32
    for invoice in invoices:
        due = invoice.due_day
        cells = (
            invoice.reg_number,
            invoice.patient.full_name,
            due.isoformat(),
            str(days_overdue(due, today())),
            format_amount(invoice.remaining_amount),
        )
        table.add_row(*cells)
    return table


def count_and_total(count: int, total: Decimal) -> str:
    """Return the number of invoices and their total as text."""
    return f"{count} invoice{'' if count == 1 else 's'}, {format_amount(total)} {settings.CLINIC_CURRENCY}"
