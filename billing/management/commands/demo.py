"""Command that fills an empty database with the books of a made-up clinic."""

from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db.models import Count, Sum
from rich.table import Table

from billing.choices import InvoiceStatus
from billing.demo.fill_books import fill_books
from billing.demo.logins import LOGINS, PASSWORD
from billing.models import CreditNote, Invoice, Payment, Refund, WriteOff
from clinic.commands import ClinicCommand, Outcome, format_amount, parse_count_option, parse_date_option, plain_table
from clinic.domain.dates import today
from patients.models import Appointment, Patient

MAX_DEMO_INVOICES = 100_000


class Command(ClinicCommand):
    help = "Fill an empty database with the books of a made-up clinic over eighteen months."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--invoices", default=600, metavar="N", help="Number of invoices (default: 600).")
        parser.add_argument(
            "--seed", default=1, metavar="N", help="The same seed and day give the same books (default: 1)."
        )
        parser.add_argument("--until", metavar="DATE", help="The day before which the records end (default: today).")
        parser.add_argument("--if-empty", action="store_true", help="Do nothing if the database already has patients.")

    def run(self, options: Mapping[str, Any]) -> Outcome | None:
        if not settings.CLINIC_DEMO:
            raise CommandError("The demo adds users with a known password. Set CLINIC_DEMO=1 to allow this.")
        invoices, seed = (
            parse_count_option(options["invoices"], "--invoices"),
            parse_count_option(options["seed"], "--seed", least=0),
        )
        until = today() if options["until"] is None else parse_date_option(options["until"], "--until")
        if invoices > MAX_DEMO_INVOICES:
            raise CommandError(f"--invoices: must be at most {MAX_DEMO_INVOICES}.")
        if until > today():
            raise CommandError(f"--until: {until} is in the future.")
        if Patient.objects.exists():
            if options["if_empty"]:
                return None
            raise CommandError("The database already has patients. The demo needs an empty database.")
        with self.progress("Filling the books", invoices) as advance:
            fill_books(invoices=invoices, seed=seed, until=until, on_invoice=advance)
        return summary_of_books(until)


def summary_of_books(until: date) -> Outcome:
    """Return the number and sums of the records, and the logins."""
    facts = {
        "until": until,
        "patients": Patient.objects.count(),
        "appointments": Appointment.objects.count(),
        "invoices": totals_by_status(),
        "payments": count_and_sum(Payment.objects.filter(reverses=None)),
        "reversals": count_and_sum(Payment.objects.exclude(reverses=None)),
        "refunds": count_and_sum(Refund.objects.all()),
        "credit_notes": count_and_sum(CreditNote.objects.all(), "total_amount"),
        "write_offs": count_and_sum(WriteOff.objects.filter(reverses=None)),
        "patient_credit": Payment.objects.all().unallocated_credit(),
        "users": [login.username for login in LOGINS],
    }
    return Outcome(f"All passwords are “{PASSWORD}”.", facts, (table_of(facts), table_of_logins()))


def totals_by_status() -> dict[str, dict[str, Any]]:
    """Return the number and the total of the invoices of each status."""
    found = Invoice.objects.order_by().values("status").annotate(count=Count("pk"), amount=Sum("total_amount"))
    rows = {row["status"]: {"count": row["count"], "amount": row["amount"]} for row in found}
    none = {"count": 0, "amount": Decimal("0.00")}
    return {status: rows.get(status, none) for status in InvoiceStatus.values}


def count_and_sum(rows: Any, column: str = "amount") -> dict[str, Any]:
    """Return the number of rows and the sum of a column."""
    found: dict[str, Any] = rows.aggregate(count=Count("pk"), amount=Sum(column))
    return {"count": found["count"], "amount": found["amount"] or Decimal("0.00")}


def table_of(facts: Mapping[str, Any]) -> Table:
    """Return the facts as a table."""
    table = plain_table("Records", "Count", settings.CLINIC_CURRENCY, right=("Count", settings.CLINIC_CURRENCY))
    table.add_row("Patients", str(facts["patients"]), "")
    table.add_row("Appointments", str(facts["appointments"]), "")
    for status, row in facts["invoices"].items():
        table.add_row(
            f"Invoices {InvoiceStatus(status).label.lower()}", str(row["count"]), format_amount(row["amount"])
        )
    for name in ("payments", "reversals", "refunds", "credit_notes", "write_offs"):
        label = name.replace("_", " ").replace("write offs", "write-offs").capitalize()
        table.add_row(label, str(facts[name]["count"]), format_amount(facts[name]["amount"]))
    table.add_row("Patient credit", "", format_amount(facts["patient_credit"]))
    return table


def table_of_logins() -> Table:
    """Return the logins and their purposes as a table."""
    table = plain_table("Login", "For")
    for login in LOGINS:
        table.add_row(login.username, login.may)
    return table
