"""Try faults on a running clinic, and print what they led to: `script/faults`."""

import argparse
import os
import sys
import tempfile
import time
import traceback
from importlib import import_module
from pathlib import Path

from billing.tests.faults.catalogue import FAULTS, Fault, Finding, Kind, Skipped, place
from billing.tests.faults.databases import PROGRAMS

MODULES = ("processes", "clients", "database_faults", "network", "backups")
NAMES: dict[Kind, str] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
WIDTHS = (44, 10, 4, 7, 4, 7, 7)
HEADERS = ("fault", "database", "runs", "acked", "lost", "doubled", "gap, s")


def main() -> int:
    """Try the chosen faults and return the exit code: 1 if anything is wrong."""
    for module in MODULES:
        import_module(f"billing.tests.faults.{module}")
    options = parse_options()
    print_row(HEADERS)
    began, failures = time.monotonic(), 0
    for fault in FAULTS:
        runs = fault.quick if options.quick else fault.whole
        if not runs or (options.only and options.only.lower() not in fault.name.lower()):
            continue
        for kind in fault.kinds:
            if options.database in (None, kind):
                failures += not try_fault(fault, kind, max(1, round(runs * options.times)))
    print(f"\n{time.monotonic() - began:.0f} s; {f'{failures} wrong' if failures else 'nothing wrong'}")
    return min(failures, 1)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="Few runs of the faults that take little time.")
    parser.add_argument("--only", metavar="TEXT", help="Only faults whose name contains this.")
    parser.add_argument("--database", choices=NAMES, help="Only on this database.")
    parser.add_argument("--times", type=float, default=1, metavar="FACTOR", help="So many times the usual runs.")
    return parser.parse_args()


def try_fault(fault: Fault, kind: Kind, runs: int) -> bool:
    """Try a fault, print its row, and return whether nothing is wrong."""
    if kind == "postgresql" and not PROGRAMS:
        print(f"{fault.name}: not tried on PostgreSQL, which is not installed")
        return True
    with tempfile.TemporaryDirectory(prefix="clinic-faults-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        try:
            with place(Path(folder), kind) as where:
                finding = fault.attempt(where, runs)
        except Skipped as reason:
            print(f"{fault.name}: not tried, since {reason}")
            return True
        except Exception as error:  # noqa: BLE001  # the other faults are tried all the same
            traceback.print_exc()
            finding = Finding(runs, wrong=f"{type(error).__name__}: {error}")
        if finding.wrong and (log := Path(folder, "server.log")).exists() and os.environ.get("FAULTS_LOG"):
            print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
    counts = (finding.runs, finding.acknowledged, finding.lost, finding.doubled, f"{finding.longest_gap:.1f}")
    print_row((fault.name, NAMES[kind], *map(str, counts)))
    if finding.note:
        print(f"    {finding.note}")
    if finding.wrong:
        print(f"    WRONG: {finding.wrong}", flush=True)
    return not finding.wrong


def print_row(cells: tuple[str, ...]) -> None:
    first, second, *numbers = cells
    line = f"{first:{WIDTHS[0]}} {second:{WIDTHS[1]}} "
    print(line + " ".join(f"{cell:>{width}}" for cell, width in zip(numbers, WIDTHS[2:], strict=True)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
