"""A database that is frozen, read-only, full, or replaced by its standby."""

import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Self

from billing.tests.faults.catalogue import BOTH, POSTGRESQL, Finding, Place, Skipped, compared, fault
from billing.tests.faults.clinic_server import Answer, ClinicServer
from billing.tests.faults.databases import Cluster, SQLiteBooks, run
from billing.tests.faults.writers import Writers

ANSWER_SECONDS = 8.0  # in which a client is answered, whatever the database does
MEBIBYTE = 1024 * 1024


@fault("PostgreSQL frozen for 15 s", quick=1, whole=5, kinds=POSTGRESQL)
def frozen(place: Place, runs: int) -> Finding:
    """Stop every process of PostgreSQL without ending it: each client is answered, and later all goes on."""
    clinic = place.clinic()
    assert isinstance(clinic.books, Cluster)
    cluster = clinic.books

    @contextmanager
    def freeze() -> Iterator[None]:
        cluster.freeze()
        try:
            yield
        finally:
            cluster.thaw()

    return unavailable(clinic, runs, freeze, seconds=15, gap=35)


@fault("SQLite locked for 25 s", quick=1, whole=3, kinds=("sqlite",))
def locked(place: Place, runs: int) -> Finding:
    """Hold the lock of writers, as a long command does."""
    clinic = place.clinic()
    assert isinstance(clinic.books, SQLiteBooks)
    path = clinic.books.path

    @contextmanager
    def lock() -> Iterator[None]:
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    return unavailable(clinic, runs, lock, seconds=25, gap=50, answer_seconds=25, is_ready=True)


@fault("PostgreSQL read-only for 5 s", quick=1, whole=5, kinds=POSTGRESQL)
def read_only(place: Place, runs: int) -> Finding:
    """Refuse writes, as a primary does that has been demoted: no answer is 500."""
    clinic = place.clinic()
    assert isinstance(clinic.books, Cluster)
    cluster = clinic.books

    @contextmanager
    def refuse_writes() -> Iterator[None]:
        cluster.set("default_transaction_read_only", "on")
        try:
            yield
        finally:
            cluster.set("default_transaction_read_only", "off")

    return unavailable(clinic, runs, refuse_writes, seconds=5, gap=15)


@fault("the disk is full", quick=0, whole=3, kinds=BOTH)
def full_disk(place: Place, runs: int) -> Finding:
    """Fill the disk of the database: no answer is 500, and once there is room all goes on."""
    with small_disk(place.new_folder(), megabytes=400) as folder:
        if place.kind == "postgresql":
            books: SQLiteBooks | Cluster = place.cluster(folder=folder / "cluster")
        else:
            books = SQLiteBooks(folder)
        clinic = place.clinic(books)
        filler = folder / "filler"

        @contextmanager
        def fill() -> Iterator[None]:
            with filler.open("wb") as file:
                try:
                    while True:
                        file.write(b"\0" * MEBIBYTE)
                        file.flush()
                except OSError:
                    pass
            try:
                yield
            finally:
                filler.unlink()

        try:
            return unavailable(clinic, runs, fill, seconds=8, gap=60)
        finally:
            clinic.kill()
            books.stop()


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[Path]:
    """Give a file system of its own; Skipped where it cannot be mounted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skipped(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@fault("fail-over to a synchronous standby", quick=1, whole=20, kinds=POSTGRESQL)
def fail_over(place: Place, runs: int) -> Finding:
    """Kill the primary and promote its standby; the server finds it by the hosts of its URL."""
    return _moved_to_standby(place, runs, lambda primary: primary.kill())


@fault("switch-over to a standby and back", quick=0, whole=3, kinds=POSTGRESQL)
def switch_over(place: Place, runs: int) -> Finding:
    """End the primary in order and promote its standby, to and fro."""

    def end(primary: Cluster) -> None:
        run("pg_ctl", "--pgdata", primary.data, "--mode", "fast", "--wait", "--silent", "stop")

    return _moved_to_standby(place, 2 * runs, end)


def _moved_to_standby(place: Place, runs: int, end: Callable[[Cluster], None]) -> Finding:
    """Move the books from a primary to its standby, again and again. The ports stay those of the first two."""
    primary = place.cluster()
    assert isinstance(primary, Cluster)
    clinic = place.clinic(primary, start=False)
    longest, wrong = 0.0, ""
    standby = primary.create_standby(place.new_folder())
    place.databases.append(standby)
    ports = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    clinic.environment["DATABASE_URL"] = f"postgresql://clinic@{ports}/clinic?target_session_attrs=read-write"
    clinic.start()
    with Writers(clinic) as written:
        time.sleep(1)
        for number in range(runs):
            began = time.monotonic()
            end(primary)
            standby.promote()
            clinic.books = standby
            time.sleep(3)
            longest = max(longest, written.longest_gap(began, time.monotonic()))
            if number + 1 < runs:
                old_port, primary = primary.port, standby
                standby = primary.create_standby(place.new_folder(), port=old_port)
                place.databases.append(standby)
                time.sleep(0.5)
    if longest > 10:
        wrong = f"nothing was acknowledged for {longest:.1f} s"
    return compared(clinic, written, Finding(runs, longest_gap=longest, wrong=wrong))


class Readers:
    """Threads that ask for a list, two probes and a page of the admin, again and again, for the time of a block."""

    paths = ("/invoice/?limit=1", "/healthz", "/readyz", "/admin/login/")

    def __init__(self, clinic: ClinicServer) -> None:
        self.clinic, self.token = clinic, clinic.token()
        self.answers: list[tuple[str, Answer]] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(path,), daemon=True) for path in self.paths]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(45)

    def slowest(self, path: str = "") -> float:
        """Return the longest time in seconds until a path was answered, or any path."""
        return max(answer.seconds for asked, answer in self.answers if path in ("", asked))

    def wrong(self, *, answer_seconds: float) -> Iterator[str]:
        """Yield what should not be: answers that are late, 500 or missing."""
        if self.slowest() > answer_seconds:
            yield f"an answer took {self.slowest():.1f} s"
        if self.slowest("/healthz") > 1:
            yield f"/healthz took {self.slowest('/healthz'):.1f} s"
        if bad := [(path, answer.status) for path, answer in self.answers if answer.status in {0, 500}]:
            yield f"{len(bad)} requests failed, {bad[0]} among them"

    def _read(self, path: str) -> None:
        while not self._over.is_set():
            self.answers.append((path, self.clinic.ask("GET", path, token=self.token, timeout=40)))
            time.sleep(0.2)


def unavailable(
    clinic: ClinicServer,
    runs: int,
    trouble: Callable[[], AbstractContextManager[None]],
    *,
    seconds: float,
    gap: float,
    answer_seconds: float = ANSWER_SECONDS,
    is_ready: bool = False,
) -> Finding:
    """Let writers and readers work while the database is in trouble: each is answered in time, none with 500.

    /readyz says that the server is not ready, unless a write would only wait (`is_ready`).
    """
    wrong = []
    with Writers(clinic, threads=2) as written, Readers(clinic) as readers:
        time.sleep(1)
        began = time.monotonic()
        for _ in range(runs):
            before = len(readers.answers)
            with trouble():
                time.sleep(seconds)
            probes = {answer.status for path, answer in readers.answers[before:] if path == "/readyz"}
            if not is_ready and 503 not in probes:
                wrong.append("/readyz said ready while a write would fail")
            time.sleep(4)
        ended = time.monotonic()
    wrong += readers.wrong(answer_seconds=answer_seconds)
    longest = written.longest_gap(began, ended)
    if longest > gap:
        wrong.append(f"nothing was acknowledged for {longest:.1f} s")
    note = f"slowest answer {readers.slowest():.1f} s, of /healthz {readers.slowest('/healthz'):.2f} s"
    return compared(clinic, written, Finding(runs, longest_gap=longest, note=note, wrong="; ".join(wrong)))
