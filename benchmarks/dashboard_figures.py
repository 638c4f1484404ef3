"""Time the dashboard's figures at 100,000 invoices against 10,000: the same clinic, ten years on.

On the PostgreSQL that DATABASE_URL names, in databases made for the run; on SQLite, in a temporary folder, without it.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from at_once import clerk, execute, set_up
from filling import fill

MOST = 3.0
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
Times = dict[str, list[list[float]]]  # of each figure, for each size: milliseconds


def main() -> int:
    """Return 0 if all figures take at most three times as long at the second size as at the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, nargs=2, default=(10_000, 100_000), metavar=("FEW", "MANY"))
    parser.add_argument("--same-year", action="store_true", help="all in one year: a larger clinic, not an older one")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with databases(2) as names:
        set_up()
        for name, invoices in zip(names, options.invoices, strict=True):
            years = 1 if options.same_year else invoices / options.invoices[0]
            make(name, invoices=invoices, days=round(365 * years))
        return print_report(timed(names, options.rounds), options.invoices)


@contextmanager
def databases(count: int) -> Iterator[list[str]]:
    """Yield the names of new databases on the server of DATABASE_URL; drop them afterwards."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith(("postgres://", "postgresql://")):
        with TemporaryDirectory() as folder:
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/0.sqlite3"
            yield [str(Path(folder) / f"{number}.sqlite3") for number in range(count)]
        return
    names = [f"clinic_figures_{os.getpid()}_{number}" for number in range(count)]
    try:
        for name in names:
            execute(server, "CREATE DATABASE {}", name)
        yield names
    finally:
        for name in names:
            execute(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def connect_to(name: str) -> None:
    """Use this database from now on."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name


def make(name: str, *, invoices: int, days: int, documents: bool = True) -> None:
    """Create the product's tables and fill them to that size; `documents` includes stored representations."""
    from django.core.management import call_command
    from django.db import connection

    connect_to(name)
    call_command("migrate", verbosity=0)
    fill(invoices=invoices, days=days, until=NOW, by=clerk(), documents=documents)
    print(f"{connection.vendor}: {invoices:,} invoices over {days:,} days")


def figures() -> dict[str, Callable[[], Any]]:
    """Return the functions of the dashboard's figures, as of the last day of the records."""
    from billing.reports.monthly_figures import billed_and_collected
    from billing.reports.queues import queue_counts
    from billing.reports.receivables import drafts_waiting, receivables, unallocated_credit
    from billing.reports.takings import collected, takings

    today = NOW.date()
    return {
        "owed, overdue, ageing": lambda: receivables(on=today),
        "drafts waiting": drafts_waiting,
        "unallocated credit": unallocated_credit,
        "collected": lambda: collected(on=today),
        "takings of today": lambda: takings(on=today),
        "billed and collected by month": lambda: billed_and_collected(on=today),
        "counts of the queues": lambda: queue_counts(on=today),
    }


def timed(names: Sequence[str], rounds: int) -> Times:
    """Measure both sizes in turn: each figure once without and twice with the clock."""
    asked = figures()
    times: Times = {figure: [[] for _ in names] for figure in asked}
    for _ in range(rounds):
        for number, name in enumerate(names):
            connect_to(name)
            for figure, ask in asked.items():
                ask()
                for _ in range(2):
                    began = perf_counter()
                    ask()
                    times[figure][number].append((perf_counter() - began) * 1000)
    return times


def print_report(times: Times, sizes: Sequence[int]) -> int:
    """Print the medians and their ratios; return 1 if the ratio of the sums is too high."""
    print(f"{'milliseconds, median':32}" + "".join(f"{size:>12,}" for size in sizes) + f"{'ratio':>8}")
    sums = [0.0] * len(sizes)
    for figure, of_sizes in times.items():
        found = [median(each) for each in of_sizes]
        sums = [so_far + each for so_far, each in zip(sums, found, strict=True)]
        print(f"{figure:32}" + "".join(f"{each:12.2f}" for each in found) + f"{found[1] / found[0]:8.1f}")
    ratio = sums[1] / sums[0]
    print(f"{'all of them':32}" + "".join(f"{each:12.2f}" for each in sums) + f"{ratio:8.1f}")
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
