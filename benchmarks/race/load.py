"""Put load on a contestant for a few seconds and measure it: wrk over HTTP, pgbench on the database itself."""

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from race.database import for_programs, program
from race.servers import Server

SCRIPT = Path(__file__).parent / "wrk.lua"
CONCURRENCY = (1, 8)


@dataclass
class Measured:
    """One contestant under one load: responses per second, and median and 99th percentile in milliseconds.

    `most` is what the rate is certainly below when nothing was answered in time, else None. `refused` answers had
    status 400 or more, `broken` ones did not come; `pss` and `rss` are the peaks in bytes, `busy` the milliseconds of
    processor time that an answer cost the server's processes; 0 where not looked at.
    """

    scale: int
    question: str
    concurrency: int
    contestant: str
    round: int
    rate: float
    p50: float
    p99: float
    most: float | None = None
    refused: int = 0
    broken: int = 0
    pss: int = 0
    rss: int = 0
    busy: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def by_wrk(server: Server, requests: Path, *, concurrency: int, seconds: int, start: int) -> dict[str, Any]:
    """Return wrk's result, under the names of Measured."""
    command = ["wrk", "-t1", f"-c{concurrency}", f"-d{seconds}s", "--timeout", "60s", "-s", str(SCRIPT), server.url]
    arguments = ["--", str(requests), server.token, str(start)]
    before = server.busy()
    with server.watched() as seen:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    found = re.search(r"^JSON (.*)$", done.stdout, re.MULTILINE)
    if found is None:
        sys.exit(f"wrk: {done.stdout}\n{done.stderr}")
    result = json.loads(re.sub(r"-?\bnan\b", "0", found[1]))
    took = result["seconds"]
    busy = server.busy() - before
    return {
        "rate": result["requests"] / took,
        "p50": result["p50"],
        "p99": result["p99"],
        "most": None if result["requests"] else concurrency / took,
        "refused": result["refused"],
        "broken": result["broken"],
        "pss": max((pss for pss, _ in seen), default=0),
        "rss": max((rss for _, rss in seen), default=0),
        "busy": 1000 * busy / result["requests"] if result["requests"] else 0.0,
    }


def by_pgbench(url: str, script: Path, folder: Path, *, concurrency: int, seconds: int) -> dict[str, Any]:
    """Return pgbench's result for a script with prepared statements, under the names of Measured."""
    for old in folder.glob("pgbench_log.*"):
        old.unlink()
    command = [program("pgbench"), "-n", "-M", "prepared", "-c", str(concurrency), "-j", "1", "-T", str(seconds)]
    done = subprocess.run(
        [*command, "-f", str(script), "--log"],
        env={"PATH": os.environ["PATH"], **for_programs(url)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"pgbench {script.name}: {done.stderr[-2000:]}")
    took = [int(line.split()[2]) / 1000 for log in folder.glob("pgbench_log.*") for line in log.open()]
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert rate, done.stdout
    return {"rate": float(rate[1]), "p50": percentile(took, 50), "p99": percentile(took, 99)}


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile.

    >>> percentile([3.0, 1.0, 2.0, 4.0], 50)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


def seconds_for(answer: float, *, least: int, concurrency: int, most: int = 12) -> int:
    """Return the seconds of load that a request of this duration needs, for some to be answered.

    >>> seconds_for(0.001, least=3, concurrency=8), seconds_for(2.0, least=3, concurrency=8)
    (3, 12)
    """
    return max(least, min(most, math.ceil(4 * answer * max(1, concurrency / 2))))
