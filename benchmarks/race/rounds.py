"""Benchmark schedule: books, servers and requests for each size, then interleaved rounds."""

import random
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from race import database
from race.load import CONCURRENCY, Measured, by_pgbench, by_wrk, seconds_for
from race.questions import QUESTIONS, SEARCHES, Asked, Question, answers, changes, new_invoice, pool_of, wrk_requests
from race.servers import BENCH_PYTHON, Server, run, start
from race.statements import write_scripts

RIVALS = ("product", "drf", "fastapi")
EMPTY = ("empty", "bare")
ON_PLAIN_TABLES = ("get", "list", "create")


@dataclass(frozen=True)
class Plan:
    scales: Sequence[int]
    rounds: int
    seconds: int
    questions: Sequence[Question]


class Track:
    """One size: its databases, servers and requests."""

    def __init__(self, scale: int, server: str, folder: Path, stack: ExitStack) -> None:
        self.scale = scale
        self.folder = folder / str(scale)
        self.folder.mkdir()
        self.urls = {}
        for name in RIVALS:
            called = f"race_{name}_{scale}"
            stack.callback(database.drop, server, called)
            self.urls[name] = database.create(server, called)
        self.servers: dict[str, Server] = {}
        self.tokens = self._fill()
        self._start(stack)
        self.pool = pool_of(self.urls["product"], scale)
        self.took: dict[tuple[str, str], float] = {}
        self.files: dict[tuple[str, str], Path] = {}
        self.scripts: dict[str, Path] = {}

    def _fill(self) -> dict[str, str]:
        product, drf = self.urls["product"], self.urls["drf"]
        fastapi = database.for_sqlalchemy(self.urls["fastapi"])
        began = time.monotonic()
        tokens = {
            "product": run(sys.executable, ["-m", "race.product", str(self.scale)], self.folder, DATABASE_URL=product),
            "drf": run(sys.executable, ["-m", "plain_drf.prepare"], self.folder, PLAIN_DATABASE_URL=drf),
            "fastapi": run(BENCH_PYTHON, ["-m", "plain_fastapi.prepare"], self.folder, PLAIN_DATABASE_URL=fastapi),
        }
        for name in RIVALS[1:]:
            database.copy_books(product, self.urls[name])
        print(f"{self.scale:,} invoices in three databases, in {time.monotonic() - began:.0f} s", flush=True)
        return tokens

    def _start(self, stack: ExitStack) -> None:
        product = {"DATABASE_URL": self.urls["product"]}
        settings = {
            "product": product,
            "drf": {"PLAIN_DATABASE_URL": self.urls["drf"]},
            "fastapi": {"PLAIN_DATABASE_URL": database.for_sqlalchemy(self.urls["fastapi"])},
            "empty": product,
            "bare": {**product, "EMPTY_BARE": "1"},
        }
        for name, more in settings.items():
            self.servers[name] = start(name, self.tokens.get(name, "none"), self.folder, more)
            stack.callback(self.servers[name].stop)

    def get_ready(self, question: Question) -> None:
        """Write the requests of each contestant, and check that all give the same response to the first one."""
        found: dict[str, Any] = {}
        for name in RIVALS:
            server = self.servers[name]
            requests = changes(server, self.pool) if question.name == "put" else question.requests(self.pool)
            self._keep(question, name, requests)
            began = time.monotonic()
            found[name] = answers(server, requests[:2])
            self.took[question.name, name] = (time.monotonic() - began) / 2
        for name in RIVALS[1:]:
            if found[name] != found["product"]:
                sys.exit(f"{question.name}: {name} answers otherwise.\n{found['product']}\n{found[name]}")
        if question.name == "get":
            for name in EMPTY:
                self._keep(question, name, question.requests(self.pool))
                self.took["get", name] = 0

    def write_scripts(self) -> None:
        """Write the scripts of pgbench, after creating the drafts that they copy."""
        made = {}
        for name in ("fastapi", "product"):
            url = self.urls[name]
            body = new_invoice(self.pool.patients[0], random.Random(4))
            answers(self.servers[name], [("POST", "/invoice/", body)])
            table = "plain_invoice" if name == "fastapi" else "billing_invoice"
            made[name] = str(database.rows(url, f"SELECT id FROM {table} ORDER BY created_at DESC LIMIT 1")[0][0])
        drafts = (made["fastapi"], made["product"])
        self.scripts = write_scripts(self.urls["fastapi"], self.urls["product"], drafts, self.folder)

    def _keep(self, question: Question, name: str, requests: Sequence[Asked]) -> None:
        assert requests, f"The books have nothing to ask about: {question.name}"
        path = self.folder / f"{question.name}-{name}.txt"
        path.write_text(wrk_requests(requests))
        self.files[question.name, name] = path

    def contestants(self, question: Question) -> list[str]:
        """Return the contestants that implement a request."""
        on_database = ["database"] if question.name in ON_PLAIN_TABLES else []
        guarded = ["guarded"] if question.name == "create" else []
        return [*RIVALS, *(EMPTY if question.name == "get" else ()), *on_database, *guarded]

    def measure(self, question: Question, name: str, concurrency: int, turn: int, seconds: int) -> Measured:
        """Measure one contestant with one question under one load."""
        if name in ("database", "guarded"):
            url = self.urls["fastapi" if name == "database" else "product"]
            script = self.scripts["guarded" if name == "guarded" else question.name]
            found = by_pgbench(url, script, self.folder, concurrency=concurrency, seconds=seconds)
        else:
            took = self.took[question.name, name]
            seconds = seconds_for(took, least=seconds, concurrency=concurrency)
            requests = self.files[question.name, name]
            begin = turn * 37 + concurrency * 11
            found = by_wrk(self.servers[name], requests, concurrency=concurrency, seconds=seconds, start=begin)
        database.wait_until_idle(self.urls["product"])
        return Measured(self.scale, question.name, concurrency, name, turn, **found)


def race(plan: Plan, server: str, folder: Path) -> list[Measured]:
    """Return all measurements; reads come first, so that writes change no list."""
    with ExitStack() as stack:
        tracks = [Track(scale, server, folder, stack) for scale in plan.scales]
        found: list[Measured] = []
        for writes in (False, True):
            asked = [question for question in plan.questions if question.writes == writes]
            for track in tracks:
                for question in asked:
                    track.get_ready(question)
                if not track.scripts:
                    track.write_scripts()
            for turn in range(plan.rounds):
                began = time.monotonic()
                for question in asked:
                    found += _turn(tracks, question, turn, plan.seconds)
                if asked:
                    kind = "writes" if writes else "reads"
                    print(f"{kind}, round {turn + 1} of {plan.rounds}: {time.monotonic() - began:.0f} s", flush=True)
        return found


def _turn(tracks: Sequence[Track], question: Question, turn: int, seconds: int) -> list[Measured]:
    """Measure each contestant and size once, in the opposite order at each call."""
    found = []
    for concurrency in CONCURRENCY:
        cells = [(track, name) for track in tracks for name in track.contestants(question)]
        for track, name in cells if turn % 2 == 0 else reversed(cells):
            found.append(track.measure(question, name, concurrency, turn, seconds))
    return found


def questions_named(names: str) -> list[Question]:
    """Return the questions of a comma-separated list; `search` is both searches. SystemExit if one is unknown."""
    wanted = [word for word in names.split(",") if word]
    wanted = [name for word in wanted for name in (SEARCHES if word == "search" else (word,))]
    unknown = set(wanted) - {question.name for question in QUESTIONS}
    if unknown:
        known = ", ".join(question.name for question in QUESTIONS)
        sys.exit(f"--only: {', '.join(sorted(unknown))}: known are {known}, search.")
    return [question for question in QUESTIONS if not wanted or question.name in wanted]


def reread(earlier_results: Sequence[dict[str, Any]]) -> list[Measured]:
    """Read the measurements of an earlier race from its file."""
    blank = Measured(0, "", 0, "", 0, 0.0, 0.0, 0.0)
    return [replace(blank, **one) for one in earlier_results]
