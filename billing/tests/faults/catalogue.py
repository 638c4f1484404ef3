"""The faults: each a function that is tried a number of times on a clinic of its own, and what it found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol
from uuid import uuid4

from billing.tests.faults.clinic_server import ClinicServer
from billing.tests.faults.comparison import compare
from billing.tests.faults.databases import Cluster, SQLiteBooks
from billing.tests.faults.writers import Written

Kind = Literal["sqlite", "postgresql"]
BOTH: tuple[Kind, ...] = ("sqlite", "postgresql")
POSTGRESQL: tuple[Kind, ...] = ("postgresql",)
INVOICES = 60  # of the demo, with which each clinic begins


@dataclass(frozen=True)
class Finding:
    """The outcome of a fault. `wrong` says what should not be; empty: all is right."""

    runs: int
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    longest_gap: float = 0.0
    note: str = ""
    wrong: str = ""


class Try(Protocol):
    """A fault: tried so many times with the databases and servers of a place."""

    def __call__(self, place: "Place", runs: int, /) -> Finding: ...


@dataclass(frozen=True)
class Fault:
    """A fault, how often it is tried in a quick and in a whole run, and on which databases."""

    name: str
    attempt: Try
    quick: int
    whole: int
    kinds: tuple[Kind, ...]


FAULTS: list[Fault] = []


class Skipped(Exception):
    """The machine does not permit a fault, for the reason that is told."""


def fault(name: str, *, quick: int, whole: int, kinds: tuple[Kind, ...] = BOTH) -> Callable[[Try], Try]:
    """Decorate a function: it is a fault, tried `quick` times in a quick run (0: not at all), else `whole` times."""

    def decorate(attempt: Try) -> Try:
        FAULTS.append(Fault(name, attempt, quick, whole, kinds))
        return attempt

    return decorate


class Place:
    """A folder for the databases and servers of one fault; all of them end with it."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder, self.kind = folder, kind
        self.servers: list[ClinicServer] = []
        self.databases: list[SQLiteBooks | Cluster] = []

    def new_folder(self) -> Path:
        folder = self.folder / uuid4().hex[:8]
        folder.mkdir()
        folder.chmod(0o755)
        return folder

    def cluster(self, *, folder: Path | None = None, options: str = "") -> Cluster:
        """Return a new PostgreSQL server with an empty database."""
        cluster = Cluster(folder or self.new_folder(), options=options)
        self.databases.append(cluster)
        return cluster.create()

    def books(self) -> SQLiteBooks | Cluster:
        """Return an empty database of the kind that is tried."""
        if self.kind == "postgresql":
            return self.cluster()
        books = SQLiteBooks(self.new_folder())
        self.databases.append(books)
        return books

    def clinic(
        self, books: SQLiteBooks | Cluster | None = None, *, url: str = "", invoices: int = INVOICES, start: bool = True
    ) -> ClinicServer:
        """Return a clinic with the demo's records, whose server answers."""
        clinic = self.clinic_of(books or self.books(), url=url)
        clinic.fill(invoices)
        if start:
            clinic.start()
        return clinic

    def clinic_of(self, books: SQLiteBooks | Cluster, *, url: str = "") -> ClinicServer:
        """Return a clinic of a database as it is, whose server is not started."""
        clinic = ClinicServer(books, self.folder, url=url)
        self.servers.append(clinic)
        return clinic

    def close(self) -> None:
        for server in self.servers:
            server.kill()
        for database in self.databases:
            database.stop()


@contextmanager
def place(folder: Path, kind: Kind) -> Iterator[Place]:
    """Give a place for the block."""
    where = Place(folder, kind)
    try:
        yield where
    finally:
        where.close()


def compared(clinic: ClinicServer, written: Written, finding: Finding) -> Finding:
    """Return the finding with the comparison of the books added."""
    lost, doubled, consistent = compare(clinic, written)
    wrong = [finding.wrong]
    if lost or doubled:
        wrong.append("acknowledged rows are lost or doubled")
    if not consistent:
        wrong.append("check_books found violations")
    if written.refused:
        wrong.append(f"refused: {written.refused[0]}")
    if written.statuses.get(500):
        wrong.append(f"{written.statuses[500]} answers were 500")
    return replace(
        finding,
        acknowledged=written.acknowledged,
        lost=lost,
        doubled=doubled,
        wrong="; ".join(filter(None, wrong)),
    )
