"""Processes that end: workers, the server, PostgreSQL, and a server that is stopped while it starts."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from billing.tests.faults.catalogue import BOTH, POSTGRESQL, Finding, Place, compared, fault
from billing.tests.faults.clinic_server import ClinicServer
from billing.tests.faults.databases import Cluster
from billing.tests.faults.writers import Writers

END_SECONDS = 15  # in which a server ends that is asked to
NEXT_SECONDS = 1.0  # from the death of a worker to the next success


@fault("a worker killed", quick=6, whole=70, kinds=BOTH)
def kill_worker(place: Place, runs: int) -> Finding:
    """Kill one of the workers: the other answers, and a new one takes its place."""
    clinic = place.clinic()

    def kill() -> None:
        workers = clinic.worker_pids()
        os.kill(random.choice(workers), signal.SIGKILL)
        wait_until(lambda: len(clinic.worker_pids()) == clinic.workers, "the worker is not replaced")
        clinic.wait()
        time.sleep(1)

    return again(clinic, runs, kill)


@fault("the main process killed, started again", quick=2, whole=25, kinds=BOTH)
def kill_main(place: Place, runs: int) -> Finding:
    """Kill the main process, as the kernel does without memory; the service manager starts it again."""
    clinic = place.clinic()

    def kill() -> None:
        assert clinic.process
        left = clinic.processes()
        clinic.process.kill()
        clinic.process.wait()
        wait_until(lambda: not alive(left), "workers live on without their main process", seconds=5)
        clinic.start()

    return again(clinic, runs, kill, within=20)


@fault("every process of the server killed, started again", quick=2, whole=25, kinds=BOTH)
def kill_all(place: Place, runs: int) -> Finding:
    """Kill all processes at once, as a machine that restarts."""
    clinic = place.clinic()

    def kill() -> None:
        clinic.kill()
        clinic.start()

    return again(clinic, runs, kill, within=20)


@fault("PostgreSQL killed, started again", quick=2, whole=50, kinds=POSTGRESQL)
def kill_database(place: Place, runs: int) -> Finding:
    """Kill every process of PostgreSQL."""
    clinic = place.clinic()
    cluster = _cluster(clinic)

    def kill() -> None:
        cluster.kill()
        time.sleep(0.3)
        cluster.start()
        time.sleep(1)

    return again(clinic, runs, kill, within=20)


@fault("PostgreSQL and the server killed, started again", quick=1, whole=25, kinds=POSTGRESQL)
def kill_both(place: Place, runs: int) -> Finding:
    """Kill PostgreSQL and the server together."""
    clinic = place.clinic()
    cluster = _cluster(clinic)

    def kill() -> None:
        cluster.kill()
        clinic.kill()
        cluster.start()
        clinic.start()

    return again(clinic, runs, kill, within=30)


@fault("SIGTERM while it starts", quick=4, whole=50, kinds=BOTH)
def stop_while_starting(place: Place, runs: int) -> Finding:
    """Ask a server to end at any moment of its start: it does, and leaves no process behind."""
    clinic = place.clinic(start=False)
    longest, wrong = 0.0, ""
    for run in range(runs):
        clinic.start(wait=False)
        time.sleep(5 * run / runs)
        processes = clinic.processes()
        try:
            longest = max(longest, clinic.end(END_SECONDS))
        except TimeoutError as error:
            longest, wrong = float(END_SECONDS), str(error)
        time.sleep(0.2)
        if alive(processes):
            wrong = "processes are left"
    return Finding(runs, longest_gap=longest, note="longest time to end", wrong=wrong)


@fault("SIGTERM while it works", quick=1, whole=10, kinds=BOTH)
def stop_while_working(place: Place, runs: int) -> Finding:
    """Ask a server to end while it answers: requests that have begun are answered, and the next start goes on."""
    clinic = place.clinic()
    longest = 0.0

    def stop() -> None:
        nonlocal longest
        longest = max(longest, clinic.end(END_SECONDS))
        clinic.start()

    finding = again(clinic, runs, stop, within=30)
    return Finding(**{**vars(finding), "note": f"ended within {longest:.1f} s"})


def again(clinic: ClinicServer, runs: int, act: Callable[[], None], *, within: float = NEXT_SECONDS) -> Finding:
    """Do something to a clinic that writers work with, again and again; a success must follow `within` seconds."""
    wrong, times = "", []
    with Writers(clinic) as written:
        time.sleep(1)
        began = time.monotonic()
        for _ in range(runs):
            times.append(time.monotonic())
            act()
            time.sleep(0.3)
        time.sleep(1)
        ended = time.monotonic()
    slowest = max(written.next_after(begun) for begun in times)
    if slowest > within:
        wrong = f"the next success came after {slowest:.1f} s"
    longest = written.longest_gap(began, ended)
    finding = Finding(runs, longest_gap=longest, note=f"next success within {slowest:.2f} s", wrong=wrong)
    return compared(clinic, written, finding)


def wait_until(is_so: Callable[[], bool], otherwise: str, *, seconds: float = 30) -> None:
    """Wait until something is so; TimeoutError if it does not come."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.02)


def alive(processes: list[int]) -> list[int]:
    """Return the processes that are there, without those that only wait for their parent to notice their end."""
    found = []
    for pid in processes:
        with suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(pid)
    return found


def _cluster(clinic: ClinicServer) -> Cluster:
    assert isinstance(clinic.books, Cluster)
    return clinic.books
