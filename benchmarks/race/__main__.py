"""Command of script/bench: run the benchmark and write the report; `--again` only writes the last report again."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from race.database import shared_buffers
from race.goals import Results
from race.machine import described
from race.rounds import Plan, questions_named, race, reread
from race.servers import ROOT
from race.table import report

LAST = ROOT / "var" / "bench.json"
PAGE = ROOT / "benchmarks" / "RESULTS.md"


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    options = _options()
    if not options.again:
        _run(options)
    if not LAST.exists():
        sys.exit("There was no race yet.")
    last = json.loads(LAST.read_text())
    page = report(Results(reread(last["measured"])), machine=last["machine"], settings=last["settings"])
    print(page)
    if not options.dry:
        PAGE.write_text(page)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description="The product against others, on the same books.")
    parser.add_argument("--scale", type=_sizes, default=(10_000, 1_000_000), help="Invoices; several with commas.")
    parser.add_argument("--rounds", type=_some, default=3, help="How often everybody is asked everything.")
    parser.add_argument("--seconds", type=_some, default=4, help="How long each is asked in a round, at least.")
    parser.add_argument("--only", default="", metavar="get,list,...", help="These questions alone.")
    parser.add_argument("--dry", action="store_true", help="Print the page, and leave benchmarks/RESULTS.md alone.")
    parser.add_argument("--again", action="store_true", help="Send no requests: report the last run again.")
    options = parser.parse_args()
    options.questions = questions_named(options.only)
    return options


def _run(options: argparse.Namespace) -> None:
    server = os.environ["DATABASE_URL"]
    plan = Plan(options.scale, options.rounds, options.seconds, options.questions)
    machine = described(server)
    with TemporaryDirectory(prefix="clinic-race-") as folder:
        found = race(plan, server, Path(folder))
    settings = (
        f"{plan.rounds} rounds of {plan.seconds} s or more for each load. PostgreSQL has {shared_buffers(server)} of "
        "shared_buffers, and does not wait for the disk, so that programs are compared."
    )
    results = {"machine": machine, "settings": settings, "measured": [one.as_json() for one in found]}
    LAST.write_text(json.dumps(results))


def _sizes(text: str) -> Sequence[int]:
    sizes = sorted({int(word.replace("_", "")) for word in text.split(",")})
    if not sizes or sizes[0] < 500:
        raise argparse.ArgumentTypeError("at least 500 invoices")
    return sizes


def _some(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("a whole number above 0")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
