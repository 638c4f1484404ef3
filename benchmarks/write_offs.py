"""Time `manage.py write_off_invoices` against pgbench with the same statements (write_offs.sql).

On the PostgreSQL that DATABASE_URL names, in a database made for the run; each invoice in a transaction of its own.
"""

import argparse
import json
import re
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from at_once import books_are_clean, scratch_database

GOAL = 0.5
SCRIPT = Path(__file__).with_suffix(".sql")


def main() -> int:
    """Return 0 if check_books finds nothing afterwards; print the ratio with its goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=200, help="how many in a turn")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with scratch_database():
        make_debts(options.invoices * options.rounds)
        ratios = []
        for number in range(options.rounds):
            ours = rate_of_command(options.invoices)
            theirs = rate_of_pgbench(options.invoices, first=number * options.invoices)
            ratios.append(ours / theirs)
            print(f"invoices a second: {ours:.0f}, pgbench {theirs:.0f}, ratio {ratios[-1]:.2f}")
        reached = "reached" if median(ratios) >= GOAL else "missed"
        print(f"median of {options.rounds} rounds: {median(ratios):.2f}; the goal, {GOAL}, is {reached}")
        return 0 if books_are_clean() else 1


def make_debts(count: int) -> None:
    """Insert invoices for pgbench, with ids from 1 on, and as many for the command, due a month earlier."""
    from decimal import Decimal

    from django.utils import timezone

    from billing.operations.drafts import create_draft
    from billing.operations.invoice_input import InvoiceInput
    from billing.operations.issuing import issue
    from clinic.commands import parse_user_option
    from patients.models import Patient

    patient = Patient(given_name="Mária", family_name="Kovács")
    patient.save()
    at, by = timezone.now() - timedelta(days=200), parse_user_option("system")
    items = [{"description": f"Service {number}", "unit_price": Decimal("20.00")} for number in range(5)]
    for number in range(1, 2 * count + 1):
        due_date = at + timedelta(days=60 if number <= count else 30)
        who = {"patient": patient, "by": by, "at": at}
        draft = create_draft(InvoiceInput(fields={"id": UUID(int=number), "due_date": due_date}, items=items), **who)
        issue(draft, by=by, at=at)


def rate_of_command(count: int) -> float:
    """Return the rate per second, with the selection and the JSON output."""
    from django.core.management import call_command
    from django.utils import timezone

    since, output = (timezone.now() - timedelta(days=100)).date(), StringIO()
    began = perf_counter()
    call_command(
        "write_off_invoices",
        overdue_since=since,
        limit=count,
        commit=True,
        reason="No reply",
        as_json=True,
        stdout=output,
    )
    seconds = perf_counter() - began
    assert json.loads(output.getvalue())["count"] == count
    return count / seconds


def rate_of_pgbench(count: int, *, first: int) -> float:
    """Return the rate per second of one connected client with prepared statements."""
    from clinic.commands import parse_user_option

    arguments = ["--no-vacuum", "--protocol=prepared", "--client=1", f"--transactions={count}", f"--file={SCRIPT}"]
    named = [f"--define=n={first}", f"--define=by={parse_user_option('system').pk}"]
    done = subprocess.run([program(), *arguments, *named, *server()], check=True, capture_output=True, text=True)
    (rate,) = re.findall(r"tps = ([\d.]+) \(without initial connection time\)", done.stdout)
    return float(rate)


def server() -> list[str]:
    """Return the options with which PostgreSQL's programs connect to the database of the run."""
    from django.db import connection

    result: dict[str, Any] = connection.get_connection_params()
    names = {"host": "--host", "port": "--port", "user": "--username"}
    return [*(f"{option}={result[name]}" for name, option in names.items() if result.get(name)), str(result["dbname"])]


def program() -> str:
    """Return the path of pgbench of the newest PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else "pgbench"


if __name__ == "__main__":
    sys.exit(main())
